package plan_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"holdfast/connect/plan"
)

// scribble is a document of fragments at random, each of which spreads later ones only.
func scribble(r *rand.Rand, types int) string {
	const fragments = 5
	keys := 0
	var set func(depth, after int, typed bool) string
	set = func(depth, after int, typed bool) string {
		var b strings.Builder
		b.WriteString("{ id ")
		for range 1 + r.IntN(3) {
			switch n := r.IntN(4); {
			case n == 0 && depth > 0 && !typed:
				fmt.Fprintf(&b, "... on T%d %s ", r.IntN(types), set(depth-1, after, true))
			case n == 1 && after < fragments:
				fmt.Fprintf(&b, "...F%d ", after+r.IntN(fragments-after))
			case depth > 0:
				keys++
				fmt.Fprintf(&b, "k%d: x %s ", keys%3, set(depth-1, after, false)) // some of them merge
			}
		}
		return b.String() + "}"
	}
	var b strings.Builder
	b.WriteString("{ x " + set(3, 0, false))
	for i := range fragments { // all of them are used
		fmt.Fprintf(&b, " f%d: x { ...F%d }", i, i)
	}
	b.WriteString(" }\n")
	for i := range fragments {
		fmt.Fprintf(&b, "fragment F%d on Tree %s\n", i, set(2, i+1, false))
	}
	return b.String()
}

// below finds the places below each one, by walking nodes of all types.
func (w world) below(p *plan.Plan, types int) map[*plan.Place]map[*plan.Place]bool {
	found := map[*plan.Node]map[*plan.Place]bool{}
	all := map[*plan.Place]map[*plan.Place]bool{}
	var visit func(n *plan.Node) map[*plan.Place]bool
	visit = func(n *plan.Node) map[*plan.Place]bool {
		if found[n] != nil {
			return found[n]
		}
		found[n] = map[*plan.Place]bool{}
		for _, f := range n.Fields {
			under := map[*plan.Place]bool{}
			for i := range types {
				if f.Below != nil {
					for at := range visit(w.on(f, fmt.Sprintf("T%d", i))) {
						under[at], found[n][at] = true, true
					}
				}
			}
			if f.Place != nil {
				all[f.Place], found[n][f.Place] = under, true
			}
		}
		return found[n]
	}
	visit(p.Root)
	return all
}

// TestPlacesWaitForWhatLeadsToThem compares what is known of a document with the nodes
// that it can have.
func TestPlacesWaitForWhatLeadsToThem(t *testing.T) {
	const types = 3
	w := graphOf(t, treeSDL(types))
	places := 0
	for seed := range uint64(60) {
		query := scribble(rand.New(rand.NewPCG(seed, 1)), types)
		p := w.plan(query, nil)
		below := w.below(p, types)
		places += len(below)
		first := map[string]*plan.Place{} // of those that wait for the same
		for from, under := range below {
			for to := range below {
				leads := p.Leads(from, to)
				if under[to] && !leads {
					t.Errorf("%s leads to %s, and nobody says so: %s", from.Field.Key, to.Field.Key, query)
				}
				if leads && p.Leads(to, from) {
					t.Errorf("%s and %s wait for each other: %s", from.Field.Key, to.Field.Key, query)
				}
			}
			same := first[p.Waits(from)]
			if same == nil {
				first[p.Waits(from)] = from
				continue
			}
			for other := range below {
				if p.Leads(other, from) != p.Leads(other, same) {
					t.Errorf("%s and %s wait for others: %s", from.Field.Key, same.Field.Key, query)
				}
			}
		}
		if t.Failed() {
			return
		}
	}
	if places < 2000 {
		t.Errorf("%d places, which is too few to say anything", places)
	}
}
