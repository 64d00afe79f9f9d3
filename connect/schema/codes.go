package schema

// A Code says what kind of mistake a [Finding] is. Codes are stable.
type Code struct {
	Code    string
	Warning bool   // it never stops the program
	Meaning string // what is wrong
	Fix     string // what to do; may be empty
}

// Codes are all codes that findings have, in the order in which a connector is
// written: sources, requests, mappings, what they yield, keys, the rest. The slice
// is the caller's.
func Codes() []Code {
	var all []Code
	for _, part := range [][]Code{
		codesOfSources(), codesOfRequests(), codesOfMappings(), codesOfValues(), codesOfKeys(), codesOfPlaces(),
	} {
		all = append(all, part...)
	}
	return all
}

func codesOfSources() []Code {
	return []Code{
		{"INVALID_SDL", false, "the text is no GraphQL schema, or shows what is @inaccessible", "the message is GraphQL's own"},
		{"DUPLICATE_SOURCE_NAME", false, "two sources have one name", "rename one"},
		{"INVALID_SOURCE_NAME", false, "a source's name is a letter, then letters, digits, _ or -, 64 at most", ""},
		{"EMPTY_SOURCE_NAME", false, "a source has no name", ""},
		{"SOURCE_NAME_MISMATCH", false, "no source has this name", ""},
		{"NO_SOURCES_DEFINED", false, "a source is named, and the schema declares none", "add `extend schema @source(…)`"},
		{"INVALID_CONNECTOR_ID_NAME", false, "an id is no GraphQL name", ""},
		{"DUPLICATE_ID_NAME", false, "two connectors have one id, or one has another's coordinate as its id", ""},
		{"UNKNOWN_CONNECTORS_VERSION", false, "`@link` asks for a version of connectors that is not known here", "link to v0.1, v0.2 or v0.3"},
		{"NO_SOURCE_IMPORT", true, "`@link` does not import `@source`", "import it; it is read all the same"},
	}
}

func codesOfRequests() []Code {
	return []Code{
		{"MISSING_HTTP_METHOD", false, "`http` has no method", "give it one of GET, POST, PUT, PATCH, DELETE"},
		{"MULTIPLE_HTTP_METHODS", false, "`http` has several methods", "leave one"},
		{"INVALID_URL", false, "a URL has a wrong expression, no host or one that is none, user information, a fragment or a dot segment; a warning for a `}` that closes nothing and for a variable outside of braces", ""},
		{"INVALID_URL_SCHEME", false, "a URL begins with neither `http://` nor `https://`", ""},
		{"ABSOLUTE_CONNECT_URL_WITH_SOURCE", false, "a connector with a source has an absolute URL", "leave the host to the source"},
		{"RELATIVE_CONNECT_URL_WITHOUT_SOURCE", false, "a connector without a source has a relative URL", "name the source"},
		{"INVALID_URL_PROPERTY", false, "`path` is no list of scalars, or `queryParams` no object of scalars and lists", ""},
		{"INVALID_HEADER", false, "a header has a wrong or reserved name, a wrong value, or not exactly one of `from` and `value`; a warning for a `}` that closes nothing and for a variable outside of braces", ""},
		{"HTTP_HEADER_NAME_COLLISION", false, "one list maps a header twice", ""},
		{"INVALID_BODY", false, "the body is no mapping, a form that is no object, or a form whose content type has parameters", ""},
		{"GET_WITH_BODY", true, "a GET has a body, which few servers read", ""},
	}
}

