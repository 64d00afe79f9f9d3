package schema

import (
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkDefaults reports defaults of arguments and of fields of inputs that cannot
// stand there: nobody could leave out what has one.
func (c *checker) checkDefaults() {
	for _, def := range slices.Concat(c.types(), c.kind(ast.Interface), c.kind(ast.InputObject)) {
		for _, f := range def.Fields {
			c.checkDefault(def.Name+"."+f.Name, f.Type, f.DefaultValue)
			for _, a := range f.Arguments {
				c.checkDefault(def.Name+"."+f.Name+"("+a.Name+":)", a.Type, a.DefaultValue)
			}
			if f.DefaultValue != nil && def.Kind == ast.InputObject && c.circular(f.Type, f.DefaultValue, []*ast.FieldDefinition{f}) {
				c.report(start(f.DefaultValue.Position), "INVALID_SDL", def.Name+"."+f.Name, "the default leads back to itself without end")
			}
		}
	}
}

func (c *checker) checkDefault(coordinate string, t *ast.Type, v *ast.Value) {
	if v == nil {
		return
	}
	if wrong := c.unfit(t, v); wrong != nil {
		c.report(start(wrong.Position), "INVALID_SDL", coordinate, "the default has %s, which does not fit %s", wrong, t)
	}
}

// unfit is the part of a literal that cannot stand where a value of type t is
// expected; nil where all of it can.
func (c *checker) unfit(t *ast.Type, v *ast.Value) *ast.Value {
	def := c.schema.AST.Types[t.Name()]
	switch {
	case def == nil:
		return nil // told as a type that there is not
	case v.Kind == ast.NullValue:
		return orNil(v, t.NonNull)
	case t.Elem != nil && v.Kind == ast.ListValue:
		for _, item := range v.Children {
			if wrong := c.unfit(t.Elem, item.Value); wrong != nil {
				return wrong
			}
		}
		return nil
	case t.Elem != nil:
		return c.unfit(t.Elem, v)
	case def.Kind == ast.InputObject:
		return c.unfitObject(def, v)
	case def.Kind == ast.Enum:
		return orNil(v, v.Kind != ast.EnumValue || def.EnumValues.ForName(v.Raw) == nil)
	}
	return orNil(v, !fitsScalar(def.Name, v))
}

func (c *checker) unfitObject(def *ast.Definition, v *ast.Value) *ast.Value {
	if v.Kind != ast.ObjectValue {
		return v
	}
	for _, child := range v.Children {
		f := def.Fields.ForName(child.Name)
		if f == nil {
			return v
		}
		if wrong := c.unfit(f.Type, child.Value); wrong != nil {
			return wrong
		}
	}
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil && v.Children.ForName(f.Name) == nil {
			return v
		}
	}
	return nil
}

func orNil(v *ast.Value, wrong bool) *ast.Value {
	if wrong {
		return v
	}
	return nil
}

// fitsScalar says whether a literal can be one of a scalar; of one that is not built
// in any can.
func fitsScalar(name string, v *ast.Value) bool {
	text := v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	switch name {
	case "Int":
		_, err := strconv.ParseInt(v.Raw, 10, 32)
		return v.Kind == ast.IntValue && err == nil
	case "Float":
		return v.Kind == ast.IntValue || v.Kind == ast.FloatValue
	case "String":
		return text
	case "ID":
		return text || v.Kind == ast.IntValue
	case "Boolean":
		return v.Kind == ast.BooleanValue
	}
	return true
}

// circular says whether a value that leaves fields of inputs to their defaults would
// contain one of those that are being filled in.
func (c *checker) circular(t *ast.Type, v *ast.Value, within []*ast.FieldDefinition) bool {
	def := c.schema.AST.Types[t.Name()]
	if def == nil || def.Kind != ast.InputObject {
		return false
	}
	if v.Kind == ast.ListValue {
		return slices.ContainsFunc(v.Children, func(item *ast.ChildValue) bool { return c.circular(t, item.Value, within) })
	}
	if v.Kind != ast.ObjectValue {
		return false
	}
	return slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
		if given := v.Children.ForName(f.Name); given != nil {
			return c.circular(f.Type, given, within)
		}
		switch {
		case f.DefaultValue == nil:
			return false
		case slices.Contains(within, f):
			return f == within[0] // others are told at themselves
		}
		return c.circular(f.Type, f.DefaultValue, append(slices.Clip(within), f))
	})
}
