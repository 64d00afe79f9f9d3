package schema

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// readSources reads every @source of the schema.
func (c *checker) readSources() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("source") {
		if s := c.source(d); s != nil {
			c.bySource[s.Name] = s
			c.schema.Sources = append(c.schema.Sources, s)
		}
	}
	slices.SortFunc(c.schema.Sources, func(a, b *Source) int { return strings.Compare(a.Name, b.Name) })
}

func (c *checker) source(d *ast.Directive) *Source {
	arg := given(d, "name")
	if arg == nil {
		c.report(directive(d), "EMPTY_SOURCE_NAME", "@source", "a source needs a name")
		return nil
	}
	name, ok := c.text(arg, "INVALID_SOURCE_NAME", "name", "@source")
	switch namePlace := start(arg.Position); {
	case !ok:
		return nil
	case name == "":
		c.report(namePlace, "EMPTY_SOURCE_NAME", "@source", "a source needs a name")
		return nil
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`).MatchString(name):
		c.report(namePlace, "INVALID_SOURCE_NAME", "@source",
			"source name %q: expected a letter, then letters, digits, _ or -, 64 at most", name)
		return nil
	case c.bySource[name] != nil:
		first := c.bySource[name]
		c.report(namePlace, "DUPLICATE_SOURCE_NAME", "@source", "source %s is declared at %s too", name, first.At)
		c.report(first.at, "DUPLICATE_SOURCE_NAME", "@source", "source %s is declared more than once", name)
		return nil
	}
	s := spot{coordinate: "@source(" + name + ")", legal: []string{"$config", "$context", "$request", "$env"}}
	c.taken()
	src := &Source{Name: name, At: directive(d).String(), at: start(arg.Position), Result: c.result(d, s)}
	http := given(d, "http")
	if http == nil {
		c.report(directive(d), "INVALID_URL", s.coordinate, "http needs a baseURL")
		return src
	}
	fields := c.object(http, "INVALID_URL", s.coordinate, "baseURL", "headers", "path", "queryParams")
	src.BaseURL = c.baseURL(fields["baseURL"], http, s)
	src.Request = c.request(fields, s)
	src.Callers = src.callers()
	for _, q := range c.taken() {
		c.infer(nil, q, s.coordinate)
		if q.value != fields["baseURL"] { // which settings may replace
			src.Env = appendNew(src.Env, environment(q.Mapping)...)
		}
		for _, r := range readings(q.Mapping) {
			if r.ofCaller() {
				src.Callers = appendNew(src.Callers, r.path())
			}
		}
	}
	return src
}

// request reads headers, path and queryParams.
func (c *checker) request(fields map[string]*ast.Value, s spot) Request {
	return Request{
		Headers: c.headers(fields["headers"], s),
		Path:    c.mapping(fields["path"], "INVALID_URL_PROPERTY", "path", s.coordinate, s.legal),
		Query:   c.mapping(fields["queryParams"], "INVALID_URL_PROPERTY", "queryParams", s.coordinate, s.legal),
	}
}

// baseURL checks a source's base URL as far as it is known before start.
func (c *checker) baseURL(v, http *ast.Value, s spot) string {
	if v == nil {
		c.report(start(http.Position), "INVALID_URL", s.coordinate, "http needs a baseURL")
		return ""
	}
	text, ok := c.text(v, "INVALID_URL", "baseURL", s.coordinate)
	if !ok {
		return ""
	}
	t := c.template(v, text, "INVALID_URL", s.coordinate, []string{"$config", "$env"})
	if t != nil {
		c.checkAbsolute(v, t, s.coordinate)
	}
	return text
}

// checkAbsolute checks a URL that has a scheme and an authority, unless an
// expression yields them.
func (c *checker) checkAbsolute(v *ast.Value, t *mapping.Template, coordinate string) {
	if len(t.Parts) == 0 {
		c.report(start(v.Position), "INVALID_URL", coordinate, "the URL is empty")
		return
	}
	first := t.Parts[0]
	if first.Mapping != nil {
		return // a whole URL or its beginning comes from the settings: checked at start
	}
	scheme, rest, found := strings.Cut(first.Text, "://")
	switch {
	case !found || scheme != "http" && scheme != "https":
		c.report(inside(v, 0), "INVALID_URL_SCHEME", coordinate, "expected http:// or https://, got %q", first.Text)
	case rest == "" && len(t.Parts) == 1 || strings.HasPrefix(rest, "/"):
		c.report(inside(v, len(scheme)+len("://")), "INVALID_URL", coordinate, "the URL names no host")
	default:
		c.checkPath(v, t, coordinate)
		if host, _, _ := strings.Cut(rest, "/"); strings.Contains(host, "@") {
			c.report(inside(v, len(scheme)+len("://")), "INVALID_URL", coordinate, "user information in a URL is refused: use auth in holdfast.yaml")
		}
	}
}

// checkPath refuses what may never stand in a URL: a fragment, or a dot segment.
func (c *checker) checkPath(v *ast.Value, t *mapping.Template, coordinate string) {
	whole := []byte(t.Source) // with what expressions yield, and so cannot be dots, as x
	for _, p := range t.Parts {
		if p.Mapping != nil {
			copy(whole[p.Start:p.End], bytes.Repeat([]byte("x"), p.End-p.Start))
		}
	}
	if i := bytes.IndexByte(whole, '#'); i >= 0 {
		c.report(inside(v, i), "INVALID_URL", coordinate, "a fragment is not sent: remove it, or write %%23")
	}
	path, _, _ := bytes.Cut(whole, []byte("?"))
	at := 0
	for segment := range strings.SplitSeq(string(path), "/") {
		plain := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		if plain == "." || plain == ".." {
			c.report(inside(v, at), "INVALID_URL", coordinate, "the path segment %q would leave the API's path", segment)
		}
		at += len(segment) + 1
	}
}
