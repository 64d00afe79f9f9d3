package executortest_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/rogpeppe/go-internal/txtar"

	"holdfast/connect"
	"holdfast/executor/executortest"
	reference "holdfast/graph"
	referenceresolvers "holdfast/resolvers"
	shop "holdfast/testdata/shop/graph"
	shopresolvers "holdfast/testdata/shop/resolvers"
)

var update = flag.Bool("update", false, "record what is asked and answered in testdata/golden")

// The golden files of graphs that are compiled into the repository. Those that
// bring SDL of their own are compiled in connect/generate.
func TestGoldenFilesOfCompiledGraphs(t *testing.T) {
	graphs := map[string]executortest.Open{
		"shop": func(w *executortest.World) (executortest.Graph, error) {
			sources, err := shopresolvers.NewSources(opened(w))
			return compiled(shop.NewExecutableSchema(shop.Config{Resolvers: &shopresolvers.Resolver{Sources: sources}})), err
		},
		"reference": func(w *executortest.World) (executortest.Graph, error) {
			sources, err := referenceresolvers.NewSources(opened(w))
			return compiled(reference.NewExecutableSchema(reference.Config{Resolvers: &referenceresolvers.Resolver{Sources: sources}})), err
		},
	}
	files, err := filepath.Glob("../../testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			if open := graphs[strings.TrimSpace(string(f.Data))]; f.Name == "graph" && open != nil {
				t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
					executortest.GoldenWas(t, name, *update, open)
				})
			}
		}
	}
}

func compiled(es graphql.ExecutableSchema) executortest.Graph {
	return executortest.Graph{Schema: es, Extensions: []graphql.HandlerExtension{connect.Extension()}}
}

// opened opens the sources of a compiled graph in a world.
func opened(w *executortest.World) func(connect.Source) (*connect.API, error) {
	return func(s connect.Source) (*connect.API, error) {
		of := w.Settings(s.Name)
		set := connect.Settings{URL: of.URL, Config: of.Config, Env: of.Env}
		base, err := s.URL(set)
		if err != nil {
			return nil, err
		}
		return s.Open(w.Client(s.Name, base), set)
	}
}
