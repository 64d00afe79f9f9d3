package connect

import (
	"context"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams"
)

// A way leads from an answer, along fields that cannot be null, to one of which the
// answer cannot do without: a null there makes everything on the way null, for
// whoever asks for that field. The answer itself has no way up.
type way struct {
	up       *way
	typeName string // of the object that has the field; "" where only one type may stand
	name     string
}

// way is the one that w describes: there is one of each.
func (m *Mapper) way(w way) *way {
	known, ok := m.ways[w]
	if !ok {
		if m.ways == nil {
			m.ways = map[way]*way{}
		}
		known = new(w) // w itself stays on the stack where there is one
		m.ways[w] = known
	}
	return known
}

// lose notes that there is nothing where w leads.
func (m *Mapper) lose(w *way) {
	if !slices.Contains(m.lost, w) {
		m.lost = append(m.lost, w)
	}
}

// below are the selections below the fields that w leads along, in sel.
func (w *way) below(op *graphql.OperationContext, sel ast.SelectionSet) []ast.SelectionSet {
	if w.up == nil {
		return []ast.SelectionSet{sel}
	}
	var all []ast.SelectionSet
	for _, sel := range w.up.below(op, sel) {
		for _, f := range graphql.CollectFields(op, sel, namesOf(w.typeName, sel)) {
			if f.Name == w.name {
				all = append(all, f.Selections)
			}
		}
	}
	return all
}

// namesOf are the type conditions in sel that objects of a type meet: its own name,
// and those of interfaces and unions. Among them may be one that it does not belong
// to, whose fields then count as asked for.
func namesOf(typeName string, sel ast.SelectionSet) []string {
	names := []string{typeName}
	for _, s := range sel {
		var condition string
		var below ast.SelectionSet
		switch s := s.(type) {
		case *ast.InlineFragment:
			condition, below = s.TypeCondition, s.SelectionSet
		case *ast.FragmentSpread:
			condition, below = s.Definition.TypeCondition, s.Definition.SelectionSet
		default:
			continue
		}
		if typeName == "" || isAbstract(below) {
			names = append(names, condition)
		}
		names = append(names, namesOf(typeName, below)[1:]...)
	}
	return names
}

// isAbstract says whether the fields of a selection are those of an interface or a
// union.
func isAbstract(sel ast.SelectionSet) bool {
	for _, s := range sel {
		if f, ok := s.(*ast.Field); ok {
			return f.ObjectDefinition != nil && f.ObjectDefinition.IsAbstractType()
		}
	}
	return true // not known
}

// through are the losses of m as a connection has them whose nodes m has mapped:
// along paths from there to a node.
func (m *Mapper) through(paths []string) losses {
	var all losses
	for _, path := range paths {
		node := m.way(way{})
		for step := range strings.SplitSeq(path, ".") {
			node = m.way(way{up: node, name: step})
		}
		for _, w := range m.lost {
			all = append(all, m.onto(node, w))
		}
	}
	return all
}

// onto is the way that leads on from start as w does.
func (m *Mapper) onto(start, w *way) *way {
	if w.up == nil {
		return start
	}
	return m.way(way{m.onto(start, w.up), w.typeName, w.name})
}

// losses are the places without which a value is null: its answer broke the contract
// there.
type losses []*way

// Broken is part of what [upstreams.Request].Accept may say of a value.
func (l losses) Broken() bool { return len(l) > 0 }

// asked is the first of the places that the field is asked for which ctx resolves: then
// there is nothing of the value. Where no field is known, everything is asked for.
func (l losses) asked(ctx context.Context) *way {
	fc := graphql.GetFieldContext(ctx)
	known := fc != nil && fc.Field.Field != nil && graphql.HasOperationContext(ctx)
	for _, w := range l {
		if !known || len(w.below(graphql.GetOperationContext(ctx), fc.Field.Selections)) > 0 {
			return w
		}
	}
	return nil
}

// serving is the answer that serves the field which ctx resolves: the newest, or the
// last whole one where the newest has nothing of what is asked for.
func serving(ctx context.Context, a *upstreams.Answer) *upstreams.Answer {
	if a.Whole != nil && lost(ctx, a) != nil {
		return a.Whole
	}
	return a
}

// lost is the place for which a has nothing of what the field asks for that ctx
// resolves; nil if it has something.
func lost(ctx context.Context, a *upstreams.Answer) *way {
	if v, ok := a.Value.(interface{ asked(context.Context) *way }); ok {
		return v.asked(ctx)
	}
	return nil
}

// lostAt is the coordinate of that place; "" for the answer itself.
func lostAt(ctx context.Context, a *upstreams.Answer) string {
	if w := lost(ctx, a); w != nil && w.up != nil {
		return w.typeName + "." + w.name
	}
	return ""
}
