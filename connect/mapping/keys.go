package mapping

// Keys returns the keys of its data that the mapping reads, in the order of the text and perhaps more than once. Where
// it reads the data as a whole, or may, it has no keys and whole is true.
func (m *Mapping) Keys() (keys []string, whole bool) {
	var k keyReader
	k.group(m.Root, true)
	if k.whole {
		return nil, true
	}
	return k.keys, false
}

// keyReader gathers the keys that are read of one value, the data.
type keyReader struct {
	keys  []string
	whole bool
}

// group reads the items of a group; data says that it is applied to the data.
func (k *keyReader) group(g *Group, data bool) {
	for _, it := range g.Items {
		if it.Group != nil {
			k.group(it.Group, data)
		} else {
			k.path(it.Path, data, data)
		}
	}
}

// path reads a path; dollar and at say whether $ and @ are the data.
func (k *keyReader) path(p *Path, dollar, at bool) {
	isData := false
	switch s := &p.Start; s.Kind {
	case StartKey:
		if dollar {
			k.keys = append(k.keys, s.Key.Name)
		}
	case StartDollar:
		isData = dollar
	case StartAt:
		isData = at
	case StartExpr:
		k.expr(s.Expr, dollar, at)
	case StartLiteral:
		k.literal(s.Literal, dollar, at)
	case StartVar:
	}
	for _, s := range p.Steps {
		if isData && s.Kind == StepKey {
			k.keys = append(k.keys, s.Key.Name)
		}
		k.whole = k.whole || isData && s.Kind == StepMethod
		isData = isData && s.Kind == StepQuestion
		for _, arg := range s.Args {
			k.expr(arg, dollar, false)
		}
	}
	switch {
	case p.Group != nil:
		k.group(p.Group, isData)
	case isData:
		k.whole = true
	}
}

func (k *keyReader) expr(x *Expr, dollar, at bool) {
	for _, p := range x.Operands {
		k.path(p, dollar, at)
	}
}

func (k *keyReader) literal(l *Literal, dollar, at bool) {
	for _, x := range l.Array {
		k.expr(x, dollar, at)
	}
	for _, p := range l.Object {
		k.expr(p.Value, dollar, at)
	}
}
