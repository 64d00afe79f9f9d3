package schema

import (
	"maps"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A responding finds what the data of a query may be.
type responding struct {
	*checker
	work int
}

// answered is one key of an object in the data, and what is selected of its value.
type answered struct {
	field *ast.Field
	set   ast.SelectionSet
	maybe bool // an object need not have it
}

// object is what an object may be of which these fields are selected. What is beyond
// the work for one query may be there, and be anything.
func (r *responding) object(set ast.SelectionSet) *static {
	keys := map[string]*answered{}
	r.collect(keys, set, false)
	s := &static{kinds: mapping.KindsOf(mapping.Object), members: map[string]member{}, closed: r.work <= maxTyped}
	for _, name := range slices.Sorted(maps.Keys(keys)) { // in an order, for the work may end
		key := keys[name]
		value := anything()
		if def := key.field.Definition; def != nil {
			value = r.value(def.Type, key.set)
		}
		if key.maybe {
			value = value.orMissing()
		}
		s.members[name] = member{value: value}
	}
	return s
}

func (r *responding) collect(keys map[string]*answered, set ast.SelectionSet, maybe bool) {
	for _, sel := range set {
		if r.work++; r.work > maxTyped {
			return
		}
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			r.collect(keys, sel.SelectionSet, true)
		case *ast.FragmentSpread:
			if sel.Definition != nil {
				r.collect(keys, sel.Definition.SelectionSet, true)
			}
		case *ast.Field:
			key := keys[sel.Alias]
			if key == nil {
				key = &answered{field: sel, maybe: true}
				keys[sel.Alias] = key
			}
			key.set = slices.Concat(key.set, sel.SelectionSet)
			key.maybe = key.maybe && (maybe || len(sel.Directives) > 0)
		}
	}
}

// value is what a value of a type may be.
func (r *responding) value(t *ast.Type, set ast.SelectionSet) *static {
	var s *static
	kind, known := heldAs(r.schema.AST.Types[t.Name()])
	switch {
	case r.work > maxTyped:
		return anything()
	case t.Elem != nil:
		s = listOf(r.value(t.Elem, set), 0)
	case set != nil:
		s = r.object(set)
	case known:
		s = kindOf(kind)
	default:
		s = anything()
	}
	if !t.NonNull {
		s = s.with(s.kinds | mapping.KindsOf(mapping.Null))
	}
	return s
}
