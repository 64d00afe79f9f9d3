package plan_test

import (
	"os"
	"testing"

	"holdfast/connect/plan"
)

// concrete makes the nodes of all types that need no object to be known.
func (w world) concrete(n *plan.Node) {
	for _, f := range n.Fields {
		if f.Below != nil {
			w.concrete(w.on(f, f.Def.Type.Name()))
		}
	}
}

// BenchmarkPlan plans operations with all of their nodes.
func BenchmarkPlan(b *testing.B) {
	sdl, err := os.ReadFile("../explain/testdata/graph.graphqls")
	if err != nil {
		b.Fatal(err)
	}
	w := graphOf(b, string(sdl))
	for name, query := range map[string]string{
		"an object":    `query($id: ID!) { order(id: $id) { id total buyer { name born } pay { state } lines { id product { title } } currency { code } } }`,
		"a list":       `query($n: Int) { orders(first: $n) { edges { node { id total buyer { name } pay { state } } } pageInfo { hasNextPage endCursor } } }`,
		"three levels": `query($n: Int) { orders(first: $n) { edges { node { id buyer { name tickets(first: 25) { edges { node { id } } } } pay { state } } } } }`,
	} {
		doc := w.parse(query)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p, err := w.Plan(doc, doc.Operations[0], nil)
				if err != nil {
					b.Fatal(err)
				}
				w.concrete(p.Root)
			}
		})
	}
	b.Run("another value of a variable", func(b *testing.B) { // which needs no plan, only arguments
		args := w.plan(`query($n: Int) { orders(first: $n, after: "x") { totalCount } }`, nil).Root.Fields[0].Args
		vars := map[string]any{"n": int64(0)}
		b.ReportAllocs()
		for i := int64(0); b.Loop(); i++ {
			vars["n"] = i % 1000
			if _, err := args.Of(vars); err != nil {
				b.Fatal(err)
			}
		}
	})
}
