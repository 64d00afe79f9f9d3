package executor_test

import (
	"encoding/json"
	"testing"

	"github.com/99designs/gqlgen/graphql/introspection"

	"holdfast/executor/executortest"
)

// TestAnswersAreValidByTheClientSchemaOfGraphQLJS builds a client schema from what
// introspection answers, and validates answers to operations made up at random by it:
// names in their order, none too much, leaves of their types, and no null where it may
// not stand.
func TestAnswersAreValidByTheClientSchemaOfGraphQLJS(t *testing.T) {
	if testing.Short() {
		t.Skip("asks thousands, one by one")
	}
	graphs := randomGraphs(t)
	for _, g := range graphs {
		t.Run(g.name, func(t *testing.T) {
			w := g.open(t, "0s")
			w.apis.Kept = false
			ask := func(op *executortest.Operation) (a asked) {
				if err := json.Unmarshal(w.Ask(op, "X-Who", "ann").Body.Bytes(), &a.Answer); err != nil {
					t.Fatal(err)
				}
				return a
			}
			about := ask(&executortest.Operation{Query: introspection.Query})
			lines := []any{map[string]any{"introspection": about.Answer.Data}}
			ops := &executortest.Random{Schema: g.served, Typed: true}
			var all []asked
			for i := range max(howMany(), 2600) / len(graphs) {
				w.apis.Faults.Store(uint64(i % 3))
				a := ask(ops.Next(uint64(i)))
				a.Op = ops.Next(uint64(i))
				if a.Answer.Data == nil || string(a.Answer.Data) == "null" {
					if len(a.Answer.Errors) == 0 {
						t.Errorf("%s: neither data nor errors", a.Op.Query)
					}
					continue
				}
				all = append(all, a)
				lines = append(lines, map[string]any{"query": a.Op.Query, "variables": a.Op.Variables, "data": a.Answer.Data})
			}
			graphQLJS(t, "validate.mjs", lines, func(i int, line []byte) {
				if string(line) != `""` {
					t.Errorf("%s %v\n%s\n%s", all[i].Op.Query, all[i].Op.Variables, line, all[i].Answer.Data)
				}
			})
			t.Logf("%d answers", len(all))
		})
	}
}
