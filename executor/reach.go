package executor

import (
	"holdfast/connect/plan"
	"holdfast/connect/record"
)

// open looks at the fields of the object in a slot that fetch something, or lead to
// what does: all of them, or the one that is meant.
func (r *run) open(s int32, only *plan.Field) {
	n := r.slots[s].node
	count := 0
	for _, f := range n.Fields {
		if fetches(f) {
			count++
		}
	}
	if count == 0 {
		return
	}
	if r.slots[s].count == 0 {
		first := r.take(count, nil, s)
		r.slots[s].first, r.slots[s].count = first, int32(count)
	}
	at, child := r.slots[s].at, r.slots[s].first
	for i, f := range n.Fields {
		if !fetches(f) {
			continue
		}
		if only == nil || only == f {
			r.slots[child].at = r.trails.on(at, f.Key)
			r.enter(n, i, s, child)
		}
		child++
	}
}

// enter begins with a field of the object in slot s, the i-th of n, whose own slot is
// child.
func (r *run) enter(n *plan.Node, i int, s, child int32) {
	f := n.Fields[i]
	if f.Place != nil && (f.Kind == plan.Connected || f.Kind == plan.ByHand) {
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
	if f.Below == nil || !f.Below.Fetches && !f.Completes() || r.slots[s].err != nil {
		return
	}
	switch ref := r.slots[s].ref; ref.Kind() {
	case record.List:
		n := ref.Len()
		r.count(n)
		first := r.take(n, r.trails.on(r.slots[s].at, ""), s)
		r.slots[s].first, r.slots[s].count = first, int32(n)
		for i := range n {
			r.slots[int(first)+i].ref = ref.Item(i)
			r.reach(f, first+int32(i))
		}
	case record.Object:
		r.meet(f, s, ref.Layout().Type)
	case record.Null, record.Leaf, record.Faulty, record.Cursor:
	}
}

// meet goes on at an object of a type.
func (r *run) meet(f *plan.Field, s int32, typeName string) {
	at := &r.slots[s]
	n, err := f.Below.On(typeName)
	if err != nil {
		panic(err) // QUERY_LIMIT: of the whole answer
	}
	at.node = n
	by, err := f.Steps(typeName)
	if err != nil {
		panic(err)
	}
	if len(by) > 0 {
		at.steps, at.completed = int32(len(r.steps)), int32(len(by))
		for range by {
			r.steps = append(r.steps, step{})
		}
		p := r.at(f.Place)
		p.complete(n, by, s)
		r.wants(p)
		return
	}
	if n.Fetches {
		r.open(s, nil)
	}
}

// count counts items of a list, before anything is fetched for them.
func (r *run) count(n int) {
	if r.items += n; r.items > r.schema.limits.Items {
		panic(tooMuch("the answer has more than %d list items: ask for fewer (first, last), or in several operations", r.schema.limits.Items))
	}
}
