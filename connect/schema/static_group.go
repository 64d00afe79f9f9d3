package schema

import (
	"slices"

	"holdfast/connect/mapping"
)

// group is a group applied to a value, and to each item of a list.
func (t *typing) group(g *mapping.Group, cur *static, locals *local) *static {
	out := t.regroup(g, cur.leaf(), locals).wrappedAs(cur)
	if cur.kinds.Has(mapping.Missing) {
		out = out.orMissing()
	}
	out = out.at(g.Span)
	out.optional = max(out.optional, cur.optional)
	return out
}

// regroup is a group applied to one value, which is its $ and @.
func (t *typing) regroup(g *mapping.Group, cur *static, locals *local) *static {
	in := around{dollar: cur, at: cur, locals: locals}
	if only := sole(g); only != nil {
		return t.path(only.Path, in)
	}
	out := &static{kinds: mapping.KindsOf(mapping.Object), members: map[string]member{}, closed: true}
	sure := false
	for _, it := range g.Items {
		switch {
		case it.Splices():
			t.splice(out, it.Path, in)
			continue
		case it.Group != nil:
			out.add(keyOf(it), t.group(it.Group, cur, locals))
		default:
			out.add(keyOf(it), t.path(it.Path, in))
		}
		sure = sure || !out.members[keyOf(it).Name].value.kinds.Has(mapping.Missing)
	}
	if !sure { // without keys it is the value itself
		out.kinds |= cur.kinds &^ nested &^ mapping.KindsOf(mapping.Missing)
	}
	return out
}

// add adds a key of a group. What two with one name merge to is not worked out.
func (s *static) add(k *mapping.Key, value *static) {
	if m, ok := s.members[k.Name]; ok {
		s.members[k.Name] = member{m.key, anything().at(m.value.span)}
		return
	}
	s.members[k.Name] = member{k.Span, value}
}

// splice joins the keys of an object to those of a group that has others.
func (t *typing) splice(group *static, p *mapping.Path, in around) {
	s := t.path(p, in)
	if !s.kinds.Has(mapping.Object) {
		return
	}
	for name, m := range s.members {
		group.add(&mapping.Key{Name: name, Span: m.key}, m.value.orMissing())
	}
	if !s.closed {
		group.closed = false
	}
	itself := len(p.Steps) == 0 && p.Start.Kind != mapping.StartVar && p.Start.Kind != mapping.StartKey
	if itself || !s.kinds.Has(mapping.Null) {
		return
	}
	group.kinds |= mapping.KindsOf(mapping.Null)
	if questioned(p) {
		return
	}
	t.report(t.quoted.at(p.Bounds().Start), "SPLICE_MAY_NULL", t.coordinate, "a null here makes the whole object null, with the keys beside it")
	t.hint("write ? before the group")
	t.warn()
}

// questioned says whether a path has a question mark.
func questioned(p *mapping.Path) bool {
	return slices.ContainsFunc(p.Steps, func(s *mapping.Step) bool { return s.Kind == mapping.StepQuestion })
}
