package explain_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"holdfast/connect/explain"
	"holdfast/connect/schema"
)

// tree is a graph of n types that an interface has, each of which leads to all of
// them, by a call.
func tree(tb testing.TB, n int) *schema.Schema {
	tb.Helper()
	const yields = "selection: \"\"\"\n__typename: t\nid\n\"\"\") }\n"
	var b strings.Builder
	b.WriteString(`extend schema @source(name: "tree", http: {baseURL: "https://tree.example"})
interface Tree { id: ID! x: Tree }
type Query { x: Tree @connect(source: "tree", http: {GET: "/"}, ` + yields)
	for i := range n {
		fmt.Fprintf(&b, `type T%d implements Tree { id: ID! x: Tree @connect(source: "tree", http: {GET: "/{$this.id}"}, `+yields, i)
	}
	return read(tb, b.String())
}

// typed is a query of so many levels, each of which asks each of n types by itself.
func typed(levels, n int) string {
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

// TestDeepQueriesOverManyTypes explains what there are more ways through than could
// be walked.
func TestDeepQueriesOverManyTypes(t *testing.T) {
	for _, test := range []struct{ levels, types int }{{9, 4}, {12, 8}, {15, 20}} {
		t.Run(fmt.Sprintf("%d levels of %d types", test.levels, test.types), func(t *testing.T) {
			q := explain.Question{Schema: tree(t, test.types), Name: "q", Query: typed(test.levels, test.types), Rows: 1}
			began := time.Now()
			plan, err := explain.Explain(q)
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took > 20*time.Second { // it takes some milliseconds
				t.Errorf("it took %s", took)
			}
			if want := 1 + test.levels*test.types; plan.Calls != want {
				t.Errorf("%d calls, want %d: one for an object of each type at each level", plan.Calls, want)
			}
			consistent(t, plan)
		})
	}
}

func BenchmarkFifteenLevelsOfTwentyTypes(b *testing.B) {
	q := explain.Question{Schema: tree(b, 20), Name: "q", Query: typed(15, 20), Rows: 1}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := explain.Explain(q); err != nil {
			b.Fatal(err)
		}
	}
}

func TestMoreFieldsThanCanBeTold(t *testing.T) {
	var b strings.Builder
	b.WriteString("{ x { ...F1 } }\n")
	for level := range 15 {
		fmt.Fprintf(&b, "fragment F%d on Tree { a: x { ...F%d } b: x { ...F%d } c: x { ...F%d } d: x { id ...F%d } }\n",
			level+1, level+2, level+2, level+2, level+2)
	}
	b.WriteString("fragment F16 on Tree { x { id } }")
	q := explain.Question{Schema: tree(t, 2), Name: "q", Query: b.String(), Rows: 1}
	began := time.Now()
	_, err := explain.Explain(q)
	if err == nil || !strings.HasPrefix(err.Error(), "q:1:1: it leads to more than") {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 20*time.Second { // it takes half of one
		t.Errorf("it took %s", took)
	}
}

func TestAPlanThatBecomesTooLarge(t *testing.T) {
	// every way through the types to some depth asks something of its own
	var b strings.Builder
	b.WriteString("{ x { ...F1 } }\n")
	for level := range 8 {
		fmt.Fprintf(&b, "fragment F%d on Tree {", level+1)
		for i := range 20 {
			fmt.Fprintf(&b, " ... on T%d { x { ...F%d x { x { x { x { a%d: id } } } } } }", i, level+2, i)
		}
		b.WriteString(" }\n")
	}
	b.WriteString("fragment F9 on Tree { id }")
	began := time.Now()
	_, err := explain.Explain(explain.Question{Schema: tree(t, 20), Name: "q", Query: b.String(), Rows: 1})
	if err == nil || !strings.HasPrefix(err.Error(), "q:1:1: ") {
		t.Errorf("got %v", err)
	}
	t.Log(time.Since(began), err)
}

func TestThousandsOfAliases(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, "a%d: x { ...F } ", i)
	}
	q := explain.Question{Schema: tree(t, 3), Name: "q", Query: "{ " + b.String() + "} fragment F on Tree { x { id } }", Rows: 1}
	plan, err := explain.Explain(q)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Calls != 1000*(1+3) {
		t.Errorf("%d calls", plan.Calls)
	}
	consistent(t, plan)
}
