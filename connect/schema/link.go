package schema

import (
	"regexp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// readLinks checks what an imported schema says of the dialect it is written in.
// Links to other specifications are left alone.
func (c *checker) readLinks() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("link") {
		url := given(d, "url")
		if url == nil {
			continue
		}
		version := regexp.MustCompile(`/connect/(v[0-9.]+)/?$`).FindStringSubmatch(url.Raw)
		switch {
		case version == nil:
		case !slices.Contains([]string{"v0.1", "v0.2", "v0.3"}, version[1]):
			c.report(directive(d), "UNKNOWN_CONNECTORS_VERSION", "@link", "connect %s is not known: expected v0.1, v0.2 or v0.3", version[1])
		case !imports(given(d, "import"), "@source"):
			c.report(directive(d), "NO_SOURCE_IMPORT", "@link", "@source is not imported")
			c.warn()
		}
	}
}

// imports says whether a list of imports has a name: alone, or as {name: …}.
func imports(list *ast.Value, name string) bool {
	if list == nil {
		return false
	}
	return slices.ContainsFunc(list.Children, func(item *ast.ChildValue) bool {
		if named := item.Value.Children.ForName("name"); named != nil {
			return named.Raw == name
		}
		return item.Value.Raw == name
	})
}
