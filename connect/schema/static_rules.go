package schema

import (
	"strings"

	"holdfast/connect/mapping"
)

// infer finds what a mapping yields, and checks that against the place where it
// stands. The connector is nil for the mappings of a source.
func (c *checker) infer(con *Connector, q quoted, coordinate string) *typing {
	return c.inferOver(nil, con, q, coordinate)
}

// inferOver is infer for a mapping that is applied to data; nil: to what its place says.
func (c *checker) inferOver(data *static, con *Connector, q quoted, coordinate string) *typing {
	t := &typing{checker: c, quoted: q, con: con, coordinate: coordinate, vars: map[string]*static{}}
	if data == nil {
		data = t.data()
	}
	t.yields = t.mapping(data)
	t.checkPlace(t.yields)
	return t
}

// data is what a mapping is applied to where it stands: nothing for the parts of
// a template, an empty object for the rest of a request, and else the answer.
func (t *typing) data() *static {
	switch t.what {
	case "INVALID_URL", "INVALID_HEADER":
		return kindOf(mapping.Null)
	case "path", "queryParams", "body", "key", "order", "variables":
		return &static{kinds: mapping.KindsOf(mapping.Object), closed: true}
	}
	s := anything()
	return s.with(s.kinds &^ mapping.KindsOf(mapping.Missing))
}

func (t *typing) checkPlace(s *static) {
	switch t.what {
	case "INVALID_URL", "INVALID_HEADER":
		t.checkPart(s)
	case "path":
		t.want(s, mapping.Array, "INVALID_URL_PROPERTY", "path: expected a list of scalars")
		t.checkScalars(s, "path: expected a list of scalars")
	case "queryParams":
		t.want(s, mapping.Object, "INVALID_URL_PROPERTY", "queryParams: expected an object of scalars or lists")
		t.checkQuery(s)
	case "body":
		t.rawInput(s)
		if strings.EqualFold(t.con.contentType(), formType) {
			t.want(s, mapping.Object, "INVALID_BODY", "body: a form is made of an object")
		}
	case "errors.message":
		t.want(s, mapping.String, "INVALID_ERRORS_MESSAGE", "errors.message: expected a text")
	case "errors.extensions":
		t.want(s, mapping.Object, "INVALID_ERRORS_MESSAGE", "errors.extensions: expected an object")
	case "key":
		t.wantAny(s, mapping.KindsOf(mapping.String, mapping.Number), "INVALID_IDEMPOTENT", "key: expected a text or a number")
	case "order":
		t.wantAny(s, mapping.KindsOf(mapping.String, mapping.Number), "INVALID_QUEUE", "order: expected a text or a number")
	case "made":
		t.want(s, mapping.Bool, "INVALID_PROBE", "made: expected true, false or null")
	case "variables":
		t.want(s, mapping.Object, "INVALID_PROBE", "variables: expected an object")
	case "more":
		t.want(s, mapping.Bool, "INVALID_PAGINATE", "more: expected true or false")
	case "pages", "total":
		t.want(s, mapping.Number, "INVALID_PAGINATE", t.what+": expected a number")
	case "INVALID_TAG":
		t.checkTag(s)
	case "isSuccess":
		t.want(s, mapping.Bool, "INVALID_IS_SUCCESS", "isSuccess: expected true or false")
	}
}

// want reports a value that is never of a kind.
func (t *typing) want(s *static, kind mapping.Kind, code, expected string) {
	t.wantAny(s, mapping.KindsOf(kind), code, expected)
}

// wantAny reports a value that is never of one of several kinds.
func (t *typing) wantAny(s *static, kinds mapping.Kinds, code, expected string) {
	if at := t.at(s.span.Start); s.never(kinds) && !t.reportedAt(at) {
		t.report(at, code, t.coordinate, "%s, got %s", expected, inWords(s.shown()))
	}
}

// checkPart checks what a part of a template yields: lists and objects have no text.
func (t *typing) checkPart(s *static) {
	if !s.surely(nested) {
		return
	}
	if it := t.Mapping.Root.Items[0]; it.Alias == nil && it.Path.SingleKey() != nil {
		return // a key of nothing, which is reported
	}
	t.report(t.at(-1), t.what, t.coordinate, "expected a scalar, got %s", inWords(s.present()))
	if s.surely(mapping.KindsOf(mapping.Array)) {
		t.hint("->first takes one item, ->joinNotNull(',') joins them")
	}
}

// checkTag checks what an expression of a tag yields: a list spreads, an object has no text.
func (t *typing) checkTag(s *static) {
	for s.surely(mapping.KindsOf(mapping.Array)) {
		s = s.items()
	}
	if s.surely(mapping.KindsOf(mapping.Object)) {
		t.report(t.at(-1), "INVALID_TAG", t.coordinate, "expected a scalar, or a list of them, got an object")
	}
}

func (t *typing) checkQuery(s *static) {
	const expected = "queryParams: expected an object of scalars or lists"
	if !s.kinds.Has(mapping.Object) {
		return
	}
	for _, m := range s.members {
		if m.value.surely(mapping.KindsOf(mapping.Object)) {
			t.report(t.at(m.value.span.Start), "INVALID_URL_PROPERTY", t.coordinate, "%s, got an object in it", expected)
		}
		t.checkScalars(m.value, expected)
	}
}

// checkScalars checks that the items of a list may be scalars.
func (t *typing) checkScalars(s *static, expected string) {
	if s.surely(mapping.KindsOf(mapping.Array)) && s.items().surely(nested) {
		t.report(t.at(s.span.Start), "INVALID_URL_PROPERTY", t.coordinate, "%s, got a list of %s",
			expected, plural(s.items().present()))
	}
}

// plural is lists or objects.
func plural(kinds mapping.Kinds) string {
	if kinds.Has(mapping.Array) {
		return "lists"
	}
	return "objects"
}
