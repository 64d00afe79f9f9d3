package schema

import (
	"path"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// Public is the SDL that is served, a source for each that was read: without the
// directives that are read here and what only they use, without what is
// @inaccessible, and without comments: they name hosts, headers and settings.
// Names of the sources begin with public/.
func (s *Schema) Public() []*ast.Source { return s.public() }

// public is the SDL of sources, which parsed before, without v.
func public(sources []*ast.Source, v vocabulary) []*ast.Source {
	docs := make([]*ast.SchemaDocument, len(sources))
	for i, s := range sources {
		docs[i] = parsed(normal(s))
	}
	unite(docs)
	gone := hidden(docs)
	var all []*ast.Source
	for i, doc := range docs {
		gone.strip(doc)
		everyDirectives(doc, func(ds ast.DirectiveList) ast.DirectiveList {
			return slices.DeleteFunc(ds, func(d *ast.Directive) bool { return v.has(d.Name) })
		})
		doc.Directives = slices.DeleteFunc(doc.Directives, func(d *ast.DirectiveDefinition) bool { return v.has(d.Name) })
		doc.SchemaExtension = slices.DeleteFunc(doc.SchemaExtension, func(s *ast.SchemaDefinition) bool {
			return len(s.Directives) == 0 && len(s.OperationTypes) == 0
		})
		doc.Extensions = slices.DeleteFunc(doc.Extensions, empty)
		var b strings.Builder
		formatter.NewFormatter(&b).FormatSchemaDocument(doc)
		all = append(all, &ast.Source{Name: "public/" + path.Base(sources[i].Name), Input: b.String()})
	}
	return all
}

// empty says whether an extension says nothing any more.
func empty(def *ast.Definition) bool {
	return len(def.Directives)+len(def.Interfaces)+len(def.Fields)+len(def.Types)+len(def.EnumValues) == 0
}

// inaccessible says whether a part of the schema is kept out of what is served.
func inaccessible(ds ast.DirectiveList) bool { return ds.ForName("inaccessible") != nil }

// A hiding is the names of types that are @inaccessible.
type hiding map[string]bool

func hidden(docs []*ast.SchemaDocument) hiding {
	h := hiding{}
	for _, doc := range docs {
		for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
			h[def.Name] = h[def.Name] || inaccessible(def.Directives)
		}
	}
	return h
}

// strip takes out of doc what is @inaccessible.
func (h hiding) strip(doc *ast.SchemaDocument) {
	gone := func(def *ast.Definition) bool { return h[def.Name] }
	doc.Definitions = slices.DeleteFunc(doc.Definitions, gone)
	doc.Extensions = slices.DeleteFunc(doc.Extensions, gone)
	for _, def := range slices.Concat(doc.Definitions, doc.Extensions) {
		def.Interfaces = slices.DeleteFunc(def.Interfaces, func(name string) bool { return h[name] })
		def.Types = slices.DeleteFunc(def.Types, func(name string) bool { return h[name] })
		def.Fields = slices.DeleteFunc(def.Fields, func(f *ast.FieldDefinition) bool { return inaccessible(f.Directives) })
		def.EnumValues = slices.DeleteFunc(def.EnumValues, func(v *ast.EnumValueDefinition) bool { return inaccessible(v.Directives) })
		for _, f := range def.Fields {
			f.Arguments = slices.DeleteFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return inaccessible(a.Directives) })
		}
	}
}

// checkInaccessible reports what would be served of a type that is not.
func (c *checker) checkInaccessible() {
	hides := func(t *ast.Type) bool {
		def := c.schema.AST.Types[t.Name()]
		return def != nil && inaccessible(def.Directives)
	}
	for _, def := range slices.Concat(c.types(), c.kind(ast.Interface), c.kind(ast.InputObject)) {
		for _, f := range def.Fields {
			if inaccessible(def.Directives) || inaccessible(f.Directives) {
				continue
			}
			if hides(f.Type) {
				c.report(start(f.Position), "INVALID_SDL", def.Name+"."+f.Name, "%s is @inaccessible, so the field must be", f.Type.Name())
			}
			for _, a := range f.Arguments {
				if hides(a.Type) && !inaccessible(a.Directives) {
					c.report(start(a.Position), "INVALID_SDL", def.Name+"."+f.Name, "%s is @inaccessible, so the argument must be", a.Type.Name())
				}
			}
		}
	}
}
