package outbox

import (
	"container/heap"
	"time"
)

// depths are the writes of one source by the state of their records, kept up to date with each. Guarded by Outbox.mu.
type depths map[State]*ages

// count puts e where its record belongs.
func (d depths) count(e *entry) {
	of := d[e.record.State]
	if of == nil {
		of = &ages{}
		d[e.record.State] = of
	}
	if e.depth == of {
		return
	}
	e.discount()
	e.depth = of
	heap.Push(of, e)
}

// discount takes e out of where it is.
func (e *entry) discount() {
	if e.depth != nil {
		heap.Remove(e.depth, e.rank)
		e.depth = nil
	}
}

// of returns how many are in a state.
func (d depths) of(s State) Depth {
	all := d[s]
	if all == nil || len(*all) == 0 {
		return Depth{}
	}
	return Depth{Writes: len(*all), Oldest: (*all)[0].record.Write.Accepted}
}

// Depth is how many writes are in a state.
type Depth struct {
	Writes int       `json:"writes"`
	Oldest time.Time `json:"oldest,omitzero"` // when the oldest of them was accepted
}

func (d *Depth) add(other Depth) {
	if other.Writes > 0 && (d.Writes == 0 || other.Oldest.Before(d.Oldest)) {
		d.Oldest = other.Oldest
	}
	d.Writes += other.Writes
}

// ages are entries, of which the first was accepted first.
type ages []*entry

func (a ages) Len() int { return len(a) }
func (a ages) Less(i, j int) bool {
	return a[i].record.Write.Accepted.Before(a[j].record.Write.Accepted)
}

func (a ages) Swap(i, j int) {
	a[i], a[j] = a[j], a[i]
	a[i].rank, a[j].rank = i, j
}

// Push implements [heap.Interface].
func (a *ages) Push(x any) {
	e, _ := x.(*entry)
	e.rank = len(*a)
	*a = append(*a, e)
}

// Pop implements [heap.Interface].
func (a *ages) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	(*a)[last] = nil
	*a = (*a)[:last]
	return e
}
