package document

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// inputs are the input types of a schema, with the defaults of their fields as
// values. Nothing of it is changed once it is made.
type inputs struct {
	types    map[string]*ast.Definition
	defaults map[*ast.FieldDefinition]any
	own      ownScalars
	quiet    bool // errors suggest no names of the schema
}

// newInputs returns an error if a default is none that its field can have, or
// would contain itself.
func newInputs(schema *ast.Schema, quiet bool, own ownScalars) (*inputs, error) {
	in := &inputs{types: schema.Types, defaults: map[*ast.FieldDefinition]any{}, own: own, quiet: quiet}
	for _, name := range sortedNames(schema.Types) {
		if err := in.complete(schema.Types[name], nil); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// complete makes the defaults of an input type, after those of the types that they
// are written with: within are the fields whose defaults are being made.
func (in *inputs) complete(def *ast.Definition, within []*ast.FieldDefinition) error {
	if def.Kind != ast.InputObject {
		return nil
	}
	for _, f := range def.Fields {
		if _, known := in.defaults[f]; known || f.DefaultValue == nil {
			continue
		}
		at := fmt.Sprintf("%sthe default of %s.%s", position(f.Position), def.Name, f.Name)
		if slices.Contains(within, f) {
			return fmt.Errorf("%s contains itself", at)
		}
		if wrong := in.misfit(f.Type, f.DefaultValue); wrong != "" {
			return fmt.Errorf("%s does not fit its type: %s", at, wrong)
		}
		if err := in.completeWithin(f.Type, f.DefaultValue, append(within, f)); err != nil {
			return err
		}
		in.defaults[f] = in.literal(f.Type, f.DefaultValue)
	}
	return nil
}

// completeWithin completes the types of the objects in a literal, as far as it
// leaves their fields to defaults.
func (in *inputs) completeWithin(t *ast.Type, v *ast.Value, within []*ast.FieldDefinition) error {
	def := in.types[t.Name()]
	switch {
	case v.Kind == ast.ListValue && t.Elem != nil:
		for _, c := range v.Children {
			if err := in.completeWithin(t.Elem, c.Value, within); err != nil {
				return err
			}
		}
	case v.Kind == ast.ObjectValue && def.Kind == ast.InputObject:
		left := *def
		left.Fields = nil
		for _, f := range def.Fields {
			given := v.Children.ForName(f.Name)
			if given == nil {
				left.Fields = append(left.Fields, f)
				continue
			}
			if err := in.completeWithin(f.Type, given, within); err != nil {
				return err
			}
		}
		return in.complete(&left, within)
	}
	return nil
}

// misfit says what is wrong with a literal of a schema; "" is nothing.
func (in *inputs) misfit(t *ast.Type, v *ast.Value) string {
	def, wrong := in.types[t.Name()], ""
	checkLiteral(v, t, def, func(message string, _ *ast.Position, _ suggestion) { wrong = message })
	for _, c := range v.Children {
		inner := t.Elem
		if v.Kind == ast.ObjectValue {
			inner = nil
			if f := def.Fields.ForName(c.Name); f != nil {
				inner = f.Type
			}
		}
		if wrong == "" && inner != nil {
			wrong = in.misfit(inner, c.Value)
		}
	}
	return wrong
}

// literal is the value of a literal that fits its type, without variables.
func (in *inputs) literal(t *ast.Type, v *ast.Value) any {
	switch {
	case v.Kind == ast.NullValue:
		return nil
	case t.Elem != nil && v.Kind != ast.ListValue:
		return []any{in.literal(t.Elem, v)}
	case t.Elem != nil:
		list := make([]any, len(v.Children))
		for i, c := range v.Children {
			list[i] = in.literal(t.Elem, c.Value)
		}
		return list
	}
	switch def := in.types[t.NamedType]; def.Kind {
	case ast.InputObject:
		object := make(map[string]any, len(def.Fields))
		for _, f := range def.Fields {
			if given := v.Children.ForName(f.Name); given != nil {
				object[f.Name] = in.literal(f.Type, given)
			} else if f.DefaultValue != nil {
				object[f.Name] = in.defaults[f]
			}
		}
		return object
	case ast.Enum:
		return v.Raw
	default:
		return scalarLiteral(def.Name, v)
	}
}

// scalarLiteral is the value of a literal of a scalar; one that is not built in
// has it as JSON would.
func scalarLiteral(scalar string, v *ast.Value) any {
	switch scalar {
	case "Int":
		n, _ := strconv.ParseInt(v.Raw, 10, 32)
		return n
	case "Float":
		n, _ := strconv.ParseFloat(v.Raw, 64)
		return n
	case "ID", "String":
		return v.Raw
	}
	switch v.Kind {
	case ast.NullValue:
		return nil
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw)
	case ast.ListValue:
		list := make([]any, len(v.Children))
		for i, c := range v.Children {
			list[i] = scalarLiteral("", c.Value)
		}
		return list
	case ast.ObjectValue:
		object := make(map[string]any, len(v.Children))
		for _, c := range v.Children {
			object[c.Name] = scalarLiteral("", c.Value)
		}
		return object
	default:
		return v.Raw
	}
}

func position(p *ast.Position) string {
	if p == nil || p.Src == nil || p.Src.Name == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d:%d: ", p.Src.Name, p.Line, p.Column)
}
