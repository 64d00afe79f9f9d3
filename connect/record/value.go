package record

import "holdfast/connect/mapping"

// value maps what stands at a place into its cell, which is null so far, or a fault.
func (r *run) value(n *node, v mapping.Value, at uint32) {
	switch {
	case r.tooMuch:
	case n.list != nil:
		r.list(n, v, at)
	case n.scalar != nil:
		r.scalar(n, v, at)
	case v.IsMissing() || v.IsArray(): // a group makes a list of a list, whatever the group holds
		r.absent(n, v, at)
	case n.object != nil:
		r.object(n, n.object, v, at)
	case n.several != nil:
		r.several(n, v, at)
	default:
		r.whole(n, v, at)
	}
}

// scalar maps a leaf.
func (r *run) scalar(n *node, v mapping.Value, at uint32) {
	if v.IsMissing() || v.IsNull() {
		r.absent(n, v, at)
		return
	}
	start := len(r.blob)
	text, ok := n.scalar.Decode(r.blob, v)
	if !ok {
		r.fail(n, at, r.because(n, v))
		return
	}
	r.blob = text
	r.leaf(n, at, start)
	r.good++
}

// list maps a list. An answer all of whose items are at fault cannot be used.
func (r *run) list(n *node, v mapping.Value, at uint32) {
	if !v.IsArray() {
		r.absent(n, v, at)
		return
	}
	isAnswer := n.typeName == "" && n.depth == 0
	if isAnswer {
		r.items = v
	}
	size := v.Len()
	first := r.reserve(size)
	faulty, whole := 0, true
	for i, x := range v.Items() {
		before, cell := r.missed, first+uint32(i)
		r.value(n.list, x, cell)
		if r.missed > before {
			faulty++
		}
		whole = whole && (!n.list.need || !n.list.isLeaf() || r.cells[cell].kind() != Faulty)
	}
	r.cells[at] = cell{head: head(List, 0), a: first, b: uint32(size)}
	r.bad = r.bad || isAnswer && faulty > 0 && faulty == size
	if whole {
		r.good++
	}
}

// whole maps a value object.
func (r *run) whole(n *node, v mapping.Value, at uint32) {
	if v.IsNull() {
		r.absent(n, v, at)
		return
	}
	start := len(r.blob)
	text, ends, ok := n.value.scalar.Object.Decode(r.blob, r.ends[:0], v)
	if r.ends = ends; !ok {
		r.fail(n, at, r.because(n, v))
		return
	}
	r.blob = text
	row := r.reserve(len(n.value.fields))
	for column, i := range n.value.fields {
		from := start
		if i > 0 {
			from = ends[i-1]
		}
		if text := r.blob[from:ends[i]]; string(text) != "null" {
			r.cells[row+uint32(column)] = cell{head: head(Leaf, 0), a: uint32(from), b: uint32(ends[i])}
		}
	}
	r.cells[at] = cell{head: head(Object, n.value.layout), a: row}
	r.tooMuch = r.tooMuch || len(r.blob) > maxText
	r.good++
}
