package main

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var times = flag.Int("times", 1, "how often golden files are played")

// TestGoldenFiles compiles the golden files in testdata/golden of the repository
// that bring SDL of their own, and has each program play its file.
func TestGoldenFiles(t *testing.T) {
	m := newModule(t)
	files, err := filepath.Glob("../../testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for i, name := range files {
		if files[i], err = filepath.Abs(name); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if section(archive, "graph") != "" {
			continue // one of the repository
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			dir := m.folder(t, archive)
			if said := mistakes(generate(t, dir)); said != "" {
				t.Fatal(said)
			}
			text := strings.NewReplacer("MODULE", "example.com/cases/"+filepath.Base(dir), "FILE", strconv.Quote(name)).Replace(goldenPlayer)
			write(t, filepath.Join(dir, "resolvers/golden_test.go"), text)
		})
	}
	args := []string{"test", "-vet=off", "-count=" + strconv.Itoa(*times), "./..."}
	if *update {
		args = append(args, "-args", "-update")
	}
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = m.root
	c.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-trimpath")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// goldenPlayer is the test of a compiled golden file.
const goldenPlayer = `package resolvers_test

import (
	"flag"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"MODULE/graph"
	"MODULE/resolvers"
	"holdfast/connect"
	"holdfast/executor/executortest"
)

var update = flag.Bool("update", false, "")

func TestGolden(t *testing.T) {
	executortest.GoldenWas(t, FILE, *update, func(w *executortest.World) (executortest.Graph, error) {
		sources, err := resolvers.NewSources(func(s connect.Source) (*connect.API, error) {
			of := w.Settings(s.Name)
			set := connect.Settings{URL: of.URL, Config: of.Config, Env: of.Env}
			base, err := s.URL(set)
			if err != nil {
				return nil, err
			}
			return s.Open(w.Client(s.Name, base), set)
		})
		if err != nil {
			return executortest.Graph{}, err
		}
		return executortest.Graph{
			Schema:     graph.NewExecutableSchema(graph.Config{Resolvers: &resolvers.Resolver{Sources: sources}}),
			Extensions: []graphql.HandlerExtension{connect.Extension()},
		}, nil
	})
}
`