func codesOfMappings() []Code {
	return []Code{
		{"INVALID_SELECTION", false, "a selection is missing or does not follow the [grammar](#grammar)", ""},
		{"INVALID_ESCAPE", false, "a string has an escape other than `\\n` `\\\\` `\\'` `\\\"`", "write the character itself"},
		{"UNKNOWN_METHOD", false, "there is no such [method](#methods)", "`.id` reads a key, `->id` would call a method"},
		{"INVALID_METHOD_ARGUMENTS", false, "a method has too few or too many arguments, or one of the wrong kind", ""},
		{"INVALID_METHOD_INPUT", false, "a method cannot work with what it is applied to", ""},
		{"UNDEFINED_VARIABLE", false, "there is no such variable", ""},
		{"UNSUPPORTED_VARIABLE_TYPE", false, "the variable exists, and cannot be read [here](#variables)", ""},
		{"UNDEFINED_KEY", false, "a key of what cannot have it: of a request, which has no answer yet, or of a value that is known, such as `$status.code`", "`args.id` is `$args.id`, `x: \"a\"` is `x: $(\"a\")`"},
		{"UNDEFINED_ARGUMENT", false, "`$args.x`: the field has no such argument, or its input object no such field", ""},
		{"UNDEFINED_FIELD", false, "`$this.x` or `$batch.x`: the type has no such field, or a selection yields the type without it", ""},
	}
}

func codesOfValues() []Code {
	return []Code{
		{"SELECTED_FIELD_NOT_FOUND", false, "a selection yields a key that the type does not have", ""},
		{"GROUP_SELECTION_IS_NOT_OBJECT", false, "a selection yields an object where the type has none", "end the path at the value"},
		{"GROUP_SELECTION_REQUIRED_FOR_OBJECT", false, "an object is selected without saying which of its fields", "add `{ … }`"},
		{"CONNECTORS_FIELD_WITH_ARGUMENTS", false, "a selection yields a field that has arguments", "give the field its own `@connect`"},
		{"SELECTED_FIELD_HAS_CONNECTOR", true, "a selection yields a field that has its own `@connect`, and no connector reads it of `$this`", "take it out of the selection"},
		{"CONNECTORS_UNRESOLVED_FIELD", false, "nothing yields a field; said once for each", "select it, connect it, or give its type an [entity connector](#entities-and-stubs)"},
		{"REQUIRED_FIELD_OPTIONAL", false, "a field that must not be null gets what may not be there, because of `?`, `->first`, `->last`, `->find` or `->get`; a warning for a key behind such a method", "`$(… ?? …)`, or let the field be null"},
		{"LIST_MISMATCH", false, "a list for what is none, or the other way round", "`->first` takes one item"},
		{"SCALAR_MISMATCH", false, "a value of the wrong kind, such as a number for a String; a warning where it is only one that a `->match` or `??` may yield", "`->toString`, `->parseInt`"},
		{"ABSENT_LIST", true, "a list that may be null is read of a key, without which an answer breaks the contract", "`$(items ?? [])`, if the API leaves an empty list out"},
		{"SPLICE_MAY_NULL", true, "a group that is joined to others is null where its object is, and takes them along", "put `?` before the group"},
		{"INVALID_ERRORS_MESSAGE", false, "`errors.message` is no text, or `errors.extensions` no object", "for the value of a key write `$.key`"},
		{"INVALID_IS_SUCCESS", false, "`isSuccess` is no boolean", ""},
	}
}

func codesOfKeys() []Code {
	return []Code{
		{"ENTITY_NOT_ON_ROOT_QUERY", false, "`entity: true` on a field that is not one of Query", ""},
		{"ENTITY_TYPE_INVALID", false, "`entity: true` on a field that does not return a nullable object", ""},
		{"ENTITY_RESOLVER_ARGUMENT_MISMATCH", false, "an argument of an entity field is no field of its type, or of another type than that", ""},
		{"CONNECT_ON_ROOT", false, "`@connect` on Query, Mutation or Subscription", "connect its fields"},
		{"CONNECT_ON_TYPE_MUST_BE_ENTITY", false, "a connector on a type reads no key, or says `entity: false`", "read `$this` or `$batch`"},
		{"CONNECT_BATCH_AND_THIS", false, "a connector reads both `$this` and `$batch`", ""},
		{"CONNECTORS_BATCH_KEY_NOT_IN_SELECTION", false, "the items of a batch do not yield their key", "select it"},
		{"CONNECTORS_NON_ROOT_BATCH_KEY", false, "`$batch.a.b`: a key is a field of the type itself", ""},
		{"CONNECTORS_CANNOT_RESOLVE_KEY", false, "connectors load the type, but by other keys than this `@key`", "remove the `@key`"},
		{"MISSING_ENTITY_CONNECTOR", false, "a type has fields beside its `@key`, and no connector loads it by a key", "connect the type, or remove the `@key`"},
		{"CIRCULAR_REFERENCE", true, "a selection yields a type inside itself", ""},
	}
}

