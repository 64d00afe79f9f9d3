package call

import (
	"slices"

	"holdfast/connect/mapping"
)

// segments prepares a path mapping: a list literal item by item.
func (a *API) segments(m *mapping.Mapping) segments {
	if m == nil {
		return segments{}
	}
	if list := listOf(m.Root); list != nil {
		s := segments{items: make([]operand, len(list))}
		for i, e := range list {
			s.items[i] = a.compile(e.Operands[0], e.Operands[0], mapping.ObjectValue())
		}
		return s
	}
	op := a.compile(m, m.Root, mapping.ObjectValue())
	return segments{whole: &op}
}

// listOf are the items of a list literal, $([…]), of which each is one path; nil of anything else.
func listOf(g *mapping.Group) []*mapping.Expr {
	bare := func(p *mapping.Path, kind mapping.StartKind) bool {
		return p != nil && p.Start.Kind == kind && len(p.Steps) == 0 && p.Group == nil
	}
	p := soleOf(g)
	if !bare(p, mapping.StartExpr) || len(p.Start.Expr.Operands) != 1 {
		return nil
	}
	p = p.Start.Expr.Operands[0]
	if !bare(p, mapping.StartLiteral) || p.Start.Literal.Kind != mapping.Array {
		return nil
	}
	if slices.ContainsFunc(p.Start.Literal.Array, func(e *mapping.Expr) bool { return len(e.Operands) != 1 }) {
		return nil
	}
	return p.Start.Literal.Array
}

// parameters prepares a queryParams mapping: an object item by item, where each is named and has one path.
func (a *API) parameters(m *mapping.Mapping) parameters {
	if m == nil {
		return parameters{}
	}
	var all parameters
	for _, it := range m.Root.Items {
		items := a.parametersOf(it)
		if items == nil {
			op := a.compile(m, m.Root, mapping.ObjectValue())
			return parameters{whole: &op}
		}
		all.items = append(all.items, items...)
	}
	names := map[string]bool{}
	for _, p := range all.items {
		if names[p.name] {
			op := a.compile(m, m.Root, mapping.ObjectValue())
			return parameters{whole: &op}
		}
		names[p.name] = true
	}
	return all
}

// parametersOf prepares `name: path`, and `$args { a b: c }`; nil is anything else.
func (a *API) parametersOf(it *mapping.Item) []parameter {
	p := it.Path
	switch {
	case it.Group != nil || p == nil:
		return nil
	case it.Alias != nil:
		return []parameter{newParameter(it.Alias.Name, a.compile(p, p, mapping.ObjectValue()))}
	case p.Group == nil || len(p.Steps) > 0:
		return nil
	}
	start := *p
	start.Group = nil
	variable, _ := plain(&start)
	if variable == "" {
		return nil
	}
	all := []parameter{}
	for _, it := range p.Group.Items {
		if it.Group != nil || it.Path == nil || it.Path.Start.Kind != mapping.StartKey || len(it.Path.Steps) > 0 || it.Path.Group != nil {
			return nil
		}
		key := it.Path.Start.Key.Name
		name := key
		if it.Alias != nil {
			name = it.Alias.Name
		}
		if !plainName.MatchString(key) {
			return nil
		}
		all = append(all, newParameter(name, operand{variable: variable, keys: []string{key}}))
	}
	return all
}

func newParameter(name string, op operand) parameter {
	return parameter{name: name, encoded: encode(name) + "=", op: op}
}
