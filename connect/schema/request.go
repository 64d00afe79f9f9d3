package schema

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"} //nolint:gochecknoglobals // constant table

func (c *checker) connectorHTTP(d *ast.Directive, con *Connector, s spot) {
	v := given(d, "http")
	if v == nil {
		c.report(con.at, "MISSING_HTTP_METHOD", con.name(), "expected one of %s", list(methods))
		return
	}
	known := slices.Concat(methods, []string{"body", "headers", "path", "queryParams"})
	before := len(c.findings)
	fields := c.object(v, "INVALID_URL", con.name(), known...)
	misspelt := len(c.findings) > before
	c.oneMethod(v, con)
	for _, m := range methods {
		if url := fields[m]; url != nil && con.Method == "" {
			con.Method = m
			c.url(d, url, con, s)
		}
	}
	if con.Method == "" && !misspelt {
		c.report(start(v.Position), "MISSING_HTTP_METHOD", con.name(), "expected one of %s", list(methods))
	}
	con.Request = c.request(fields, s)
	con.Body = c.mapping(fields["body"], "INVALID_BODY", "body", con.name(), s.legal)
	if con.Method == http.MethodGet && con.Body != nil {
		c.report(start(fields["body"].Position), "GET_WITH_BODY", con.name(), "few servers read the body of a GET")
		c.warn()
	}
	if con.Body != nil {
		c.rawBody(quoted{value: fields["body"], Mapping: con.Body}, s)
	}
}

// oneMethod reports each method where there are several.
func (c *checker) oneMethod(http *ast.Value, con *Connector) {
	var given []string
	var places []place
	for _, child := range http.Children {
		if slices.Contains(methods, child.Name) && child.Value.Kind != ast.NullValue {
			given, places = append(given, child.Name), append(places, start(child.Position))
		}
	}
	for _, at := range places {
		if len(given) > 1 {
			c.report(at, "MULTIPLE_HTTP_METHODS", con.name(), "%s: expected one method", strings.Join(given, " and "))
		}
	}
}

// url reads the method's URL template.
func (c *checker) url(d *ast.Directive, v *ast.Value, con *Connector, s spot) {
	text, ok := c.text(v, "INVALID_URL", "the URL", con.name())
	if !ok {
		return
	}
	t := c.template(v, text, "INVALID_URL", con.name(), s.legal)
	if con.URL = t; t == nil {
		return
	}
	absolute := regexp.MustCompile(`^[^/?{]*://`).MatchString(text)
	switch hasSource := given(d, "source") != nil; {
	case absolute && hasSource:
		c.report(start(v.Position), "ABSOLUTE_CONNECT_URL_WITH_SOURCE", con.name(),
			"with a source the URL is relative to its baseURL")
	case absolute:
		c.checkAbsolute(v, t, con.name())
		c.unnamedSource(v, text, con)
	case !hasSource:
		c.report(start(v.Position), "RELATIVE_CONNECT_URL_WITHOUT_SOURCE", con.name(),
			"without a source the URL begins with http:// or https://")
	default:
		c.checkPath(v, t, con.name())
	}
}

// unnamedSource gives a connector with an absolute URL the source that the URL
// implies: one for each scheme and host, called as the host is.
func (c *checker) unnamedSource(v *ast.Value, text string, con *Connector) {
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest+"/", "/?{")
	host, path := rest[:end], rest[end:]
	if strings.HasPrefix(path, "{") {
		c.report(inside(v, strings.IndexByte(text, '{')), "INVALID_URL", con.name(), "a host that is not constant needs a @source")
		c.hint("in the baseURL of a @source it may be of $config or $env")
		return
	}
	con.URL, _ = mapping.ParseTemplate(path) // what is wrong with it was said of the whole
	base := scheme + "://" + host
	for _, s := range c.schema.Sources {
		if s.implied && s.BaseURL == base {
			con.Source = s
			return
		}
	}
	name := host
	for c.bySource[name] != nil { // one with the same name, and another scheme or settings
		name = scheme + "-" + name
	}
	con.Source = &Source{Source: call.Source{Name: name, At: con.At, BaseURL: base}, implied: true}
	c.bySource[name] = con.Source
	c.schema.Sources = append(c.schema.Sources, con.Source)
}