func codesOfPlaces() []Code {
	return []Code{
		{"SUBSCRIPTION_IN_CONNECTORS", false, "a field of Subscription is connected", ""},
		{"ABSTRACT_TYPE_NEEDS_TYPENAME", false, "a selection yields an interface or union, and not which of its types; a warning where a type is named in quotes, which reads a key", "[map `__typename`](#interfaces-and-unions)"},
		{"ABSTRACT_TYPE_UNSUPPORTED", false, "a field of an interface is connected", "connect the fields of its objects"},
		{"CONNECTORS_UNSUPPORTED_FEDERATION_DIRECTIVE", false, "a directive asks for what is not done here: `@context`, `@fromContext`, `@authenticated`, `@requiresScopes`, `@policy`", ""},
		{"LIMIT_EXCEEDED", false, "a text is too long or nests too deeply, or a number is out of its range", ""},
		{"INVALID_ALTERNATIVE", false, "a second connector on a field of Mutation, or on one with `@paginate`", ""},
		{"INVALID_CACHE", false, "`@cache` stands where it says nothing, or an age is no duration", ""},
		{"INVALID_TAG", false, "a tag begins with no word of its own, cannot be evaluated, yields an object, or names a source or connector that there is not; a warning for a `}` that closes nothing and for a variable outside of braces", "[write](#tags) a word, a colon and what is evaluated: `Order:{$args.id}`"},
		{"INVALID_INVALIDATES", false, "`@invalidates` stands where nothing is changed, or says no tags", "`@invalidates(tags: [])`, if nothing that is read is changed"},
		{"INVALID_ON", false, "`@on` lacks the source, the event or the tags, or has a `*` that is not at the end", ""},
		{"NO_WEBHOOKS", true, "`@on` names a source of whose webhooks the settings say nothing", "set `sources.NAME.webhooks`"},
		{"UNCARRIED_TAG", true, "a write or an event changes a tag that no answer can have, by its word or by the parts of its key", "name it in `@cache(tags:)`, or give the type a `@key(fields: …, resolvable: false)`"},
		{"INVALID_LIVE", false, "`@live` stands elsewhere than on a field of Subscription, or the field of Query that it names is not there, or has another type or other arguments", "[more](#subscriptions)"},
		{"INVALID_IDEMPOTENT", false, "`@idempotent` stands where nothing is changed, its `key` is no text, its `window` no duration, or there is a window and the request carries no `$write.key`", ""},
		{"RAW_IDEMPOTENCY_KEY", true, "a write sends the caller's own idempotency key", "send `$write.key`; `@idempotent(key:)` says where the caller's stands"},
		{"INVALID_QUEUE", false, "`@queue` stands where nothing is changed, or on a write that is sent as the caller; what is returned has no field of type Write, or others that must not be null; or the graph has a Write of its own", "[more](#writes)"},
		{"INVALID_PROBE", false, "`@probe` stands where nothing is changed, its query cannot be run, asks an API as the caller or lacks variables, or `made` yields neither true nor false", "[more](#writes)"},
		{"INVALID_PAGINATE", false, "`@paginate` lacks what its style needs, or the field returns no connection", ""},
		{"ONE_CALL_PER_ROW", true, "each row of a list costs a call; only `check` says so", "load with `$batch`, or select it where the list is selected"},
	}
}
