package mapping

// sole returns the path of a group's only item when it has no key to contribute: it then is the group's value.
func (g *Group) sole() *Path {
	if len(g.Items) == 1 && (g.Items[0].Anonymous() || g.Items[0].Splices()) {
		return g.Items[0].Path
	}
	return nil
}

// group applies a group to a value, and to each item of an array.
func (e *evaluator) group(g *Group, cur spot, locals *local) Value {
	if !cur.v.IsArray() {
		return e.regroup(g, cur, locals)
	}
	if !e.spend(1 + cur.v.Len()) {
		return Value{}
	}
	items := make([]Value, cur.v.Len())
	for i, item := range cur.v.Items() {
		items[i] = e.group(g, spot{item, cur.at.index(i)}, locals).orNull()
		if e.over {
			return Value{}
		}
	}
	return e.made(newArray(items))
}

// regroup applies a group to one value, which is its $ and @.
func (e *evaluator) regroup(g *Group, cur spot, locals *local) Value {
	sc := scope{dollar: cur, at: cur, locals: locals}
	if p := g.sole(); p != nil {
		v := e.path(p, sc).v
		if !v.IsObject() && !v.IsNull() && !v.IsMissing() {
			e.conflict(cur.at, p.Span)
		}
		return v
	}
	if !e.spend(1 + len(g.Items)) {
		return Value{}
	}
	out := builder{members: make([]Member, 0, len(g.Items))}
	for _, it := range g.Items {
		e.item(it, sc, &out)
	}
	switch {
	case out.null:
		return NullValue()
	case len(out.members) == 0 && !cur.v.IsObject():
		return cur.v
	default:
		return e.made(out.value())
	}
}

// item adds what an item contributes to out.
func (e *evaluator) item(it *Item, sc scope, out *builder) {
	switch {
	case it.Group != nil:
		e.contribute(out, it.Alias, e.group(it.Group, sc.dollar, sc.locals), sc)
	case it.Alias != nil:
		e.contribute(out, it.Alias, e.path(it.Path, sc).v, sc)
	case it.Path.SingleKey() != nil:
		e.contribute(out, it.Path.SingleKey(), e.path(it.Path, sc).v, sc)
	default:
		e.splice(it.Path, sc, out)
	}
}

func (e *evaluator) contribute(out *builder, key *Key, v Value, sc scope) {
	if !v.IsMissing() {
		e.merge(out, key.Name, v, sc.dollar.at.key(key.Name), key.Span)
	}
}

// splice joins the keys of an object to those around it.
func (e *evaluator) splice(p *Path, sc scope, out *builder) {
	v := e.path(p, sc).v
	switch v.Kind() {
	case Object:
		if e.spend(v.Len()) {
			for key, member := range v.Members() {
				e.merge(out, key, member, sc.dollar.at.key(key), p.Span)
			}
		}
	case Null:
		out.null = true
	case Missing:
		if !p.optional() {
			e.report(MissingKey, "there is no object to join", sc.dollar.at, p.Span, false)
		}
	default:
		e.conflict(sc.dollar.at, p.Span)
	}
}

// optional reports whether a ? allows the path to be missing.
func (p *Path) optional() bool {
	for _, s := range p.Steps {
		if s.Kind == StepQuestion {
			return true
		}
	}
	return false
}

// merge adds a member to out; one with the same key becomes one with it.
func (e *evaluator) merge(out *builder, key string, v Value, at *trail, span Span) {
	if i, ok := out.find(key); ok {
		out.members[i].Value = e.merged(out.members[i].Value, v, at, span)
		return
	}
	out.add(key, v)
}

// merged makes one value of two: null wins, objects merge by key, arrays by index, and otherwise the last wins.
func (e *evaluator) merged(a, b Value, at *trail, span Span) Value {
	switch {
	case !e.tire(1):
		return Value{}
	case a.IsNull() || b.IsNull():
		return NullValue()
	case a.Kind() != b.Kind():
		e.conflict(at, span)
		return b
	case a.IsObject():
		return e.mergedObjects(a, b, at, span)
	case a.IsArray():
		return e.mergedArrays(a, b, at, span)
	default:
		return b
	}
}

func (e *evaluator) mergedObjects(a, b Value, at *trail, span Span) Value {
	if !e.spend(1 + a.Len() + b.Len()) {
		return Value{}
	}
	out := builder{members: make([]Member, 0, a.Len()+b.Len())}
	for key, v := range a.Members() {
		out.add(key, v)
	}
	for key, v := range b.Members() {
		e.merge(&out, key, v, at.key(key), span)
	}
	return e.made(out.value())
}

func (e *evaluator) mergedArrays(a, b Value, at *trail, span Span) Value {
	n := max(a.Len(), b.Len())
	if !e.spend(1 + n) {
		return Value{}
	}
	items := make([]Value, n)
	for i := range items {
		x, y := a.At(i), b.At(i)
		switch {
		case x.IsMissing():
			items[i] = y
		case y.IsMissing():
			items[i] = x
		default:
			items[i] = e.merged(x, y, at.index(i), span).orNull()
		}
	}
	return e.made(newArray(items))
}

func (e *evaluator) conflict(at *trail, span Span) {
	e.report(TypeConflict, "values of different types cannot be merged", at, span, false)
}

// builder gathers the members of an object, none of them missing.
type builder struct {
	members []Member
	index   map[string]int // of large objects
	null    bool           // the object became null
}

func (b *builder) find(key string) (int, bool) {
	if b.index == nil {
		return scan(b.members, key)
	}
	i, ok := b.index[key]
	return i, ok
}

func (b *builder) add(key string, v Value) {
	b.members = append(b.members, Member{key, v})
	switch {
	case b.index != nil:
		b.index[key] = len(b.members) - 1
	case len(b.members) > maxScanned:
		b.index = make(map[string]int, 2*len(b.members))
		for i, m := range b.members {
			b.index[m.Key] = i
		}
	}
}

func (b *builder) value() Value {
	v, _ := newObject(b.members)
	return v
}
