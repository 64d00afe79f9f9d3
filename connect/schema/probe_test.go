package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// TestAProbeOfAHugeTreeIsRead reads the query of a probe whose data is a tree of 2^20
// objects, all of them the same.
func TestAProbeOfAHugeTreeIsRead(t *testing.T) {
	var query strings.Builder
	query.WriteString("{ t { ...F0 } }")
	const deep = 20
	for i := range deep {
		fmt.Fprintf(&query, " fragment F%d on T { x { ...F%d } y { ...F%d } }", i, i+1, i+1)
	}
	fmt.Fprintf(&query, " fragment F%d on T { n }", deep)
	sdl := `type T { n: Int x: T @connect(http: {GET: "https://a.example"}, selection: "n") y: T @connect(http: {GET: "https://a.example"}, selection: "n") }
type Query { t: T @connect(http: {GET: "https://a.example"}, selection: "n") }
type Mutation { m: T @connect(http: {POST: "https://a.example"}, selection: "n") @probe(query: "` + query.String() + `", made: "$.t.x.y.n->eq(1)") }`
	if _, findings := Read([]*ast.Source{{Name: "t.graphqls", Input: sdl}}, Options{}); findings.Failed() {
		t.Error(findings)
	}
}
