package schema

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// A dialect is what a text calls the directives of the vocabulary: @link may
// import them under other names. Names that it does not have mean themselves.
type dialect map[string]string

// specification is what @link says of one: its name, version and directives.
type specification struct {
	name, version string
	directives    []string
}

// linked is the specification that a @link names; false for those that mean
// nothing here.
func linked(d *ast.Directive) (specification, bool) {
	url := given(d, "url")
	if url == nil {
		return specification{}, false
	}
	parts := regexp.MustCompile(`/(connect|federation)/v([0-9.]+)/?$`).FindStringSubmatch(url.Raw)
	if parts == nil {
		return specification{}, false
	}
	s := specification{parts[1], parts[2], []string{"connect", "source"}}
	if s.name == "federation" {
		s.directives = nil
		for _, d := range own(federationName, federationSDL).Directives {
			s.directives = append(s.directives, d.Name)
		}
	}
	return s, true
}

// dialectOf reads the links of docs.
func dialectOf(docs []*ast.SchemaDocument) dialect {
	names := dialect{}
	for _, d := range links(docs) {
		if s, ok := linked(d); ok {
			names.link(d, s)
		}
	}
	return names
}

// links are the @link of schema definitions and extensions.
func links(docs []*ast.SchemaDocument) []*ast.Directive {
	var all []*ast.Directive
	for _, doc := range docs {
		for _, s := range slices.Concat(doc.Schema, doc.SchemaExtension) {
			all = append(all, s.Directives.ForNames("link")...)
		}
	}
	return all
}

// link adds the names that one @link gives: those below its namespace, and what
// it imports. The directive that is called as the specification goes by the
// namespace alone.
func (n dialect) link(d *ast.Directive, s specification) {
	namespace := s.name
	if as := given(d, "as"); as != nil {
		namespace = as.Raw
	}
	for _, directive := range s.directives {
		n[namespace+"__"+directive] = directive
		if directive == s.name {
			n[namespace] = directive
		}
	}
	for _, i := range imports(d) {
		if name, ok := strings.CutPrefix(i.name, "@"); ok && slices.Contains(s.directives, name) {
			n[strings.TrimPrefix(i.as, "@")] = name
		}
	}
}

// An imported is one import of a @link: its name, and the name it gets.
type imported struct {
	name, as string
	at       place
}

// imports are what a @link imports: names alone, or as {name: …, as: …}.
func imports(d *ast.Directive) []imported {
	list := given(d, "import")
	if list == nil {
		return nil
	}
	var all []imported
	for _, item := range list.Children {
		i := imported{item.Value.Raw, item.Value.Raw, start(item.Value.Position)}
		if name := item.Value.Children.ForName("name"); name != nil {
			i.name, i.as = name.Raw, name.Raw
		}
		if as := item.Value.Children.ForName("as"); as != nil {
			i.as = as.Raw
		}
		all = append(all, i)
	}
	return all
}

// plain gives the directives of doc the names that the vocabulary knows.
func (n dialect) plain(doc *ast.SchemaDocument) {
	everyDirectives(doc, func(ds ast.DirectiveList) ast.DirectiveList {
		for _, d := range ds {
			if name, ok := n[d.Name]; ok {
				d.Name = name
			}
		}
		return ds
	})
}

// everyDirectives changes every list of directives in doc.
func everyDirectives(doc *ast.SchemaDocument, change func(ast.DirectiveList) ast.DirectiveList) {
	arguments := func(as ast.ArgumentDefinitionList) {
		for _, a := range as {
			a.Directives = change(a.Directives)
		}
	}
	for _, s := range slices.Concat(doc.Schema, doc.SchemaExtension) {
		s.Directives = change(s.Directives)
	}
	for _, d := range doc.Directives {
		arguments(d.Arguments)
	}
	for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
		def.Directives = change(def.Directives)
		for _, f := range def.Fields {
			f.Directives = change(f.Directives)
			arguments(f.Arguments)
		}
		for _, v := range def.EnumValues {
			v.Directives = change(v.Directives)
		}
	}
}

// readLinks checks what the text says of the dialect it is written in.
func (c *checker) readLinks() {
	for _, d := range c.schema.AST.SchemaDirectives.ForNames("link") {
		s, ok := linked(d)
		if !ok || s.name != "connect" {
			continue
		}
		all := imports(d)
		imported := func(name string) bool {
			return slices.ContainsFunc(all, func(i imported) bool { return i.name == name })
		}
		switch {
		case !slices.Contains([]string{"0.1", "0.2", "0.3"}, s.version):
			c.report(directive(d), "UNKNOWN_CONNECTORS_VERSION", "@link", "connect v%s is not known: expected v0.1, v0.2 or v0.3", s.version)
			c.hint("link to https://specs.apollo.dev/connect/v0.3, and write selections without what came later, such as spreads")
		case !imported("@source"):
			c.report(directive(d), "NO_SOURCE_IMPORT", "@link", "@source is not imported")
			c.hint(`import: ["@connect", "@source"]`)
			c.warn()
		}
		for _, i := range all {
			if name, ok := strings.CutPrefix(i.name, "@"); ok && !slices.Contains(s.directives, name) {
				c.report(i.at, "INVALID_SDL", "@link", "connect has no directive %s", i.name)
				c.suggest(name, s.directives)
			}
		}
	}
}
