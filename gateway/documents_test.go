package gateway

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"holdfast/connect/document"
)

const treeSDL = `
	type Query { a(x: [[In]], s: String, i: Int): Query b: Query c: String }
	input In { x: In l: [In] i: Int }
`

// heap is what is in use after a collection.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // a size
}

// What documents take is measured, for the forms that are largest and smallest for
// their text.
func TestTheSizeOfADocumentIsEstimated(t *testing.T) {
	tests := map[string]string{
		"fields":              "query Q%d {" + strings.Repeat("c ", 49) + "}",
		"fields with aliases": "query Q%d {" + strings.Repeat("a:c b:c c:c ", 33) + "}",
		"nesting":             "query Q%d {" + strings.Repeat("a{", 19) + "c" + strings.Repeat("}", 19) + "}",
		"as people write":     "query Q%d($i: Int) {\n" + strings.Repeat("  a(i: $i) {\n    b {\n      c\n    }\n  }\n", 20) + "}",
		"fragments":           "query Q%d {...F} fragment F on Query {" + strings.Repeat("... on Query {c} ", 50) + "}",
		"lists":               "query Q%d {c " + strings.Repeat("a(x:[["+strings.Repeat("{},", 20)+"]]){c} ", 10) + "}",
		"objects":             "query Q%d {c " + strings.Repeat("a(x:{x:{x:{i:1}}}){c} ", 20) + "}",
		"directives":          "query Q%d {" + strings.Repeat("c @skip(if: false) @include(if: true) ", 20) + "}",
		"text":                `query Q%d {a(s: "` + strings.Repeat("x", 8000) + `") {c}}`,
		"comments":            "query Q%d {" + strings.Repeat("c #x\n#y\n", 40) + "}",
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Name: "tree.graphqls", Input: treeSDL})
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			const n = 200
			kept := make([]*ast.QueryDocument, n)
			before := heap()
			for i := range kept {
				doc, errs := gqlparser.LoadQueryWithRules(schema, fmt.Sprintf(text, i), rules.NewDefaultRules())
				if len(errs) > 0 {
					t.Fatal(errs)
				}
				kept[i] = doc
			}
			taken := (heap() - before) / n
			runtime.KeepAlive(kept)
			estimated := sizeOf(fmt.Sprintf(text, 0))
			t.Logf("%d bytes of text take %d, estimated %d: %.2f", len(text), taken, estimated, float64(estimated)/float64(taken))
			if estimated < taken*9/10 || estimated > 3*taken {
				t.Error("that is not near enough")
			}
		})
	}
}

// A client that makes up documents fills the bytes that are given to them, and no
// more.
func TestDocumentsAreBoundedByBytes(t *testing.T) {
	const most = 8 << 20
	before := heap()
	d, err := newDocuments(most)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	text := func(i int) string { return fmt.Sprintf("query Q%d {", i) + strings.Repeat("a { c } ", 240) + "}" }
	for i := range 1100 {
		doc, err := parser.ParseQuery(&ast.Source{Input: text(i)})
		if err != nil {
			t.Fatal(err)
		}
		d.add(newEntry(text(i), doc, &document.Checker{}))
		d.kept.Wait()
	}
	grown, kept := heap()-before, 0
	for i := range 1100 {
		if d.get(text(i)) != nil {
			kept++
		}
	}
	t.Logf("%d documents in %d bytes", kept, grown)
	if grown > most || grown < most/4 || int64(kept)*sizeOf(text(0)) > most {
		t.Errorf("%d bytes for %d documents, of %d", grown, kept, most)
	}
	long := &entry{text: strings.Repeat("{c}", maxDocument)}
	d.add(long)
	d.kept.Wait()
	if d.get(long.text) != nil {
		t.Error("a text that is too large is kept")
	}
	runtime.KeepAlive(d)
}

// Plans grow while they are used. What is kept stays within its bytes all the same,
// though no document is added any more.
func TestPlansThatGrowAreBoundedByBytes(t *testing.T) {
	const most = 1 << 20
	d, err := newDocuments(most)
	if err != nil {
		t.Fatal(err)
	}
	defer d.close()
	all := make([]*entry, 30)
	for i := range all {
		all[i] = &entry{text: fmt.Sprintf("query Q%d {c}", i), bytes: 1000, operations: []*operation{{}}}
		d.add(all[i])
	}
	d.kept.Wait()
	for size := int64(1000); size < most/8; size *= 2 {
		for _, e := range all {
			e.operations[0].plans = []*plan{{Planned: grown(size)}}
			d.planned(e)
			d.kept.Wait()
		}
	}
	var kept int64
	for _, e := range all {
		if d.get(e.text) != nil {
			kept += e.size()
		}
	}
	if kept > 2*most || kept < most/4 { // what grows little is only counted
		t.Errorf("%d bytes are kept, of %d", kept, most)
	}
	all[0].operations[0].plans = []*plan{{Planned: grown(most)}}
	if d.planned(all[0]); len(all[0].operations[0].plans) > 0 {
		t.Error("one document has plans that leave no room for others")
	}
}

// grown is a plan of so many bytes.
type grown int64

func (g grown) Size() int64                                { return int64(g) }
func (grown) Exec(context.Context) graphql.ResponseHandler { return nil }
