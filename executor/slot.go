package executor

import (
	"slices"

	"holdfast/connect/plan"
	"holdfast/connect/record"
)

// A slot is a place of the answer at or below which something is fetched: a field, or
// an item of a list. What is not fetched has no slots, and is written straight from
// the record around it. Slots know each other by number, for there may be many.
type slot struct {
	ref  record.Ref // what is there
	err  error      // why there is nothing
	node *plan.Node // what is asked of the object that is there; nil: it is none
	at   *trail

	first, count int32 // the slots of items, or of the fields that fetch
	steps        int32 // the first of its further records, beside ref
	completed    int32 // how many of those there can be
	up           int32 // the slot around it
}

// A step is one of the records that an object is completed with.
type step struct {
	ref   record.Ref
	err   error
	owned []string // the fields that are lost with err
}

// slotsPerItem is how many slots there may be for each list item that an answer may
// have. A list has few fields that fetch something for each of its items, unless one
// of them is asked for by many names: what that takes must not grow with both.
const slotsPerItem = 10

// take makes n slots below another, with one trail, and returns the number of the
// first.
func (r *run) take(n int, at *trail, up int32) int32 {
	first := len(r.slots)
	if most := slotsPerItem * r.schema.limits.Items; n > most-first {
		panic(tooMuch("the answer has more than %d places at or below which something is fetched: ask for fewer, or in several operations", most))
	}
	if room := cap(r.slots) - first; room < n {
		grown := make([]slot, first, max(2*cap(r.slots), first+n, 64))
		copy(grown, r.slots)
		r.slots = grown
	}
	r.slots = r.slots[:first+n]
	for i := first; i < len(r.slots); i++ {
		r.slots[i] = slot{at: at, up: up}
	}
	return int32(first)
}

// A row is an object as it is written: the record that led to it, and those that it
// was completed with.
type row struct {
	ref   record.Ref
	steps []step
}

func (r *run) row(s *slot) row {
	return row{s.ref, r.steps[s.steps : int(s.steps)+int(s.completed)]}
}

// newest is the record that goes before all others, and the columns of a node's leaves
// in it; no columns where it could not be had.
func (o row) newest(n *plan.Node) (record.Ref, []int32) {
	ref := o.ref
	if last := len(o.steps) - 1; last >= 0 {
		ref = o.steps[last].ref
	}
	if l := ref.Layout(); l != nil {
		return ref, n.Columns(l).Leaves
	}
	return ref, nil
}

// field is what the object has in a field: the i-th of a node, called name. What
// came later goes before what came earlier.
func (o row) field(n *plan.Node, i int, name string) (record.Ref, error) {
	for k := len(o.steps) - 1; k >= 0; k-- {
		s := &o.steps[k]
		if s.err != nil {
			if slices.Contains(s.owned, name) {
				return record.Ref{}, s.err
			}
			continue
		}
		if l := s.ref.Layout(); l != nil {
			if column := n.Columns(l).All[i]; column >= 0 {
				return s.ref.Field(int(column)), nil
			}
		}
	}
	if l := o.ref.Layout(); l != nil {
		if column := n.Columns(l).All[i]; column >= 0 {
			return o.ref.Field(int(column)), nil
		}
	}
	return record.Ref{}, nil
}
