package plan

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

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
