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
	groups []*group // of which nothing was begun
	made   []*group // all, and those that an earlier run has left
	used   int      // of made
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
func (p *place) reset() {
	for _, g := range p.made[:p.used] {
		*g = group{slots: g.slots[:0]}
	}
	*p = place{asks: p.asks[:0], groups: p.groups[:0], made: p.made}
}

// complete adds an object that is to be completed.
func (p *place) complete(n *plan.Node, by []*plan.Completion, s int32) {
	for _, g := range p.groups {
		if g.node == n {
			g.slots = append(g.slots, s)
			return
		}
	}
	if p.used == len(p.made) {
		p.made = append(p.made, &group{})
	}
	g := p.made[p.used]
	p.used++
	g.node, g.by, g.slots = n, by, append(g.slots, s)
	p.groups = append(p.groups, g)
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
	p.groups = p.groups[:0]
	for _, g := range groups {
		p.completeNext(r, g)
	}
}
