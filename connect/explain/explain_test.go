package explain_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/explain"
	"holdfast/connect/schema"
)

var update = flag.Bool("update", false, "write what is found to testdata")

// TestExplain explains the query of every archive in testdata. The SDL is the
// archive's own, or graph.graphqls.
func TestExplain(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			q := question(t, archive)
			plan, err := explain.Explain(q)
			if err != nil {
				t.Fatal(err)
			}
			indented, err := json.MarshalIndent(plan, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{"want.txt": plan.Text(), "want.json": string(indented) + "\n"}
			for i, f := range archive.Files {
				text, ok := got[f.Name]
				if !ok {
					continue
				}
				archive.Files[i].Data = []byte(text)
				if diff := cmp.Diff(string(f.Data), text); diff != "" && !*update {
					t.Errorf("%s (-want +got):\n%s", f.Name, diff)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			consistent(t, plan)
		})
	}
}

func question(t *testing.T, a *txtar.Archive) explain.Question {
	t.Helper()
	sections := map[string]string{}
	for _, f := range a.Files {
		sections[f.Name] = string(f.Data)
	}
	q := explain.Question{Name: "query", Query: sections["query.graphql"], Schema: read(t, sections["graph.graphqls"]), Rows: 100}
	if text := strings.TrimSpace(sections["rows"]); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		q.Rows = n
	}
	if text := sections["variables.json"]; text != "" {
		if err := json.Unmarshal([]byte(text), &q.Variables); err != nil {
			t.Fatal(err)
		}
	}
	q.Cache = func(con *schema.Connector) *explain.Cache {
		var set explain.Ages
		if con.Source.Name == "desk" {
			set = explain.Ages{From: "holdfast.yaml", Fresh: new(90 * time.Second)}
		}
		return explain.Windows(con, set)
	}
	return q
}

// read reads SDL, or testdata/graph.graphqls.
func read(tb testing.TB, sdl string) *schema.Schema {
	tb.Helper()
	if sdl == "" {
		text, err := os.ReadFile("testdata/graph.graphqls")
		if err != nil {
			tb.Fatal(err)
		}
		sdl = string(text)
	}
	s, findings := schema.Read([]*ast.Source{{Name: "graph.graphqls", Input: sdl}}, schema.Options{
		ByHand: func(typeName, fieldName string) bool { return fieldName == "odd" || fieldName == "note" },
	})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	return s
}

// consistent checks that the sums are those of the fields.
func consistent(t *testing.T, p *explain.Plan) {
	t.Helper()
	sums := map[string]int{}
	var visit func([]*explain.Field)
	visit = func(fields []*explain.Field) {
		for _, f := range fields {
			for _, fetch := range f.Fetches {
				if !fetch.Alternative {
					sums[fetch.Source] += fetch.Calls
				}
			}
			visit(f.Fields)
		}
	}
	visit(p.Fields)
	all := 0
	for _, s := range p.Sources {
		if s.Calls != sums[s.Name] {
			t.Errorf("%s: %d calls, but its fields have %d", s.Name, s.Calls, sums[s.Name])
		}
		all += s.Calls
	}
	if all != p.Calls {
		t.Errorf("%d calls, but the sources have %d", p.Calls, all)
	}
}

func TestMistakesAreTold(t *testing.T) {
	s := read(t, "")
	tests := map[string]struct {
		query, operation string
		vars             map[string]any
		want             string
	}{
		"a text that is no query":             {query: "{ best { id ", want: "q:1:13: Expected Name, found <EOF>"},
		"an unknown field":                    {query: "{\n  best { nam }\n}", want: `q:2:10: Cannot query field "nam" on type "Buyer". Did you mean "name"?`},
		"two mistakes":                        {query: "{ a b }", want: "q:1:3: Cannot query field \"a\" on type \"Query\".\nq:1:5: Cannot query field \"b\" on type \"Query\"."},
		"several operations and no name":      {query: "query A { __typename }\nquery B { __typename }", want: "q:1:1: there are 2 operations: say which one, A or B"},
		"the operation has no name":           {query: "{ __typename }", operation: "C", want: `q:1:1: there is no operation called "C": the only one has no name`},
		"an operation that is not there":      {query: "query A { __typename }", operation: "C", want: `q:1:1: there is no operation called "C": there is A`},
		"a variable that is missing":          {query: "query A(\n  $id: ID!) { order(id: $id) { id } }", want: `q:2:3: Variable "$id" of required type "ID!" was not provided.`},
		"a variable of the wrong type":        {query: "query A($n: Int) { orders(first: $n) { totalCount } }", vars: map[string]any{"n": "x"}, want: `q:1:9: Variable "$n" got an invalid value: Int cannot represent non-integer value: "x"`},
		"a variable that is used, not given":  {query: "{ orders(first: $n) { totalCount } }", want: `q:1:17: Variable "$n" is not defined.`},
		"a number with a fraction for an Int": {query: "query A($n: Int) { orders(first: $n) { totalCount } }", vars: map[string]any{"n": json.Number("1.5")}, want: `q:1:9: Variable "$n" got an invalid value: Int cannot represent non-integer value: 1.5`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := explain.Explain(explain.Question{Schema: s, Name: "q", Query: test.query, Operation: test.operation, Variables: test.vars, Rows: 1})
			if err == nil || err.Error() != test.want {
				t.Errorf("got\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestAMethodWinsOverAConnector(t *testing.T) {
	q := explain.Question{Schema: read(t, ""), Name: "q", Query: `{ order(id: "1") { total } }`, Rows: 1}
	q.ByHand = func(typeName, fieldName string) bool { return typeName == "Query" && fieldName == "order" }
	plan, err := explain.Explain(q)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Calls != 0 || len(plan.Fields) != 1 || !plan.Fields[0].ByHand {
		t.Errorf("%+v", plan)
	}
}

func TestWhatIsInaccessibleCannotBeAsked(t *testing.T) {
	s := read(t, `extend schema @source(name: "a", http: {baseURL: "https://a.example"})
type Query { item: Item @connect(source: "a", http: {GET: "/"}, selection: "id key") }
type Item { id: ID! key: ID @inaccessible }`)
	_, err := explain.Explain(explain.Question{Schema: s, Name: "q", Query: `{ item { key } }`, Rows: 1})
	if err == nil || err.Error() != `q:1:10: Cannot query field "key" on type "Item".` {
		t.Errorf("got %v", err)
	}
}

func TestCallsWithoutEndStayANumber(t *testing.T) {
	s := read(t, `extend schema @source(name: "a", http: {baseURL: "https://a.example"})
type Query { items: [Item] @connect(source: "a", http: {GET: "/"}, selection: "id") }
type Item { id: ID! items: [Item] @connect(source: "a", http: {GET: "/{$this.id}"}, selection: "id") }`)
	query := "{ items " + strings.Repeat("{ items ", 12) + "{ id }" + strings.Repeat("}", 12) + "}"
	plan, err := explain.Explain(explain.Question{Schema: s, Name: "q", Query: query, Rows: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	if plan.Calls != 1_000_000_000_000 || !strings.Contains(plan.Text(), "more calls than can be counted") {
		t.Errorf("%d calls", plan.Calls)
	}
}
