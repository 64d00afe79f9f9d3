package oracle

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// unknown is a directive in SDL that somebody may have to enforce; "" if there is none.
func unknown(source *ast.Source) string {
	doc, err := parser.ParseSchema(source)
	if err != nil {
		return err.Error()
	}
	var found string
	look := func(ds ast.DirectiveList) {
		for _, d := range ds {
			if !known(d.Name) {
				found = d.Name
			}
		}
	}
	for _, s := range append(doc.Schema, doc.SchemaExtension...) {
		look(s.Directives)
	}
	for _, def := range append(doc.Definitions, doc.Extensions...) {
		look(def.Directives)
		for _, f := range def.Fields {
			look(f.Directives)
			for _, a := range f.Arguments {
				look(a.Directives)
			}
		}
		for _, v := range def.EnumValues {
			look(v.Directives)
		}
	}
	return found
}
