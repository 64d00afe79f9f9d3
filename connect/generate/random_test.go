package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var (
	seed   = flag.Uint64("seed", 1, "of the random selections")
	random = flag.Int("random", 50, "how many random selections")
)

// TestRandomSelectionsAgreeWithTheInterpreter compiles random selections, and
// compares what they make of random values as testdata/differential.txtar does
// with the selections that stand there. More of them take -random 1000.
func TestRandomSelectionsAgreeWithTheInterpreter(t *testing.T) {
	m := newModule(t)
	archive, err := txtar.ParseFile("testdata/differential.txtar")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("-seed %d", *seed)
	ok := t.Run("random", func(t *testing.T) {
		dir := m.folder(t, randomized(t, archive, *random))
		if said := mistakes(generate(t, dir)); said != "" {
			t.Fatal(said)
		}
	})
	if ok {
		m.test(t)
	}
}

// randomized is an archive with n random selections in place of its own.
func randomized(t *testing.T, a *txtar.Archive, n int) *txtar.Archive {
	t.Helper()
	types := regexp.MustCompile(`(?s)type Query \{.*?\n\}\n`).ReplaceAllString(section(a, "graph/shop.graphqls"),
		`type Query { none: Int @connect(source: "shop", http: {GET: "/x"}, selection: "$.n") }`)
	sample := sampler{rand.New(rand.NewPCG(*seed, 0))}
	var sdl, compiled strings.Builder
	sdl.WriteString(types)
	for i, selection := range sample.selections(t, types, n) {
		name := fmt.Sprintf("f%d", i)
		sdl.WriteString(fieldWith(name, selection) + "\n")
		fmt.Fprintf(&compiled, "\t%q: queryF%d.Map,\n", "Query."+name, i)
	}
	of := &txtar.Archive{}
	for _, f := range a.Files {
		text := string(f.Data)
		switch f.Name {
		case "graph/shop.graphqls":
			text = sdl.String()
		case "resolvers/compiled_test.go":
			text = regexp.MustCompile(`(?s)model\.T\{\n.*?\n\}`).ReplaceAllLiteralString(text, "model.T{\n"+compiled.String()+"}")
			text = regexp.MustCompile(`(?s)const \(.*?\)\n`).ReplaceAllLiteralString(text, fmt.Sprintf("const values, enough, enoughInAll = 800, 0, %d\n", 500*n))
		}
		of.Files = append(of.Files, txtar.File{Name: f.Name, Data: []byte(strings.ReplaceAll(text, "cases/differential/", "cases/random/"))})
	}
	return of
}
