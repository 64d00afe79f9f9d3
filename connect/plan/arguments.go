package plan

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/mapping"
)

// Arguments are what an operation says of a field's arguments. They are immutable
// and safe for concurrent use; nil is none.
type Arguments struct {
	all   []argument
	fixed *Args // where no variable decides
	err   error // then too
}

// An argument is one that a field declares.
type argument struct {
	def     *ast.ArgumentDefinition
	written *ast.Value // nil: the operation does not name it
	value   *term      // of written
	other   preset     // its default
}

// Args are the values of one field's arguments. They are immutable and safe for
// concurrent use.
type Args struct {
	// Value is the object that $args stands for.
	Value mapping.Value
	// Text is Value as JSON, the same for the same values.
	Text string
}

// none are the values of a field that takes no arguments.
var none = &Args{Value: mapping.ObjectValue(), Text: "{}"} //nolint:gochecknoglobals // constant

// arguments says how the arguments of a field come by their values.
func (g *Graph) arguments(f *ast.Field, defs ast.ArgumentDefinitionList) *Arguments {
	a := &Arguments{all: make([]argument, len(defs))}
	constant := true
	for i, def := range defs {
		arg := argument{def: def, other: g.inputs.byDefault[def]}
		if written := f.Arguments.ForName(def.Name); written != nil {
			arg.written, arg.value = written.Value, g.inputs.term(written.Value, def.Type)
			constant = constant && arg.value.constant()
		}
		a.all[i] = arg
	}
	if constant {
		a.fixed, a.err = a.eval(nil)
	}
	return a
}

// Of are the values of the arguments, in the order in which the field declares them:
// as given, else by default, else left out. vars are coerced, and not changed. The
// error is a [*gqlerror.Error] without a path: then nothing of the field is asked.
func (a *Arguments) Of(vars map[string]any) (*Args, error) {
	switch {
	case a == nil:
		return none, nil
	case a.fixed != nil || a.err != nil:
		return a.fixed, a.err
	}
	return a.eval(vars)
}

// Written says whether the operation names an argument: it may be left out all the
// same, when its variable is.
func (a *Arguments) Written(name string) bool {
	if a == nil {
		return false
	}
	for i := range a.all {
		if a.all[i].def.Name == name {
			return a.all[i].written != nil
		}
	}
	return false
}

func (a *Arguments) eval(vars map[string]any) (*Args, error) {
	members := make([]mapping.Member, 0, len(a.all))
	for i := range a.all {
		v, err := a.all[i].of(vars)
		if err != nil {
			return nil, err
		}
		members = append(members, mapping.Member{Key: a.all[i].def.Name, Value: v})
	}
	v := mapping.ObjectValue(members...)
	return &Args{Value: v, Text: string(v.AppendJSON(make([]byte, 0, 64)))}, nil
}

// of is the value of one argument; missing where it is left out.
func (a *argument) of(vars map[string]any) (mapping.Value, error) {
	if a.written == nil {
		return a.preset(`Argument "%s" of required type "%s" was not provided.`, a.def.Name, a.def.Type)
	}
	v, err := a.value.of(vars)
	switch {
	case errors.Is(err, errNull):
		return v, a.refused(nil, `Argument "%s" of non-null type "%s" must not be null.`, a.def.Name, a.def.Type)
	case errors.Is(err, errUnfit):
		return v, a.refused(nil, `Argument "%s" has invalid value %s.`, a.def.Name, a.written)
	case err != nil:
		return v, a.refused(err, `Argument "%s" has invalid value %s: %s`, a.def.Name, a.written, err)
	case !v.IsMissing():
		return v, nil
	}
	return a.preset(`Argument "%s" of required type "%s" was provided the variable "$%s" which was not provided a runtime value.`,
		a.def.Name, a.def.Type, a.written.Raw)
}

// preset is what stands where the argument is left out; the message says that it
// cannot be.
func (a *argument) preset(message string, args ...any) (mapping.Value, error) {
	switch v := a.other.value; {
	case a.other.err != nil:
		return v, a.refused(a.other.err, "%s", a.other.err)
	case v.IsMissing() && a.def.Type.NonNull:
		return v, a.refused(nil, message, args...)
	default:
		return v, nil
	}
}

func (a *argument) refused(err error, message string, args ...any) error {
	e := gqlerror.ErrorPosf(a.position(), message, args...)
	e.Err = err
	e.Extensions = map[string]any{"code": "BAD_USER_INPUT"}
	return e
}

func (a *argument) position() *ast.Position {
	if a.written == nil {
		return nil
	}
	return a.written.Position
}
