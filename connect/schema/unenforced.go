package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Unenforced is a directive of the schema's own that stands in what is served, at its
// place in the text: whoever runs operations has to enforce it, or to refuse the
// schema. It is nil where there is none.
func (s *Schema) Unenforced() (d *ast.Directive, at string) {
	var own []string
	for _, source := range s.Public() {
		doc, err := parser.ParseSchema(source)
		if err != nil {
			continue // it was read before
		}
		everyDirectives(doc, func(ds ast.DirectiveList) ast.DirectiveList {
			for _, d := range ds {
				if !slices.Contains([]string{"deprecated", "specifiedBy", "oneOf"}, d.Name) {
					own = append(own, d.Name)
				}
			}
			return ds
		})
	}
	if own == nil {
		return nil, ""
	}
	for _, ds := range s.applied() {
		for _, d := range ds {
			if slices.Contains(own, d.Name) {
				return d, directive(d).String()
			}
		}
	}
	return &ast.Directive{Name: own[0]}, ""
}

// applied are the lists of directives in the schema, in the order of types' names.
func (s *Schema) applied() []ast.DirectiveList {
	all := []ast.DirectiveList{s.AST.SchemaDirectives}
	c := checker{schema: s}
	for _, kind := range []ast.DefinitionKind{ast.Object, ast.Interface, ast.Union, ast.Enum, ast.Scalar, ast.InputObject} {
		for _, def := range c.kind(kind) {
			all = append(all, def.Directives)
			for _, f := range def.Fields {
				all = append(all, f.Directives)
				for _, a := range f.Arguments {
					all = append(all, a.Directives)
				}
			}
			for _, v := range def.EnumValues {
				all = append(all, v.Directives)
			}
		}
	}
	return all
}
