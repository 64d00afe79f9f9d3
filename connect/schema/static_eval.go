package schema

import (
	"unicode/utf8"

	"holdfast/connect/mapping"
)

// typing infers what one mapping yields, in the way the interpreter evaluates it.
type typing struct {
	*checker
	quoted
	con        *Connector // nil: the mapping is a source's
	coordinate string
	vars       map[string]*static
	parents    []*mapping.Key // keys read of the parent, or of the objects of a batch
	yields     *static
	work       int
}

// maxTyped bounds the work for one mapping; what is beyond may be anything.
const maxTyped = 10_000

// around is what the starts of a path mean.
type around struct {
	dollar, at *static
	locals     *local
}

// A local is a variable bound by ->as; the latest is first.
type local struct {
	name  string
	value *static
	next  *local
}

// mapping is what a whole mapping makes of data.
func (t *typing) mapping(data *static) *static {
	root := t.Mapping.Root
	if only := sole(root); only != nil {
		return t.path(only.Path, around{dollar: data, at: data})
	}
	out := t.group(root, data, nil)
	if len(root.Items) > 0 {
		return out.at(root.Items[0].Span)
	}
	return out
}

func (t *typing) path(p *mapping.Path, in around) *static {
	if t.work++; t.work > maxTyped {
		return anything().at(p.Span)
	}
	cur := t.start(p, in)
	for i, s := range p.Steps {
		switch s.Kind {
		case mapping.StepQuestion:
			cur = cur.unlessNull()
		case mapping.StepKey:
			cur = t.step(cur, p, i, in)
		case mapping.StepMethod:
			if s.Key.Name == "as" {
				in.locals = t.bind(cur, s, in)
			} else {
				cur = t.method(cur, s, in)
			}
		}
	}
	if p.Group != nil {
		cur = t.group(p.Group, cur, in.locals)
	}
	return cur.at(p.Span)
}

func (t *typing) start(p *mapping.Path, in around) *static {
	switch s := p.Start; s.Kind {
	case mapping.StartKey:
		return t.first(p, in)
	case mapping.StartDollar:
		return in.dollar
	case mapping.StartAt:
		return in.at
	case mapping.StartVar:
		return t.variable(s.Name, in.locals)
	case mapping.StartExpr:
		return t.expr(s.Expr, in)
	default:
		return t.literal(s.Literal, in)
	}
}

func (t *typing) variable(name string, locals *local) *static {
	for l := locals; l != nil; l = l.next {
		if l.name == name {
			return l.value
		}
	}
	if t.vars[name] == nil {
		t.vars[name] = t.declaredVariable(name)
	}
	return t.vars[name]
}

// bind evaluates ->as.
func (t *typing) bind(cur *static, s *mapping.Step, in around) *local {
	if len(s.Args) == 0 {
		return in.locals
	}
	value := cur
	if len(s.Args) > 1 {
		in.at = cur
		value = t.expr(s.Args[1], in)
	}
	return &local{variableName(s.Args[0]), value, in.locals}
}

// key is the step .key.
func (t *typing) key(cur *static, k *mapping.Key) *static {
	var out *static
	if cur.kinds.Has(mapping.Object) {
		out = t.member(cur, k)
	} else {
		t.undeclared(cur, k)
	}
	if cur.kinds.Has(mapping.Array) {
		list := &static{kinds: mapping.KindsOf(mapping.Array), least: cur.least}
		if cur.item != nil {
			list = listOf(t.key(cur.item, k), cur.least)
		}
		if out == nil {
			out = list
		} else {
			out = either(out, list)
		}
	}
	switch {
	case out == nil:
		out = kindOf(mapping.Missing)
	case cur.kinds&^nested != 0:
		out = out.orMissing()
	}
	doubt := cur.optional
	if doubt == byMethod {
		doubt = byKey
	}
	out = out.with(out.kinds)
	out.optional = max(out.optional, doubt)
	return out
}

func (t *typing) expr(x *mapping.Expr, in around) *static {
	first := t.path(x.Operands[0], in)
	if x.Op == "" {
		return first
	}
	skipped := nothing
	if x.Op == "?!" {
		skipped = mapping.KindsOf(mapping.Missing)
	}
	out := first
	for _, operand := range x.Operands[1:] {
		next := t.path(operand, in) // also one that is never reached may have mistakes
		if out.kinds&skipped == 0 {
			continue
		}
		if rest := out.kinds &^ skipped; rest != 0 {
			out = either(out.with(rest), next)
		} else {
			out = next
		}
	}
	out = out.at(x.Span)
	out.optional = certain
	return out
}

func (t *typing) literal(l *mapping.Literal, in around) *static {
	switch l.Kind {
	case mapping.Array:
		return t.arrayLiteral(l, in)
	case mapping.Object:
		object := &static{kinds: mapping.KindsOf(mapping.Object), members: map[string]member{}, closed: true}
		for _, p := range l.Object {
			object.members[p.Key.Name] = member{p.Key.Span, t.expr(p.Value, in)}
		}
		return object
	case mapping.Null:
		return kindOf(mapping.Null)
	default:
		text, _ := l.Value.Str()
		s := kindOf(l.Kind)
		s.values, s.only, s.least = []fixed{{l.Value, l.Span}}, true, utf8.RuneCountInString(text)
		return s
	}
}

func (t *typing) arrayLiteral(l *mapping.Literal, in around) *static {
	if len(l.Array) == 0 {
		return listOf(anything(), 0)
	}
	item := t.expr(l.Array[0], in)
	for _, x := range l.Array[1:] {
		item = either(item, t.expr(x, in))
	}
	return listOf(item, len(l.Array))
}
