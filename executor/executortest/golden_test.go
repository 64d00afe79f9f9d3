package executortest_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/executor/executortest"
	"holdfast/graph/scalar"
	"holdfast/testdata/shop/resolvers"
)

var update = flag.Bool("update", false, "record what is asked and answered in testdata/golden")

// The engine asks and answers what the golden files say, without compiling anything.
func TestGoldenFiles(t *testing.T) {
	files, err := filepath.Glob("../../testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		e := executortest.Engine{SDL: executortest.SDL(archive), Scalars: scalar.Registry()}
		for _, f := range archive.Files {
			if f.Name == "graph" { // that of the program's tests
				e.SDL, e.Fields = readSDL(t, "../../testdata/shop/graph"), resolvers.Fields(&resolvers.Resolver{})
			}
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			executortest.Golden(t, name, *update, e.Open)
		})
	}
}

func readSDL(tb testing.TB, dir string) []*ast.Source {
	tb.Helper()
	files, err := filepath.Glob(dir + "/*.graphqls")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no SDL in %s: %v", dir, err)
	}
	var all []*ast.Source
	for _, name := range files {
		all = append(all, &ast.Source{Name: name, Input: readFile(tb, name)})
	}
	return all
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
