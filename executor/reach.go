package executor

import (
	"holdfast/connect/plan"
	"holdfast/connect/record"
)

// open looks at the fields of the object in a slot that fetch something, or lead to
// what does: all of them, or the one that is meant.
func (r *run) open(s int32, only *plan.Field) {
	n := r.slots[s].node
	count := len(n.Fetching)
	if count == 0 {
		return
	}
	if r.slots[s].count == 0 {
		first := r.take(count, nil, s)
		r.slots[s].first, r.slots[s].count = first, int32(count)
	}
	at, child := r.slots[s].at, r.slots[s].first
	for _, i := range n.Fetching {
		if f := n.Fields[i]; only == nil || only == f {
			r.slots[child].at = r.trails.on(at, f.Key)
			r.enter(n, int(i), s, child)
		}
		child++
	}
}

// openMet is open for an object that was met.
func (r *run) openMet(s int32, m *met) {
	n := m.node
	if len(n.Fetching) == 0 {
		return
	}
	at := &r.slots[s]
	if m.at != at.at {
		m.at, m.below = at.at, m.below[:0]
		for _, i := range n.Fetching {
			m.below = append(m.below, r.trails.on(m.at, n.Fields[i].Key))
		}
	}
	first := r.take(len(n.Fetching), nil, s)
	r.slots[s].first, r.slots[s].count = first, int32(len(n.Fetching))
	for k, i := range n.Fetching {
		r.slots[first+int32(k)].at = m.below[k]
		r.enter(n, int(i), s, first+int32(k))
	}
}

// enter begins with a field of the object in slot s, the i-th of n, whose own slot is
// child.
func (r *run) enter(n *plan.Node, i int, s, child int32) {
	f := n.Fields[i]
	if f.Place != nil && f.Kind != plan.Completed {
		p := r.at(f.Place)
		p.asks = append(p.asks, ask{s, child})
		r.wants(p)
		return
	}
	at := &r.slots[s]
	ref, err := r.row(at).field(n, i, f.Name)
	r.slots[child].ref, r.slots[child].err = ref, err
	r.reach(f, child)
}

// reach finds the objects at a slot, the value of a field, and goes on below them.
// Those that have to be completed wait for that.
func (r *run) reach(f *plan.Field, s int32) {
	if f.Below != nil && (f.Below.Fetches || f.Completes()) && r.slots[s].err == nil {
		var m met
		r.into(f, s, &m)
	}
}

// A met is what there is to do at objects of one layout, which mostly follow each other.
type met struct {
	layout *record.Layout
	node   *plan.Node
	by     []*plan.Completion
	at     *trail   // of such objects, where that is known
	below  []*trail // of node.Fetching, there
}

func (r *run) into(f *plan.Field, s int32, m *met) {
	switch ref := r.slots[s].ref; ref.Kind() {
	case record.List:
		n := ref.Len()
		r.count(n)
		first := r.take(n, r.trails.on(r.slots[s].at, ""), s)
		r.slots[s].first, r.slots[s].count = first, int32(n)
		for i := range n {
			r.slots[int(first)+i].ref = ref.Item(i)
			r.into(f, first+int32(i), m)
		}
	case record.Object:
		if l := ref.Layout(); l != m.layout {
			m.look(f, l)
		}
		r.meet(f, s, m)
	case record.Null, record.Leaf, record.Faulty, record.Cursor:
	}
}

// look finds what there is to do at objects of a layout.
func (m *met) look(f *plan.Field, l *record.Layout) {
	n, err := f.Below.On(l.Type)
	if err != nil {
		panic(err) // QUERY_LIMIT: of the whole answer
	}
	by, err := f.Steps(l.Type)
	if err != nil {
		panic(err)
	}
	*m = met{layout: l, node: n, by: by, below: m.below[:0]}
}

// meet goes on at an object.
func (r *run) meet(f *plan.Field, s int32, m *met) {
	at := &r.slots[s]
	at.node = m.node
	if len(m.by) == 0 {
		r.openMet(s, m)
		return
	}
	at.steps, at.completed = int32(len(r.steps)), int32(len(m.by))
	for range m.by {
		r.steps = append(r.steps, step{})
	}
	p := r.at(f.Place)
	p.complete(m.node, m.by, s)
	r.wants(p)
}

// count counts items of a list, before anything is fetched for them.
func (r *run) count(n int) {
	if r.items += n; r.items > r.schema.limits.Items {
		panic(tooMuch("the answer has more than %d list items: ask for fewer (first, last), or in several operations", r.schema.limits.Items))
	}
}
