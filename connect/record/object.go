package record

import (
	"slices"

	"holdfast/connect/mapping"
)

// object maps an object of one type.
func (r *run) object(n *node, o *object, v mapping.Value, at uint32) {
	if len(o.maybe) == 0 && !o.always && !v.IsObject() || len(o.has) > 0 && !v.IsObject() {
		r.absent(n, v, at)
		return
	}
	if len(o.has) > 0 && !slices.ContainsFunc(o.has, func(key string) bool { return !v.Get(key).IsMissing() }) {
		r.fail(n, at, reason{kind: mapping.MissingKey, text: o.without})
		return
	}
	row := r.reserve(r.m.layouts[o.layout].cells)
	early := len(r.values)
	defer func() { r.values = r.values[:early] }()
	if none, null := r.early(o, v, row); none {
		r.cells = r.cells[:row]
		r.absent(n, null, at)
		return
	}
	splices := len(r.values)
	for i := range o.splices {
		s := r.splice(&o.splices[i], v)
		if s.IsNull() {
			r.cells = r.cells[:row]
			r.absent(n, s, at)
			return
		}
		r.values = append(r.values, looked{Value: objectOrNothing(s)})
	}
	for i := range o.columns {
		r.column(o, i, v, row, early, splices)
	}
	for i := range o.keys {
		r.key(o, i, row)
	}
	r.tagObject(r.m.layouts[o.layout], row)
	r.cells[at] = cell{head: head(Object, o.layout), a: row}
}

// early looks at the values on which it depends whether there is an object: none says
// that there is not, and what is there in its place.
func (r *run) early(o *object, v mapping.Value, row uint32) (none bool, instead mapping.Value) {
	first := len(r.values)
	for _, i := range o.early {
		x := r.from(&o.columns[i].from, v, row+uint32(i))
		r.values = append(r.values, looked{x, r.last})
	}
	seen := func(column int) mapping.Value { return r.values[first+slices.Index(o.early, column)].Value }
	if len(o.maybe) > 0 && !o.always && !v.IsObject() {
		if !slices.ContainsFunc(o.maybe, func(i int) bool { return !seen(i).IsMissing() }) {
			return true, v
		}
	}
	for _, i := range o.stub {
		if v := seen(i); v.IsMissing() || v.IsNull() {
			return true, mapping.NullValue()
		}
	}
	return false, mapping.Value{}
}

// splice is an object whose keys join those of the object around it.
func (r *run) splice(from *origin, v mapping.Value) mapping.Value {
	if from.expr == nil {
		return found(from.keys, v)
	}
	scratch := r.reserve(1) // no field takes the fault of it
	s := r.eval(from, v, scratch)
	r.cells = r.cells[:scratch]
	return s
}

func objectOrNothing(v mapping.Value) mapping.Value {
	if v.IsObject() {
		return v
	}
	return mapping.Value{}
}

// column maps one field of an object.
func (r *run) column(o *object, i int, v mapping.Value, row uint32, early, splices int) {
	c, at := &o.columns[i], row+uint32(i)
	if c.given {
		return
	}
	var x mapping.Value
	switch {
	case c.splice > 0:
		x = r.from(&c.from, r.values[splices+c.splice-1].Value, at)
	default:
		if e := slices.Index(o.early, i); e >= 0 {
			x, r.last = r.values[early+e].Value, r.values[early+e].said
		} else {
			x = r.from(&c.from, v, at)
		}
	}
	if c.node != nil {
		r.value(c.node, x, at)
		return
	}
	if x.IsMissing() || x.IsNull() { // of a hidden key
		return
	}
	start := len(r.blob)
	r.blob = x.AppendJSON(r.blob)
	r.cells[at] = cell{head: head(Leaf, 0), a: uint32(start), b: uint32(len(r.blob))}
	r.tooMuch = r.tooMuch || len(r.blob) > maxText
}

// several maps an object of one of several types.
func (r *run) several(n *node, v mapping.Value, at uint32) {
	s := n.several
	if s.always && v.IsNull() { // of which only keys are made that are null
		r.absent(n, v, at)
		return
	}
	in := v
	if s.splice != nil {
		in = objectOrNothing(r.look(s.splice, v))
	}
	name, _ := r.look(&s.typeName, in).Str()
	if o := s.members[name]; o != nil {
		r.object(n, o, v, at)
		return
	}
	for i := range s.key {
		if part := r.look(&s.key[i], v); part.IsMissing() || part.IsNull() {
			return
		}
	}
	if v.IsObject() {
		r.fail(n, at, reason{kind: typeless})
		return
	}
	r.absent(n, v, at)
}

// look is [run.from] for what no field takes: what goes wrong is not told.
func (r *run) look(o *origin, v mapping.Value) mapping.Value {
	if o.expr == nil {
		return found(o.keys, v)
	}
	made, _, _ := r.apply(o.expr, v)
	return made
}
