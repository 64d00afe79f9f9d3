package plan

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Conditions are the variables that decide in @skip and @include what an operation
// asks for, sorted: operations that give them the same values have the same plan.
func Conditions(doc *ast.QueryDocument, op *ast.OperationDefinition) []string {
	c := conditions{doc: doc, names: set{}, seen: map[string]bool{}}
	c.add(op.SelectionSet)
	return c.names.sorted()
}

type conditions struct {
	doc   *ast.QueryDocument
	names set
	seen  map[string]bool
}

func (c *conditions) add(sel ast.SelectionSet) {
	for _, one := range sel {
		switch one := one.(type) {
		case *ast.Field:
			c.decide(one.Directives)
			c.add(one.SelectionSet)
		case *ast.InlineFragment:
			c.decide(one.Directives)
			c.add(one.SelectionSet)
		case *ast.FragmentSpread:
			c.decide(one.Directives)
			if f := c.doc.Fragments.ForName(one.Name); f != nil && !c.seen[one.Name] {
				c.seen[one.Name] = true
				c.add(f.SelectionSet)
			}
		}
	}
}

func (c *conditions) decide(ds ast.DirectiveList) {
	for _, d := range ds {
		if arg := d.Arguments.ForName("if"); (d.Name == "skip" || d.Name == "include") && arg != nil && arg.Value.Kind == ast.Variable {
			c.names[arg.Value.Raw] = true
		}
	}
}

// included says whether @skip and @include leave something in.
func included(ds ast.DirectiveList, vars map[string]any) (bool, error) {
	in := true
	for _, d := range ds {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		yes, err := truth(d, vars)
		if err != nil {
			return false, err
		}
		in = in && yes == (d.Name == "include")
	}
	return in, nil
}

// truth is the value of a directive's condition.
func truth(d *ast.Directive, vars map[string]any) (bool, error) {
	arg := d.Arguments.ForName("if")
	if arg == nil { // it is not valid then
		return false, gqlerror.ErrorPosf(d.Position, `Argument "if" of required type "Boolean!" was not provided.`)
	}
	if arg.Value.Kind != ast.Variable {
		return arg.Value.Raw == "true", nil
	}
	v, given := vars[arg.Value.Raw]
	switch yes, ok := v.(bool); {
	case ok:
		return yes, nil
	case !given:
		return false, gqlerror.ErrorPosf(arg.Value.Position,
			`Argument "if" of required type "Boolean!" was provided the variable "$%s" which was not provided a runtime value.`, arg.Value.Raw)
	}
	return false, gqlerror.ErrorPosf(arg.Value.Position, `Argument "if" of non-null type "Boolean!" must not be null.`)
}

// A set is a set of names.
type set map[string]bool

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }
