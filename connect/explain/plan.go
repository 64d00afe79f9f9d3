package explain

// A Plan is what one operation costs: no more calls than these, if nothing is
// remembered and no call fails. Its JSON form is stable.
type Plan struct {
	Operation string `json:"operation"` // query or mutation
	Name      string `json:"name,omitempty"`
	// Calls is how many calls there are at most, of all sources together.
	Calls int `json:"calls"`
	// Sources are those that are asked, by name.
	Sources []*Source `json:"sources"`
	// Fields are those that ask, or might seem to, with those below them.
	Fields []*Field `json:"fields"`
	// Assumptions are the lists whose sizes nobody knows.
	Assumptions []Assumption `json:"assumptions,omitempty"`
}

// A Source is an API with the calls that it gets at most.
type Source struct {
	Name  string `json:"name"`
	Calls int    `json:"calls"`
	// Alternative calls come on top when connectors before them are out.
	Alternative int `json:"alternative,omitempty"`
}

// An Assumption is a list of which a size had to be assumed.
type Assumption struct {
	Coordinate string `json:"coordinate"`
	Rows       int    `json:"rows"`
}

// A Field is a field of the operation that matters for what it costs.
type Field struct {
	Path       string `json:"path"`       // in the answer: orders.edges.node.customer
	Coordinate string `json:"coordinate"` // in the schema: Order.customer
	// Parents is of how many objects it is asked at most.
	Parents int `json:"parents"`
	// Nodes is how many nodes a connection has at most, each of them.
	Nodes int `json:"nodes,omitempty"`
	// Fetches are the calls it makes, in their order.
	Fetches []*Fetch `json:"fetches,omitempty"`
	// ByHand says that a method resolves it: what that asks is not counted.
	ByHand bool `json:"byHand,omitempty"`
	// Note says what else is worth knowing, such as that nothing is asked.
	Note   string   `json:"note,omitempty"`
	Fields []*Field `json:"fields,omitempty"`
}

// A Fetch is what one connector is asked for at one field.
type Fetch struct {
	Connector string `json:"connector"` // coordinate or id
	Source    string `json:"source"`
	Method    string `json:"method"`
	URL       string `json:"url"` // a template
	Calls     int    `json:"calls"`
	// Inputs is for how many parents or keys, at most, it is asked; equal ones
	// are asked for once.
	Inputs int `json:"inputs"`
	// BatchSize is how many keys one call carries at most; 0: it is no batch.
	BatchSize int `json:"batchSize,omitempty"`
	// Pages is how many pages are read for each input, of PageSize items at most.
	Pages    int `json:"pages,omitempty"`
	PageSize int `json:"pageSize,omitempty"`
	// SharedWith is the path at which all of it has been asked for already.
	SharedWith string `json:"sharedWith,omitempty"`
	// TogetherWith is the path of those whose calls carry keys of this one too; Calls
	// are what comes on top.
	TogetherWith string `json:"togetherWith,omitempty"`
	// Alternative says that it is asked only when the one before it is out; its
	// calls are not among those of the plan.
	Alternative bool `json:"alternative,omitempty"`
	// Write says that it changes something, so it is neither shared nor remembered.
	Write bool `json:"write,omitempty"`
	// Queue says when a write is recorded and sent later: OUTAGE, where it cannot be sent now, or ALWAYS; "": never.
	Queue string `json:"queue,omitempty"`
	// Cache is nil for a write.
	Cache *Cache `json:"cache,omitempty"`
	// Tags are what the answers depend on, as templates, besides source:NAME and
	// connector:ID; a write has none.
	Tags []string `json:"tags,omitempty"`
	// Invalidates are the tags, as templates, of the answers that a write leaves out of
	// date; empty: none are.
	Invalidates []string `json:"invalidates,omitzero"`
	// Events are those after which the answers may be out of date: sources and types.
	Events []string `json:"events,omitempty"`
}

// Cache says up to which age an answer that is remembered may be used.
type Cache struct {
	Fresh   Window `json:"fresh,omitzero"`   // nothing is asked
	Refresh Window `json:"refresh,omitzero"` // it is served, and asked for again behind
	Stale   Window `json:"stale,omitzero"`   // it stands in when asking fails
}

// A Window is an age, and who says so. The zero value: the headers of answers say so,
// and the defaults.
type Window struct {
	Age  string `json:"age,omitempty"`
	From string `json:"from,omitempty"` // such as @cache or holdfast.yaml
}
