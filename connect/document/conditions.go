package document

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// condition is a variable that decides in @skip or @include.
type condition struct {
	variable string
	argument *ast.Argument // one that it is used for
	of       string        // the directive
}

// conditionsOf are the conditions of an operation, each variable once, in the order
// in which they stand.
func conditionsOf(op *ast.OperationDefinition) []condition {
	c := conditions{known: map[string]bool{}, spread: map[string]bool{}}
	c.set(op.SelectionSet)
	return c.all
}

type conditions struct {
	all           []condition
	known, spread map[string]bool
}

func (c *conditions) set(set ast.SelectionSet) {
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			c.directives(s.Directives)
			c.set(s.SelectionSet)
		case *ast.InlineFragment:
			c.directives(s.Directives)
			c.set(s.SelectionSet)
		case *ast.FragmentSpread:
			c.directives(s.Directives)
			if !c.spread[s.Name] {
				c.spread[s.Name] = true
				c.set(s.Definition.SelectionSet)
			}
		}
	}
}

func (c *conditions) directives(all ast.DirectiveList) {
	for _, d := range all {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		if a := d.Arguments.ForName("if"); a != nil && a.Value.Kind == ast.Variable && !c.known[a.Value.Raw] {
			c.known[a.Value.Raw] = true
			c.all = append(c.all, condition{a.Value.Raw, a, d.Name})
		}
	}
}

// Truth is what the conditions of an operation come to, by their order.
type Truth [2]uint64

// mostConditions is how many conditions a truth has room for.
const mostConditions = 128

// Truth is that of vars, which are coerced. It does not tell all where the operation
// has more conditions than a truth has room for.
func (op *Operation) Truth(vars map[string]any) (t Truth, all bool) {
	for i, c := range op.conditions {
		if yes, _ := vars[c.variable].(bool); yes && i < mostConditions {
			t[i/64] |= 1 << (i % 64)
		}
	}
	return t, len(op.conditions) <= mostConditions
}

// decided returns an error for each condition that is null: no part of the
// selection says what then.
func (op *Operation) decided(vars map[string]any) (errs gqlerror.List) {
	for _, c := range op.conditions {
		if vars[c.variable] != nil {
			continue
		}
		at := c.argument.Value.Position
		errs = append(errs, &gqlerror.Error{
			Message:    fmt.Sprintf(`Argument "if" of @%s of non-null type "Boolean!" must not be null, as variable "$%s" is.`, c.of, c.variable),
			Locations:  []gqlerror.Location{{Line: at.Line, Column: at.Column}},
			Extensions: map[string]any{"code": codeBadInput},
		})
	}
	return errs
}
