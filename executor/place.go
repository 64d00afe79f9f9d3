package executor

import (
	"holdfast/connect/plan"
)

// A place is where something is fetched, in one run: by the connectors of a field,
// then by those that complete its objects.
type place struct {
	of     *plan.Place
	listed bool // in run.active
	under  int  // jobs under way

	asks   []ask
	groups []*group
}

// An ask is a field that is to be fetched: of the object in a slot, and its own slot.
type ask struct{ object, field int32 }

// A group is objects of one type that are completed together, step by step.
type group struct {
	node  *plan.Node
	by    []*plan.Completion
	done  int // steps
	slots []int32
}

// open says whether there is anything to do at the place, or under way.
func (p *place) open() bool {
	is := p.under > 0 || len(p.asks) > 0 || len(p.groups) > 0
	p.listed = p.listed && is
	return is
}

// reset makes the place one of no run.
func (p *place) reset() { *p = place{asks: p.asks[:0]} }

// complete adds an object that is to be completed.
func (p *place) complete(n *plan.Node, by []*plan.Completion, s int32) {
	for _, g := range p.groups {
		if g.node == n && g.done == 0 {
			g.slots = append(g.slots, s)
			return
		}
	}
	p.groups = append(p.groups, &group{node: n, by: by, slots: []int32{s}})
}

// next begins what is next at a place where nothing is under way.
func (p *place) next(r *run) {
	if len(p.asks) > 0 {
		asks := p.asks
		p.asks = p.asks[:0] // nothing leads from here back to here
		p.fetch(r, asks)
		return
	}
	groups := p.groups
	p.groups = nil
	for _, g := range groups {
		p.completeNext(r, g)
	}
}
