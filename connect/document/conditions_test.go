package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// of is the operation of a document over a schema of one field.
func of(t *testing.T, text string) *Operation {
	t.Helper()
	c, err := New(gqlparser.MustLoadSchema(&ast.Source{Name: "s.graphqls", Input: "type Query { f: Int q: Query }"}), false, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc, wrong := Parse(text, 0)
	if wrong != nil {
		t.Fatal(wrong)
	}
	if errs := c.Validate(doc); len(errs) > 0 {
		t.Fatal(errs)
	}
	return c.Operation(doc.Operations[0])
}

// What decides has a truth, wherever it stands; what does not has none.
func TestTruth(t *testing.T) {
	t.Parallel()
	op := of(t, `query ($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean! = true) {
		f @skip(if: $a) q { ... @include(if: $b) { f } ...F @skip(if: $a) } x: f @include(if: $d) @skip(if: false)
	} fragment F on Query { f @include(if: $c) q { ...G } } fragment G on Query { f }`)
	seen := map[Truth]bool{}
	for i := range 16 {
		vars := map[string]any{"a": i&1 > 0, "b": i&2 > 0, "c": i&4 > 0, "d": i&8 > 0}
		truth, all := op.Truth(vars)
		if !all || seen[truth] {
			t.Errorf("%v has the truth of others: %v", vars, truth)
		}
		seen[truth] = true
	}
	if none, all := of(t, `query ($a: Boolean!) { ... @include(if: $a) { f } }`).Truth(map[string]any{"a": false, "x": true}); none != (Truth{}) || !all {
		t.Errorf("%v %v", none, all)
	}
}

func TestATruthOfTooManyConditionsIsNotAll(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]bool{128: true, 129: false} {
		var declared, used strings.Builder
		for i := range n {
			fmt.Fprintf(&declared, "$v%d: Boolean! ", i)
			fmt.Fprintf(&used, "f%d: f @include(if: $v%d) ", i, i)
		}
		op := of(t, "query ("+declared.String()+") {"+used.String()+"}")
		if _, all := op.Truth(map[string]any{}); all != want {
			t.Errorf("%d conditions: all %v", n, all)
		}
	}
}
