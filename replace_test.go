package main

import (
	"flag"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const planets = `
extend schema @source(name: "space", http: {baseURL: "https://space.example"})

type Query {
  planet(id: ID!): Planet
    @connect(source: "space", http: {GET: "/planets/{$args.id}"}, selection: "id: planet_id name: names->first")
}

type Planet {
  id: ID!
  name: String
}
`

// TestAnySchemaMakesAServer serves SDL and settings of somebody's own: no Go belongs
// to them.
func TestAnySchemaMakesAServer(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/v1/planets/3" || r.Header.Get("Authorization") != "Bearer let me in" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.WriteString(w, `{"planet_id": 3, "names": ["Earth", "Terra"]}`)
	}))
	defer api.Close()

	own := folder{files: fstest.MapFS{"graph/space.graphqls": {Data: []byte(planets)}}, sdl: "graph/*.graphqls", examples: fstest.MapFS{}}
	config := filepath.Join(t.TempDir(), "holdfast.yaml")
	writeFile(t, config, "sources:\n  space:\n    url: "+api.URL+"/v1\n    auth: {bearer: let me in}\n")
	p := startGraph(t, own, "-config", config, "-sandbox", "off")
	got := p.ask(`{ planet(id: 3) { id name } there: planet(id: 4) { id } }`)
	want := map[string]any{"planet": map[string]any{"id": "3", "name": "Earth"}, "there": nil}
	if diff := cmp.Diff(want, got.Data); diff != "" || len(got.Errors) > 0 {
		t.Errorf("data (-want +got):\n%s\nerrors: %v", diff, got.Errors)
	}
}

var fork = flag.Bool("fork", false, "run tests in copies with other graphs: it takes minutes")

// referenceGraph is what docs/adding-an-api.md has people delete for a graph of
// their own.
func referenceGraph() []string {
	return []string{"graph/*.graphqls", "resolvers/*.resolvers.go", "reference_*_test.go", "testdata/reference.*"}
}

// The graph in graph/ is anybody's: with another one, or with an API more, everything builds, and no test fails of the
// packages that see it. With -long it is all tests.
func TestAllTestsPassInAFork(t *testing.T) {
	manual := readFile(t, "docs/adding-an-api.md")
	for _, name := range referenceGraph() {
		if !strings.Contains(manual, "`"+name+"`") {
			t.Errorf("docs/adding-an-api.md does not say that %s is to be deleted", name)
		}
	}
	if !*fork {
		t.Skip("takes -fork")
	}
	_, catalog, _ := strings.Cut(manual, "`graph/catalog.graphqls`:\n\n```graphql\n")
	catalog, _, _ = strings.Cut(catalog, "```")
	tests := map[string]struct {
		deleted       []string
		sdl, settings string
	}{
		"with another graph": {referenceGraph(), planets, "sources: {space: {auth: {bearer: \"${NOT_SET_HERE}\"}}}\n"},
		"with an API more":   {nil, catalog, readFile(t, "testdata/reference.yaml") + "  catalog: {auth: {bearer: \"${NOT_SET_HERE}\"}}\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := copyOfTheProgram(t)
			for _, pattern := range test.deleted {
				remove(t, filepath.Join(dir, pattern))
			}
			writeFile(t, filepath.Join(dir, "graph/own.graphqls"), test.sdl)
			writeFile(t, filepath.Join(dir, "holdfast.yaml"), test.settings)
			inCopy(t, dir, "go", "generate", "./resolvers")
			inCopy(t, dir, "go", "vet", "./...")
			if *long {
				inCopy(t, dir, "go", "test", "./...")
			} else {
				inCopy(t, dir, "go", "test", "-short", "-vet=off", ".", "./graph/...", "./resolvers/...")
			}
		})
	}
}

// copyOfTheProgram copies the repository, without what begins with a dot.
func copyOfTheProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		writeFile(t, filepath.Join(dir, name), string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeFile(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

func remove(t *testing.T, pattern string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}

// inCopy runs a command in the copy, without a network.
func inCopy(tb testing.TB, dir, name string, args ...string) {
	tb.Helper()
	c := exec.CommandContext(tb.Context(), name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-trimpath", "GOWORK=off") // -trimpath: what is the same in all copies is built once
	if out, err := c.CombinedOutput(); err != nil {
		tb.Fatalf("%s: %v\n%s", strings.Join(c.Args, " "), err, out)
	}
}
