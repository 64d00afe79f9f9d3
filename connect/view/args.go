package view

import (
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// Args are the arguments of what is asked by a name: typed Go by their names, in the
// order in which the field declares them. One that is nil, or is not there, has its
// default, or is left out.
func (g *Graph) Args(of string, given map[string]any) mapping.Value {
	return mapping.ObjectValue(g.arguments(of, given, nil)...)
}

// ArgsOr is Args for arguments of which those in null are null rather than left out.
func (g *Graph) ArgsOr(of string, given map[string]any, null func(name string) bool) mapping.Value {
	return mapping.ObjectValue(g.arguments(of, given, null)...)
}

func (g *Graph) arguments(of string, given map[string]any, null func(name string) bool) (members []mapping.Member) {
	for _, def := range g.asked[of].args {
		v := ValueOf(given[def.Name])
		switch {
		case !v.IsNull() && !v.IsMissing():
			v = g.canonical(def.Type, v)
		case null != nil && null(def.Name):
			v = mapping.NullValue()
		case def.DefaultValue != nil:
			v = g.canonical(def.Type, literal(def.DefaultValue))
		default:
			continue
		}
		members = append(members, mapping.Member{Key: def.Name, Value: v})
	}
	return members
}

// canonical gives scalars their one form.
func (g *Graph) canonical(t *ast.Type, v mapping.Value) mapping.Value {
	switch {
	case v.IsNull() || v.IsMissing():
		return v
	case t.Elem != nil && v.IsArray():
		var items []mapping.Value
		for _, item := range v.Items() {
			items = append(items, g.canonical(t.Elem, item))
		}
		return mapping.ArrayValue(items...)
	}
	def := g.Schema.AST.Types[t.Name()]
	if def != nil && def.Kind == ast.InputObject && v.IsObject() {
		var members []mapping.Member
		for _, f := range def.Fields {
			if own := v.Get(f.Name); !own.IsMissing() {
				members = append(members, mapping.Member{Key: f.Name, Value: g.canonical(f.Type, own)})
			}
		}
		return mapping.ObjectValue(members...)
	}
	if input := g.options.Scalars.Of(t.Name()).Input; input != nil {
		if own, err := input(v); err == nil {
			return own
		}
	}
	return v
}

// literal is the value of a default.
func literal(v *ast.Value) mapping.Value {
	x, err := v.Value(nil)
	if err != nil {
		return mapping.NullValue()
	}
	return ValueOf(x)
}
