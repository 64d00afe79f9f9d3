package plan

import (
	"cmp"
	"errors"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// Why a value cannot stand where it does.
var (
	errNull  = errors.New("null where null cannot stand")
	errUnfit = errors.New("a value of another type")
)

// A term is a value in a document, at a position of some type.
type term struct {
	fixed mapping.Value // of one without variables
	err   error         // that, too
	vary  bool          // the rest is set

	inputs   *inputs
	at       *ast.Type // nil: within the value of a scalar that has any form
	variable string
	items    []*term
	members  []member
	scalar   *input // whose one form the value gets
}

// A member is one of an object.
type member struct {
	name  string
	value *term
	other preset // where the value is left out
	needs bool   // then there must be one
}

func (t *term) constant() bool { return !t.vary }

// of is the term's value; missing where it is a variable that is left out.
func (t *term) of(vars map[string]any) (mapping.Value, error) {
	if !t.vary {
		return t.fixed, t.err
	}
	v, err := t.eval(vars)
	if err == nil && t.scalar != nil {
		return t.scalar.canonical(v)
	}
	return v, err
}

func (t *term) eval(vars map[string]any) (mapping.Value, error) {
	switch {
	case t.variable != "":
		v, ok := vars[t.variable]
		if !ok {
			return mapping.Value{}, nil
		}
		return t.inputs.value(v, t.at)
	case t.items != nil:
		return t.list(vars)
	}
	members := make([]mapping.Member, 0, len(t.members))
	for _, m := range t.members {
		v, err := m.of(vars)
		if err != nil {
			return v, inside(err)
		}
		members = append(members, mapping.Member{Key: m.name, Value: v})
	}
	return mapping.ObjectValue(members...), nil
}

func (t *term) list(vars map[string]any) (mapping.Value, error) {
	items := make([]mapping.Value, len(t.items))
	for i, item := range t.items {
		v, err := item.of(vars)
		switch {
		case err != nil:
			return v, inside(err)
		case v.IsMissing() && item.at != nil && item.at.NonNull:
			return v, errUnfit
		}
		items[i] = v // one that is left out is null
	}
	return mapping.ArrayValue(items...), nil
}

func (m *member) of(vars map[string]any) (mapping.Value, error) {
	if m.value != nil {
		if v, err := m.value.of(vars); err != nil || !v.IsMissing() {
			return v, err
		}
	}
	if m.other.err == nil && m.other.value.IsMissing() && m.needs {
		return mapping.Value{}, errUnfit
	}
	return m.other.value, m.other.err
}

// inside is an error of a value from within which it is one of the value.
func inside(err error) error {
	if errors.Is(err, errNull) {
		return errUnfit
	}
	return err
}

// term is what v stands for at a position of type t.
func (in *inputs) term(v *ast.Value, t *ast.Type) *term {
	made := in.varying(v, t)
	if made.constant() || made.variable != "" || slices.ContainsFunc(made.items, varies) ||
		slices.ContainsFunc(made.members, func(m member) bool { return m.value != nil && varies(m.value) }) {
		return made
	}
	fixed, err := made.of(nil)
	return &term{fixed: fixed, err: err}
}

func varies(t *term) bool { return t.vary }

// varying is the term of v as if there were variables in it.
func (in *inputs) varying(v *ast.Value, t *ast.Type) *term {
	switch {
	case v.Kind == ast.Variable:
		return &term{vary: true, inputs: in, at: t, variable: v.Raw}
	case v.Kind == ast.NullValue && t != nil && t.NonNull:
		return &term{err: errNull}
	case v.Kind == ast.NullValue:
		return &term{fixed: mapping.NullValue()}
	case t == nil:
		return in.free(v)
	case t.Elem != nil:
		return in.items(v, t.Elem)
	}
	switch i := in.types[t.NamedType]; {
	case i == nil:
		return &term{err: errUnfit}
	case i.kind == inputObject && v.Kind != ast.ObjectValue:
		return &term{err: errUnfit}
	case i.kind == inputObject:
		return in.object(v, i)
	case i.kind == customScalar:
		made := in.term(v, nil)
		if made.vary {
			made.scalar = i
			return made
		}
		fixed, err := i.canonical(made.fixed)
		return &term{fixed: fixed, err: cmp.Or(made.err, err)}
	default:
		fixed, err := i.literal(v)
		return &term{fixed: fixed, err: err}
	}
}

// items is the term of a list, or of a single value where a list is expected.
func (in *inputs) items(v *ast.Value, of *ast.Type) *term {
	made := &term{vary: true, items: []*term{}}
	if v.Kind != ast.ListValue {
		made.items = append(made.items, in.term(v, of))
		return made
	}
	for _, item := range v.Children {
		t := in.term(item.Value, of)
		made.items = append(made.items, t)
	}
	return made
}

// object is the term of an input object, its fields in the order in which the type
// declares them.
func (in *inputs) object(v *ast.Value, i *input) *term {
	made := &term{vary: true}
	for _, f := range i.fields {
		m := member{name: f.name, other: f.other, needs: f.of.NonNull}
		if child := v.Children.ForName(f.name); child != nil {
			m.value = in.term(child, f.of)
		}
		made.members = append(made.members, m)
	}
	return made
}

// free is the term of a value that may have any form.
func (in *inputs) free(v *ast.Value) *term {
	switch v.Kind {
	case ast.ListValue:
		return in.items(v, nil)
	case ast.ObjectValue:
		made := &term{vary: true}
		for _, child := range v.Children {
			made.members = append(made.members, member{name: child.Name, value: in.term(child.Value, nil)})
		}
		slices.SortStableFunc(made.members, func(a, b member) int { return cmp.Compare(a.name, b.name) }) // as those of variables
		return made
	case ast.IntValue, ast.FloatValue:
		return &term{fixed: mapping.NumberValue(v.Raw)}
	case ast.BooleanValue:
		return &term{fixed: mapping.BoolValue(v.Raw == "true")}
	default:
		return &term{fixed: mapping.StringValue(v.Raw)}
	}
}
