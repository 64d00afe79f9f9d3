package schema

import (
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
	at := directive(d)
	arg := d.Arguments.ForName("name")
	if arg == nil {
		return nil // the parser has complained
	}
	name, ok := c.text(arg.Value, "INVALID_SOURCE_NAME", "name", "@source")
	switch namePlace := start(arg.Value.Position); {
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
		c.report(namePlace, "DUPLICATE_SOURCE_NAME", "@source", "source %s is declared at %s too", name, c.bySource[name].At)
		return nil
	}
	c.taken()
	c.taken()
	legal := []string{"$config", "$context", "$request", "$env"}
	s := spot{coordinate: "@source(" + name + ")", legal: legal}
	src := &Source{Name: name, At: at.String(), Result: c.result(d, s)}
	if http := d.Arguments.ForName("http"); http != nil {
		fields := c.object(http.Value, "INVALID_URL", s.coordinate, "baseURL", "headers", "path", "queryParams")
		src.BaseURL = c.baseURL(fields["baseURL"], http.Value, s)
		src.Request = c.request(fields, s)
	}
	for _, h := range src.Headers {
		if h.From != "" {
			src.Callers = appendNew(src.Callers, "$request.headers."+strings.ToLower(h.From))
		}
	}
	for _, q := range c.taken() {
		for _, r := range readings(q.Mapping) {
			if r.name == "$request" || r.name == "$context" {
				src.Callers = appendNew(src.Callers, strings.ToLower(r.path()))
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
	text, ok := c.text(v, "INVALID_URL", "baseURL", s.coordinate)
	if !ok {
		c.report(start(http.Position), "INVALID_URL", s.coordinate, "http needs a baseURL")
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
		c.report(start(v.Position), "INVALID_URL_SCHEME", coordinate, "expected http:// or https://, got %q", first.Text)
	case rest == "" && len(t.Parts) == 1 || strings.HasPrefix(rest, "/"):
		c.report(start(v.Position), "INVALID_URL", coordinate, "the URL names no host")
	default:
		c.checkPath(v, t, coordinate)
		if host, _, _ := strings.Cut(rest, "/"); strings.Contains(host, "@") {
			c.report(start(v.Position), "INVALID_URL", coordinate, "user information in a URL is refused: use auth in holdfast.yaml")
		}
	}
}

// checkPath refuses what may never stand in a URL: a fragment, or a dot segment.
func (c *checker) checkPath(v *ast.Value, t *mapping.Template, coordinate string) {
	var whole strings.Builder
	for _, p := range t.Parts {
		if p.Mapping != nil {
			whole.WriteString("x")
			continue
		}
		if i := strings.IndexByte(p.Text, '#'); i >= 0 {
			c.report(inside(v, p.Start+i), "INVALID_URL", coordinate, "a fragment is not sent: remove it, or write %%23")
		}
		whole.WriteString(p.Text)
	}
	path, _, _ := strings.Cut(whole.String(), "?")
	for segment := range strings.SplitSeq(path, "/") {
		plain := strings.ReplaceAll(strings.ToLower(segment), "%2e", ".")
		if plain == "." || plain == ".." {
			c.report(start(v.Position), "INVALID_URL", coordinate, "the path segment %q would leave the API's path", segment)
		}
	}
}
