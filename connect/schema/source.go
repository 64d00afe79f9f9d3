package schema

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// readSources reads every @source of the schema.
func (c *checker) readSources() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("source") {
		if s := c.source(d); s != nil && c.bySource[s.Name] == nil {
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
	if !ok {
		return nil
	}
	c.sourceName(name, start(arg.Position))
	s := spot{coordinate: "@source(" + name + ")", legal: []string{"$config", "$context", "$request", "$env"}}
	c.taken()
	src := &Source{Source: call.Source{Name: name, At: directive(d).String(), Result: c.result(d, s)}, at: start(arg.Position)}
	http := given(d, "http")
	if http == nil {
		c.report(directive(d), "INVALID_URL", s.coordinate, "http needs a baseURL")
		return src
	}
	fields := c.object(http, "INVALID_URL", s.coordinate, "baseURL", "headers", "path", "queryParams")
	src.BaseURL = c.baseURL(fields["baseURL"], http, s)
	src.Request = c.request(fields, s)
	src.Callers = callersOf(src.Request)
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

// sourceName checks the name of a source. Under a bad one it is there all the
// same, so that its connectors are not wrong too.
func (c *checker) sourceName(name string, at place) {
	switch first := c.bySource[name]; {
	case name == "":
		c.report(at, "EMPTY_SOURCE_NAME", "@source", "a source needs a name")
	case !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,63}$`).MatchString(name):
		c.report(at, "INVALID_SOURCE_NAME", "@source",
			"source name %q: expected a letter, then letters, digits, _ or -, 64 at most", name)
	case first != nil:
		c.report(at, "DUPLICATE_SOURCE_NAME", "@source", "source %s is declared at %s too", name, first.At)
		c.report(first.at, "DUPLICATE_SOURCE_NAME", "@source", "source %s is declared more than once", name)
	}
}

// request reads headers, path and queryParams.
func (c *checker) request(fields map[string]*ast.Value, s spot) call.Request {
	return call.Request{
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
	whole := masked(t)
	scheme, rest, found := strings.Cut(whole, "://")
	authority := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		authority = rest[:end]
	}
	switch constant := t.Parts[0].Mapping == nil; { // else all of it, or its scheme, comes from the settings: checked at start
	case constant && (!found || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https")):
		c.report(inside(v, 0), "INVALID_URL_SCHEME", coordinate, "expected http:// or https://, got %q", t.Parts[0].Text)
		return
	case constant && authority == "":
		c.report(inside(v, len(scheme)+len("://")), "INVALID_URL", coordinate, "the URL names no host")
		return
	case strings.Contains(authority, "@"):
		c.report(inside(v, len(scheme)+len("://")), "INVALID_URL", coordinate, "user information in a URL is refused: use auth in holdfast.yaml")
	case constant && !isComputed(t, len(scheme)+len("://"), len(authority)) && !isAuthority(authority):
		c.report(inside(v, len(scheme)+len("://")), "INVALID_URL", coordinate, "expected a host, with a port from 1 to 65535 if it has one")
	}
	c.checkPath(v, t, coordinate)
}

// isComputed says whether an expression yields some of the n bytes from begin on.
func isComputed(t *mapping.Template, begin, n int) bool {
	return slices.ContainsFunc(t.Parts, func(p mapping.Part) bool {
		return p.Mapping != nil && p.Start < begin+n && p.End > begin
	})
}

// isAuthority says whether text is a host with an optional port.
func isAuthority(text string) bool {
	text = strings.Join(strings.FieldsFunc(text, isDropped), "")
	u, err := url.Parse("http://" + text)
	if err != nil || u.Hostname() == "" || u.Host != text {
		return false
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	return u.Port() == "" || err == nil && port > 0
}

// masked is the text of a template with each expression, which can be no part of
// its syntax, as so many x.
func masked(t *mapping.Template) string {
	whole := []byte(t.Source)
	for _, p := range t.Parts {
		if p.Mapping != nil {
			copy(whole[p.Start:p.End], bytes.Repeat([]byte("x"), p.End-p.Start))
		}
	}
	return string(whole)
}

// isDropped says whether a character of a URL is not sent, as in ParseTemplate.
func isDropped(r rune) bool { return strings.ContainsRune("\t\n\f\r", r) }

// checkPath refuses what may never stand in a URL: a fragment, or a dot segment.
func (c *checker) checkPath(v *ast.Value, t *mapping.Template, coordinate string) {
	whole := masked(t)
	if i := strings.IndexByte(whole, '#'); i >= 0 {
		c.report(inside(v, i), "INVALID_URL", coordinate, "a fragment is not sent: remove it, or write %%23")
	}
	path, _, _ := strings.Cut(whole, "?")
	at := 0
	for segment := range strings.SplitSeq(path, "/") {
		sent := strings.Join(strings.FieldsFunc(segment, isDropped), "")
		plain := strings.ReplaceAll(strings.ToLower(sent), "%2e", ".")
		if plain == "." || plain == ".." {
			begin := at + len(segment) - len(strings.TrimLeftFunc(segment, isDropped))
			c.report(inside(v, begin), "INVALID_URL", coordinate, "the path segment %q would leave the API's path", sent)
		}
		at += len(segment) + 1
	}
}
