package plan

import (
	"fmt"
	"maps"
	"slices"

	"holdfast/connect/call"
	"holdfast/connect/schema"
)

// A Place is where something is fetched: a field of a node. All keys that lead to
// one place are fetched together, when all that may lead there is settled: see
// [Plan.Leads]. It is immutable.
type Place struct {
	// ID counts the places of a plan from 0, in the order in which they were made.
	ID    int
	Node  *Node
	Field *Field
	// Connectors are the field's own, in the order in which they are asked; none
	// for a field that is only completed, or resolved by hand.
	Connectors []*schema.Connector
	// IDs name them.
	IDs []call.ID
	// Reads are the fields of the object that the connectors read, sorted.
	Reads []string
	// Write says that the connectors change something.
	Write bool

	height int
	ids    []int32 // of the merged fields, sorted
}

// Leads says whether objects that from brings may lead to to: then to waits for it.
// It says so of more places than do, never of fewer, and never in a circle.
func (p *Plan) Leads(from, to *Place) bool {
	if from.height <= to.height {
		return false
	}
	for _, f := range to.Field.Merged {
		if p.doc.below(from.ids, p.doc.spots[f]) {
			return true
		}
	}
	return false
}

// Waits names what a place waits for: places of one plan with the same name are ready
// at the same time.
func (p *Plan) Waits(of *Place) string {
	around := map[[2]uint32]bool{} // field, fragment
	height := 0
	for _, f := range of.Field.Merged {
		s := p.doc.spots[f]
		at := [2]uint32{1: s.in.id}
		if s.up != nil {
			at[0] = s.up.element.id
		}
		if around[at] = true; s.in.id != 0 {
			height = of.height // by which it does not wait for what is as high, though above: see Leads
		}
	}
	return fmt.Sprint(height, slices.SortedFunc(maps.Keys(around), func(a, b [2]uint32) int { return slices.Compare(a[:], b[:]) }))
}

// CompletedTypes are the types of which objects at the field may have to be
// completed, in the order in which they are.
func (f *Field) CompletedTypes() []string {
	var names []string
	for _, c := range f.known.completions {
		if len(names) == 0 || names[len(names)-1] != c.Type {
			names = append(names, c.Type)
		}
	}
	return names
}

// steps are the completions that are asked for objects of one type.
type steps struct {
	of  string
	all []*Completion
}

// Steps are the completions that are asked for objects of a type at the field, in
// turn: none where what came has all that is selected, and all that connectors of
// selected fields read. The error is that of [Selection.On].
func (f *Field) Steps(typeName string) ([]*Completion, error) {
	if len(f.known.completions) == 0 || f.Below == nil {
		return nil, nil
	}
	seen := f.steps.Load()
	if seen != nil {
		for i := range *seen {
			if (*seen)[i].of == typeName {
				return (*seen)[i].all, nil
			}
		}
	}
	n, err := f.Below.On(typeName)
	if err != nil {
		return nil, err
	}
	found := steps{of: typeName}
	for _, c := range f.known.completions {
		if c.Type == typeName && !c.enough(n) {
			found.all = append(found.all, c)
		}
	}
	var more []steps
	if seen != nil {
		more = append(more, *seen...)
	}
	more = append(more, found)
	f.steps.CompareAndSwap(seen, &more)
	return found.all, nil
}

// Completes says whether objects at the field may have to be completed, whatever
// their type.
func (f *Field) Completes() bool { return len(f.known.completions) > 0 && f.Below != nil }

// enough says whether objects have what n asks of them without c.
func (c *Completion) enough(n *Node) bool {
	for _, f := range n.Fields {
		if !c.has(f.known) {
			return false
		}
	}
	return true
}

// has says whether objects have without c what it takes to resolve a field of them.
func (c *Completion) has(f *known) bool {
	if f.given {
		return true
	}
	switch f.kind {
	case TypeName:
		return true
	case Connected:
		for _, name := range f.reads {
			if !c.provides(name) {
				return false
			}
		}
		return true
	default:
		return c.provides(f.def.Name)
	}
}
