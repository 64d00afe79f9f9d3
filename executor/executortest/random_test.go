package executortest_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/executor/executortest"
	"holdfast/graph/scalar"
)

// randomGraphs are the SDL files of testdata/random, by name.
func randomGraphs(tb testing.TB) map[string][]*ast.Source {
	tb.Helper()
	files, err := filepath.Glob("../../testdata/random/*.graphqls")
	if err != nil || len(files) < 5 {
		tb.Fatalf("%d graphs, %v", len(files), err)
	}
	all := map[string][]*ast.Source{}
	for _, name := range files {
		all[strings.TrimSuffix(filepath.Base(name), ".graphqls")] = []*ast.Source{{Name: name, Input: readFile(tb, name)}}
	}
	return all
}

func served(tb testing.TB, sdl []*ast.Source) *ast.Schema {
	tb.Helper()
	read, findings := schema.Read(sdl, schema.Options{Values: record.Values(sdl, scalar.Registry())})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	s, err := gqlparser.LoadSchema(read.Public()...)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestOperationsMadeUpAreValidAndVaried(t *testing.T) {
	for name, sdl := range randomGraphs(t) {
		s := served(t, sdl)
		g := &executortest.Random{Schema: s}
		has := map[string]int{}
		for seed := range uint64(500) {
			op := g.Next(seed)
			if again := (&executortest.Random{Schema: s}).Next(seed); again.Query != op.Query {
				t.Fatalf("%s, seed %d: another operation: %s\n%s", name, seed, again.Query, op.Query)
			}
			for _, what := range []string{"mutation", "query", "$", "...", "fragment", "@skip", "@include", "__typename", ": null", "k1:"} {
				if strings.Contains(op.Query, what) {
					has[what]++
				}
			}
			if seed > 20 {
				continue
			}
			for _, smaller := range op.Smaller(s) {
				if _, err := gqlparser.LoadQueryWithRules(s, smaller.Query, nil); err != nil {
					t.Errorf("%s: %v", smaller.Query, err)
				}
			}
		}
		for what, n := range has {
			if n < 5 {
				t.Errorf("%s: %d operations of 500 have %s", name, n, what)
			}
		}
	}
}

func TestAFailureIsMadeSmall(t *testing.T) {
	s := served(t, randomGraphs(t)["keys"])
	g := &executortest.Random{Schema: s}
	bad := func(o *executortest.Operation) bool { return strings.Contains(o.Query, "weather") }
	found := 0
	for seed := range uint64(300) {
		op := g.Next(seed)
		if !bad(op) {
			continue
		}
		found++
		small := op.Shrink(s, bad)
		if !bad(small) || strings.Count(small.Query, "weather") != 1 || strings.Contains(small.Query, "@skip") {
			t.Errorf("%s\nfrom %s", small.Query, op.Query)
		}
	}
	if found == 0 {
		t.Error("no operation has it")
	}
}
