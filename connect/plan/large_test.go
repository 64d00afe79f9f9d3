package plan_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/connect/plan"
)

// treeSDL is a graph of n types that an interface has, each of which leads to all of
// them.
func treeSDL(n int) string {
	var b strings.Builder
	b.WriteString(`extend schema @source(name: "tree", http: {baseURL: "https://tree.example"})
interface Tree { id: ID! x: Tree }
type Query { x: Tree @connect(source: "tree", http: {GET: "/"}, selection: """
__typename: t
id
"""
) }
`)
	for i := range n {
		fmt.Fprintf(&b, `type T%d implements Tree { id: ID! x: Tree @connect(source: "tree", http: {GET: "/{$this.id}"}, selection: """
__typename: t
id
""") }
`, i)
	}
	return b.String()
}

// typedFragments is a query of so many levels, each of which asks every one of n
// types by itself.
func typedFragments(levels, n int) string {
	var b strings.Builder
	b.WriteString("{ x { ...F1 } }\n")
	for level := range levels {
		fmt.Fprintf(&b, "fragment F%d on Tree {", level+1)
		for i := range n {
			below := "id"
			if level+1 < levels {
				below = fmt.Sprintf("...F%d", level+2)
			}
			fmt.Fprintf(&b, " ... on T%d { x { %s } }", i, below)
		}
		b.WriteString(" }\n")
	}
	return b.String()
}

// everything makes all nodes of a plan for all of n types, and counts them.
func (w world) everything(p *plan.Plan, n int) int {
	w.Helper()
	types := make([]string, n)
	for i := range types {
		types[i] = fmt.Sprintf("T%d", i)
	}
	seen := map[*plan.Node]bool{}
	var visit func(n *plan.Node)
	visit = func(n *plan.Node) {
		seen[n] = true
		for _, f := range n.Fields {
			if f.Below == nil {
				continue
			}
			for _, name := range types {
				below, err := f.Below.On(name)
				if err != nil {
					w.Fatal(err)
				}
				if !seen[below] {
					visit(below)
				}
			}
		}
	}
	visit(p.Root)
	return len(seen)
}

func TestFifteenLevelsOfTwentyTypes(t *testing.T) {
	w := graphOf(t, treeSDL(20))
	doc := w.parse(typedFragments(15, 20))
	began := time.Now()
	p, err := w.Plan(doc, doc.Operations[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 20*time.Second { // it takes a millisecond
		t.Errorf("planning took %s", took)
	}
	if nodes := w.everything(p, 20); nodes > 1+15*20*20 {
		t.Errorf("%d nodes", nodes)
	}
}

func BenchmarkPlanFifteenLevelsOfTwentyTypes(b *testing.B) {
	w := graphOf(b, treeSDL(20))
	doc := w.parse(typedFragments(15, 20))
	b.ReportAllocs()
	for b.Loop() {
		p, err := w.Plan(doc, doc.Operations[0], nil)
		if err != nil {
			b.Fatal(err)
		}
		w.everything(p, 20)
	}
}

func TestAPlanThatBecomesTooLarge(t *testing.T) {
	w := graphOf(t, treeSDL(20), func(o *plan.Options) { o.Most = 100_000 })
	p := w.plan(typedFragments(4, 20), nil)
	var err error
	var visit func(n *plan.Node)
	visit = func(n *plan.Node) {
		for _, f := range n.Fields {
			for i := range 20 {
				if f.Below == nil || err != nil {
					return
				}
				var below *plan.Node
				if below, err = f.Below.On(fmt.Sprintf("T%d", i)); err == nil {
					visit(below)
				}
			}
		}
	}
	visit(p.Root)
	if codeOf(err) != "QUERY_LIMIT" || !strings.Contains(err.Error(), "ask for fewer fields") {
		t.Errorf("got %v", err)
	}
	if p.Size() > 100_000 {
		t.Errorf("it is %d bytes", p.Size())
	}
	doc := w.parse("{ " + strings.Repeat("x { id } ", 2000) + "}")
	if _, err := w.Plan(doc, doc.Operations[0], nil); codeOf(err) != "QUERY_LIMIT" {
		t.Errorf("a document that is too large: got %v", err)
	}
}

func TestThousandsOfAliases(t *testing.T) {
	w := graphOf(t, treeSDL(3))
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "a%d: x { ...F } ", i)
	}
	began := time.Now()
	p := w.plan("{ "+b.String()+"} fragment F on Tree { id x { id } }", nil)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("planning took %s", took)
	}
	if nodes := w.everything(p, 3); nodes != 1+3+3 {
		t.Errorf("%d nodes", nodes)
	}
}

func TestNodesAreMadeByManyAtOnce(t *testing.T) {
	w := graphOf(t, treeSDL(20))
	p := w.plan(typedFragments(3, 20), nil)
	var wg sync.WaitGroup
	got := make([]map[string]*plan.Node, 8)
	for i := range got {
		wg.Go(func() {
			got[i] = map[string]*plan.Node{}
			for a := range 20 {
				n, err := p.Root.Fields[0].Below.On(fmt.Sprintf("T%d", (a+i)%20))
				if err != nil {
					t.Error(err)
					return
				}
				got[i][n.Type.Name] = n
				if _, err := n.Fields[0].Below.On("T1"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, nodes := range got[1:] {
		for name, n := range nodes {
			if n != got[0][name] {
				t.Errorf("%s has two nodes", name)
			}
		}
	}
}
