package schema

import (
	"slices"
	"strings"
	"unicode"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
)

// headers reads header mappings: one object, or a list of them.
func (c *checker) headers(v *ast.Value, s spot) []call.Header {
	if v == nil {
		return nil
	}
	items := []*ast.Value{v}
	if v.Kind == ast.ListValue {
		items = items[:0]
		for _, child := range v.Children {
			items = append(items, child.Value)
		}
	}
	var headers []call.Header
	seen := map[string]place{}
	for _, item := range items {
		fields := c.object(item, "INVALID_HEADER", s.coordinate, "name", "from", "value")
		h, ok := c.header(item, fields, s)
		if !ok {
			continue
		}
		key, at := strings.ToLower(h.Name), start(fields["name"].Position)
		if first, twice := seen[key]; twice {
			c.report(first, "HTTP_HEADER_NAME_COLLISION", s.coordinate, "header %s is mapped twice", key)
			c.report(at, "HTTP_HEADER_NAME_COLLISION", s.coordinate, "header %s is mapped twice", key)
		}
		seen[key] = at
		headers = append(headers, h)
	}
	return headers
}

func (c *checker) header(item *ast.Value, fields map[string]*ast.Value, s spot) (call.Header, bool) {
	const code = "INVALID_HEADER"
	if item.Kind == ast.ObjectValue && fields["name"] == nil {
		c.report(start(item.Position), code, s.coordinate, "a header needs a name")
	}
	name, ok := c.text(fields["name"], code, "a header's name", s.coordinate)
	if !ok {
		return call.Header{}, false
	}
	if why := badHeaderName(name); why != "" {
		c.report(start(fields["name"].Position), code, s.coordinate, "header %q %s", name, why)
		return call.Header{}, false
	}
	if (fields["from"] == nil) == (fields["value"] == nil) {
		c.report(start(fields["name"].Position), code, s.coordinate, "header %s needs exactly one of from and value", name)
		return call.Header{}, false
	}
	from, hasFrom := c.text(fields["from"], code, "from", s.coordinate)
	value, hasValue := c.text(fields["value"], code, "value", s.coordinate)
	switch {
	case !hasFrom && !hasValue:
		return call.Header{}, false
	case hasFrom && badHeaderName(from) != "":
		c.report(start(fields["from"].Position), code, s.coordinate, "header %q %s", from, badHeaderName(from))
		return call.Header{}, false
	case hasFrom && slices.Contains([]string{"content-type", "accept", "host"}, strings.ToLower(name)):
		c.report(start(fields["from"].Position), code, s.coordinate, "header %s cannot be copied from the caller: give it a value", name)
		return call.Header{}, false
	case hasFrom:
		h := call.Header{Name: name, From: from}
		c.rawHeader(fields, h, s)
		return h, true
	}
	t := c.template(fields["value"], value, code, s.coordinate, s.legal)
	h := call.Header{Name: name, Value: t}
	c.rawHeader(fields, h, s)
	if media, _, more := strings.Cut(constantOf(h), ";"); more && named(h, "content-type") && strings.EqualFold(strings.TrimSpace(media), formType) {
		c.report(start(fields["value"].Position), "INVALID_BODY", s.coordinate, "a form has no parameters in its content type, got %q", value)
		c.hint("write %s", formType)
	}
	return h, t != nil
}

const formType = "application/x-www-form-urlencoded"

func named(h call.Header, name string) bool { return strings.EqualFold(h.Name, name) }

// constantOf is the value of a header that no expression is a part of; else "".
func constantOf(h call.Header) string {
	if h.Value == nil || len(h.Value.Parts) != 1 {
		return ""
	}
	return strings.TrimSpace(h.Value.Parts[0].Text)
}

// contentType is the constant content type of a connector's body; "" if there is
// none. What the connector says replaces what its source says.
func (con *Connector) contentType() string {
	headers := con.Headers
	if con.Source != nil {
		headers = slices.Concat(con.Source.Headers, headers)
	}
	text := ""
	for _, h := range headers {
		if named(h, "content-type") {
			text = constantOf(h)
		}
	}
	return text
}

// badHeaderName says what is wrong with a header's name, or "".
func badHeaderName(name string) string {
	reserved := []string{
		"connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
		"upgrade", "content-length", "content-encoding", "accept-encoding", "keep-alive",
	}
	switch {
	case slices.Contains(reserved, strings.ToLower(name)):
		return "is the transport's own and cannot be set"
	case name == "" || strings.ContainsFunc(name, notToken):
		return "is not a header name (RFC 9110 §5.6.2)"
	}
	return ""
}

func notToken(r rune) bool {
	letter := r <= unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
	return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
