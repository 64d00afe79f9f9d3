package plan

import (
	"fmt"
	"reflect"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// inputs are the types of what callers send.
type inputs struct {
	types     map[string]*input
	byDefault map[*ast.ArgumentDefinition]preset
}

// An inputKind says what values a type has.
type inputKind uint8

const (
	customScalar inputKind = iota
	intScalar
	floatScalar
	stringScalar
	idScalar
	booleanScalar
	enum
	inputObject
)

// An input is one type.
type input struct {
	kind   inputKind
	values map[string]bool                            // of an enum
	form   func(mapping.Value) (mapping.Value, error) // the one form of a scalar's value; nil: it has any
	fields []inputField
}

// An inputField is one of an input object.
type inputField struct {
	name  string
	of    *ast.Type
	other preset // its default
}

// inputsOf are the input types of a schema, with the defaults of arguments and of
// their fields.
func inputsOf(s *ast.Schema, form func(scalar string) func(mapping.Value) (mapping.Value, error)) *inputs {
	builtIn := map[string]inputKind{
		"Int": intScalar, "Float": floatScalar, "String": stringScalar, "ID": idScalar, "Boolean": booleanScalar,
	}
	in := &inputs{types: map[string]*input{}, byDefault: map[*ast.ArgumentDefinition]preset{}}
	for name, def := range s.Types {
		i := &input{kind: builtIn[name]}
		switch def.Kind {
		case ast.Scalar:
			if i.kind == customScalar && form != nil {
				i.form = form(name)
			}
		case ast.Enum:
			i.kind, i.values = enum, map[string]bool{}
			for _, v := range def.EnumValues {
				i.values[v.Name] = true
			}
		case ast.InputObject:
			i.kind = inputObject
			for _, f := range def.Fields {
				i.fields = append(i.fields, inputField{name: f.Name, of: f.Type})
			}
		default:
			continue
		}
		in.types[name] = i
	}
	d := defaults{inputs: in, schema: s, done: map[*input]bool{}, under: map[*input]bool{}}
	d.all()
	return in
}

// value is a variable's value, or a part of one, at a position of type t: nil is a
// value of any form. What is left out of an input object gets its default.
func (in *inputs) value(v any, t *ast.Type) (mapping.Value, error) {
	switch {
	case t == nil:
		return free(v)
	case v == nil && t.NonNull:
		return mapping.Value{}, errNull
	case v == nil:
		return mapping.NullValue(), nil
	case t.Elem != nil:
		return in.listed(v, t.Elem)
	}
	i := in.types[t.NamedType]
	switch {
	case i == nil:
		return mapping.Value{}, errUnfit
	case i.kind == inputObject:
		return in.objectValue(v, i)
	case i.kind == customScalar:
		given, err := free(v)
		if err != nil {
			return given, err
		}
		return i.canonical(given)
	}
	return i.value(v)
}

// free is a value of any form.
func free(v any) (mapping.Value, error) {
	made, err := mapping.FromAny(v)
	if err != nil {
		return made, fmt.Errorf("it cannot be sent: %w", err)
	}
	return made, nil
}

// listed is a list, or a single value where a list is expected.
func (in *inputs) listed(v any, of *ast.Type) (mapping.Value, error) {
	list, ok := v.([]any)
	if r := reflect.ValueOf(v); !ok && r.Kind() == reflect.Slice { // of a program's own
		for _, item := range r.Seq2() {
			list = append(list, item.Interface())
		}
	} else if !ok {
		list = []any{v}
	}
	items := make([]mapping.Value, len(list))
	for i, item := range list {
		made, err := in.value(item, of)
		if err != nil {
			return made, inside(err)
		}
		items[i] = made
	}
	return mapping.ArrayValue(items...), nil
}

func (in *inputs) objectValue(v any, i *input) (mapping.Value, error) {
	given, ok := v.(map[string]any)
	if !ok {
		return mapping.Value{}, errUnfit
	}
	members := make([]mapping.Member, 0, len(i.fields))
	for _, f := range i.fields {
		made, err := f.other.value, f.other.err
		if v, ok := given[f.name]; ok {
			made, err = in.value(v, f.of)
		}
		if err != nil {
			return made, inside(err)
		}
		if made.IsMissing() && f.of.NonNull {
			return made, errUnfit
		}
		members = append(members, mapping.Member{Key: f.name, Value: made})
	}
	return mapping.ObjectValue(members...), nil
}
