package executor

import (
	"bytes"
	"slices"
	"unsafe"

	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/record"
)

// A job is keys that are fetched together, and the slots that wait for them.
type job struct {
	place *place
	group *group  // whose next step it is; nil: the field's own connectors
	slots []int32 // that wait
	key   []int32 // of each slot, in ask.Keys
	ask   fetch.Group
	id    [1]call.ID
	loads []*fetch.Load

	batched bool    // the connector takes many keys at once
	args    string  // the text of its arguments
	with    []*job  // whose keys are asked for together with these
	hand    *handed // of a field by hand
}

// A gathering finds the different keys of many objects.
type gathering struct {
	index map[string]int32 // of keys
	text  []byte           // of all keys
	ends  []int
	last  []byte  // the key that was added last
	room  []int32 // for what jobs say of slots
}

// gather begins a job for so many slots.
func (r *run) gather(p *place, g *group, n int) *job {
	if r.index == nil {
		r.index = map[string]int32{}
	}
	clear(r.index)
	r.text, r.ends = r.text[:0], r.ends[:0]
	return &job{place: p, group: g, slots: r.carve(n), key: r.carve(n)}
}

// carve is room for n numbers that is used again only by another run.
func (g *gathering) carve(n int) []int32 {
	if cap(g.room)-len(g.room) < n {
		g.room = make([]int32, 0, max(2*cap(g.room), n, 64))
	}
	from := len(g.room)
	g.room = g.room[:from+n]
	return g.room[from : from : from+n]
}

// add adds a slot that waits for a key, the text of an object; "" is the key of a root
// field.
func (g *gathering) add(j *job, s int32, key []byte) {
	var i int32
	if n := len(j.key); n > 0 && bytes.Equal(g.last, key) { // neighbours often have one
		i = j.key[n-1]
	} else {
		i = g.find(key)
	}
	g.last = key
	j.slots, j.key = append(j.slots, s), append(j.key, i)
}

// find is the number of a key.
func (g *gathering) find(key []byte) int32 {
	name := unsafe.String(unsafe.SliceData(key), len(key)) // of a record, which does not change
	i, known := g.index[name]
	if !known {
		i = int32(len(g.ends))
		g.index[name] = i
		g.text = append(g.text, key...)
		g.ends = append(g.ends, len(g.text))
	}
	return i
}

// keys are those gathered, in a text of their own, so that who keeps them does not
// keep a record.
func (g *gathering) keys() []call.Key {
	text, from := string(g.text), 0
	keys := make([]call.Key, len(g.ends))
	for i, to := range g.ends {
		keys[i] = call.Key(text[from:to])
		from = to
	}
	return keys
}

// reset leaves what another run may use.
func (g *gathering) reset() gathering {
	clear(g.index)
	return gathering{index: g.index, text: g.text[:0], ends: g.ends[:0], room: g.room[:0]}
}

// key is what a connector is asked with for an object, which is known as of in
// layouts: by the newest record that has all of it, else of several that have a part
// of it each. There is none where a part of it is null.
func (o row) key(of string, parts func() []record.KeyPart) (text []byte, err error) {
	var known keyed
	for _, s := range slices.Backward(o.steps) {
		if text, err, ok := known.keyOf(s.ref, of); ok {
			return text, err
		}
	}
	if text, err, ok := known.keyOf(o.ref, of); ok || len(o.steps) == 0 {
		return text, err
	}
	row := []record.Ref{o.ref}
	for _, s := range o.steps {
		row = append(row, s.ref)
	}
	spec := parts()
	for _, part := range spec {
		if err := o.lost(part.Name); err != nil {
			return nil, err
		}
	}
	text, why, _ := record.AppendKey(nil, spec, row...)
	if why != nil {
		return nil, misfit(why)
	}
	return text, nil
}

// lost is why a step did not bring the field called name; nil where it is there, or is
// nobody's.
func (o row) lost(name string) error {
	for _, s := range slices.Backward(o.steps) {
		if s.err != nil && slices.Contains(s.owned, name) {
			return s.err
		}
		if l := s.ref.Layout(); s.err == nil && l != nil && l.Column(name) >= 0 {
			return nil
		}
	}
	return nil
}

// A keyed is where objects of one layout, which mostly follow each other, have a key.
type keyed struct {
	layout *record.Layout
	place  int
}

func (k *keyed) keyOf(ref record.Ref, of string) (text []byte, err error, ok bool) {
	l := ref.Layout()
	if l == nil {
		return nil, nil, false
	}
	if l != k.layout {
		*k = keyed{l, l.Key(of)}
	}
	if k.place < 0 {
		return nil, nil, false
	}
	switch key := ref.Key(k.place); key.Kind() {
	case record.Leaf:
		return key.JSON(), nil, true
	case record.Faulty:
		return nil, misfit(key.Fault()), true
	default:
		return nil, nil, true
	}
}
