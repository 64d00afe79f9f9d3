package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// amend reports directives and arguments that there are not. They are read as what
// was probably meant, and else left out: a slip in a name hides nothing.
func (l *loading) amend(docs []*ast.SchemaDocument, v vocabulary) {
	known := map[string]*ast.DirectiveDefinition{}
	for _, doc := range append(docs, v.doc, parsed(validator.Prelude)) {
		for _, d := range doc.Directives {
			known[d.Name] = d
		}
	}
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, doc := range docs {
		everyDirectives(doc, func(ds ast.DirectiveList) ast.DirectiveList {
			return slices.DeleteFunc(ds, func(d *ast.Directive) bool {
				if known[d.Name] == nil {
					l.report(directive(d), "INVALID_SDL", "", "Undefined directive %s.", d.Name)
					l.meant(d.Name, names)
					d.Name = nearest(d.Name, names)
				}
				if known[d.Name] != nil {
					l.amendArguments(d, known[d.Name])
				}
				return d.Name == ""
			})
		})
	}
}

// amendArguments amends the arguments of one directive.
func (l *loading) amendArguments(d *ast.Directive, def *ast.DirectiveDefinition) {
	var names []string
	for _, a := range def.Arguments {
		names = append(names, a.Name)
	}
	var kept ast.ArgumentList
	for _, a := range d.Arguments {
		if def.Arguments.ForName(a.Name) == nil {
			l.report(start(a.Position), "INVALID_SDL", "", "Undefined argument %s for directive %s.", a.Name, d.Name)
			l.suggest(a.Name, names)
			if a.Name = nearest(a.Name, names); a.Name == "" || d.Arguments.ForName(a.Name) != a {
				continue
			}
		}
		if kept.ForName(a.Name) != nil {
			l.report(start(a.Position), "INVALID_SDL", "", "There can be only one argument named %s.", a.Name)
			continue
		}
		l.onlyOnce(a.Value)
		kept = append(kept, a)
	}
	d.Arguments = kept
}

// onlyOnce reports fields of input objects that stand there twice; the first counts.
func (l *loading) onlyOnce(v *ast.Value) {
	seen := map[string]bool{}
	v.Children = slices.DeleteFunc(v.Children, func(child *ast.ChildValue) bool {
		l.onlyOnce(child.Value)
		twice := v.Kind == ast.ObjectValue && seen[child.Name]
		if seen[child.Name] = true; twice {
			l.report(start(child.Position), "INVALID_SDL", "", "There can be only one input field named %q.", child.Name)
		}
		return twice
	})
}
