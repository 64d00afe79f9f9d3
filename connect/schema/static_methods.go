package schema

import "holdfast/connect/mapping"

// method is what a method yields. It reports an input or an argument of which it
// is known that the method cannot work with it.
func (t *typing) method(in *static, s *mapping.Step, a around) *static {
	m, ok := mapping.LookupMethod(s.Key.Name)
	if !ok {
		m.Input, m.Result = mapping.AnyKind, mapping.AnyKind
	}
	t.checkInput(in, m, s)
	a.at = in.there()
	var out *static
	if m.Name == "match" {
		out = t.match(s, a)
	} else {
		if m.Name == "map" || m.Name == "filter" || m.Name == "find" {
			a.at = in.each()
		}
		args := make([]*static, len(s.Args))
		for i, x := range s.Args {
			args[i] = t.expr(x, a)
			t.checkArgument(in, s, i, args[i])
		}
		out = yielded(m, in, args)
	}
	out = out.with(out.kinds | in.kinds&mapping.KindsOf(mapping.Missing))
	out.optional = max(out.optional, in.optional)
	return out
}

// match is the values of all pairs, or nothing if there is no default.
func (t *typing) match(s *mapping.Step, a around) *static {
	var out *static
	hasDefault := false
	for _, x := range s.Args {
		pair := constant(x)
		if pair == nil || len(pair.Array) != 2 {
			t.expr(x, a)
			continue
		}
		t.expr(pair.Array[0], a)
		value := t.expr(pair.Array[1], a)
		if out == nil {
			out = value
		} else {
			out = either(out, value)
		}
		p := pair.Array[0].Operands[0]
		hasDefault = hasDefault || p.Start.Kind == mapping.StartAt && len(p.Steps) == 0 && p.Group == nil
	}
	switch {
	case out == nil:
		return anything()
	case !hasDefault:
		return out.orMissing()
	}
	return out
}

// yielded is what a method makes of its input. What most may fail to make is
// missing then, which is no fault of the mapping.
func yielded(m mapping.Method, in *static, args []*static) *static {
	const text, list = mapping.Kinds(1 << mapping.String), mapping.Kinds(1 << mapping.Array)
	switch m.Name {
	case "echo":
		if len(args) > 0 {
			return args[0]
		}
	case "map":
		if len(args) > 0 {
			return mapped(in, args[0])
		}
	case "first", "last":
		return end(in)
	case "slice":
		s := &static{kinds: in.kinds & (text | list), item: in.item}
		return s.orMissing()
	case "get":
		return got(in, args)
	case "entries":
		return entries().orMissing()
	case "filter":
		return listOf(in.each(), 0).orMissing()
	case "find":
		s := in.each().orMissing()
		s.optional, s.values, s.only = byMethod, nil, false
		return s
	}
	s := kindOf(mapping.Missing)
	s.kinds |= m.Result
	return s
}

func mapped(in, x *static) *static {
	list := mapping.KindsOf(mapping.Array)
	least := in.least
	if in.kinds&list == 0 {
		least = 1
	}
	out := listOf(x, least)
	if x.kinds.Has(mapping.Missing) && in.kinds&^list != 0 {
		out = out.orMissing()
	}
	return out
}

// end is the first or last item or character; what has none comes back as it is.
func end(in *static) *static {
	const list = mapping.Kinds(1 << mapping.Array)
	out := in.with(in.kinds &^ list)
	out.values, out.only, out.item = nil, false, nil
	switch {
	case in.kinds&list == 0:
	case out.kinds == 0:
		out = in.picked()
	default:
		out = either(out, in.picked())
	}
	if in.least > 0 {
		return out
	}
	out = out.orMissing()
	out.optional = byMethod
	return out
}

// got is an item, a character, or the member that a text names.
func got(in *static, args []*static) *static {
	if len(args) == 0 {
		return anything()
	}
	if args[0].surely(mapping.KindsOf(mapping.String)) {
		return anything()
	}
	const list, text = mapping.Kinds(1 << mapping.Array), mapping.Kinds(1 << mapping.String)
	out := anything()
	switch {
	case in.surely(list):
		out = in.picked().orMissing()
	case in.surely(text):
		out = kindOf(mapping.String, mapping.Missing)
	}
	if !within(args[0], in.least) {
		out.optional = byMethod
	}
	return out
}

// within says whether a position is one that is certainly there.
func within(position *static, least int) bool {
	if len(position.values) != 1 {
		return false
	}
	i, ok := position.values[0].value.Int64()
	return ok && i < int64(least) && -i <= int64(least)
}

func entries() *static {
	return listOf(&static{
		kinds: mapping.KindsOf(mapping.Object), closed: true,
		members: map[string]member{"key": {value: kindOf(mapping.String)}, "value": {value: anything()}},
	}, 0)
}
