package main

import (
	"flag"
	"io"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is generated to testdata")

// TestGenerate compiles every archive in testdata: its SDL, with the resolvers
// written by hand if there are any. The sections want/… are what is expected in
// resolvers/, the section error what is said instead. In the end one Go build
// compiles all that was generated, oracles too.
func TestGenerate(t *testing.T) {
	m := newModule(t)
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		name, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			dir := m.folder(t, archive)
			said := mistakes(generate(t, dir))
			got := read(t, filepath.Join(dir, "resolvers"), "want/")
			got["error"] = strings.ReplaceAll(said, dir+"/", "")
			compare(t, name, archive, got)
			if section(archive, "error") == "" && said != "" {
				t.Errorf("unexpected: %s", said)
			}
			noVocabulary(t, dir)
			if said != "" {
				m.remove(t, dir)
			}
		})
	}
	m.build(t)
}

// mistakes is what the compiler said without its warnings: connect/schema has
// cases for those.
func mistakes(said string) string {
	return regexp.MustCompile(`(?m)^.*: warning: .*\n`).ReplaceAllString(said, "")
}

// compare compares the archive's sections with what was generated, or writes them.
func compare(t *testing.T, name string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	for i, f := range a.Files {
		if !strings.HasPrefix(f.Name, "want/") && f.Name != "error" {
			continue
		}
		if *update {
			a.Files[i].Data = []byte(got[f.Name])
			continue
		}
		if diff := cmp.Diff(string(f.Data), got[f.Name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", f.Name, diff)
		}
	}
	if *update {
		if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// noVocabulary checks that neither introspection nor the embedded SDL shows what
// belongs to connectors.
func noVocabulary(t *testing.T, dir string) {
	t.Helper()
	ours := regexp.MustCompile(`@(connect|source|cache|paginate|link)\b|specs\.apollo|JSONSelection|URLPathTemplate|ConnectHTTP|LinkPurpose|secret\.example`)
	for name, text := range read(t, filepath.Join(dir, "graph"), "") {
		if found := ours.FindString(text); found != "" && strings.HasSuffix(name, ".go") {
			t.Errorf("graph/%s shows %s", name, found)
		}
	}
}

// Generating again changes nothing but what comes of SDL that is deleted: it goes.
func TestGeneratingAgain(t *testing.T) {
	m := newModule(t)
	dir := m.folder(t, small())
	generate(t, dir)
	first := read(t, dir, "")
	if said := generate(t, dir); said != "" {
		t.Fatal(said)
	}
	if diff := cmp.Diff(first, read(t, dir, "")); diff != "" {
		t.Error(diff)
	}
	if err := os.Remove(filepath.Join(dir, "graph/ship.graphqls")); err != nil {
		t.Fatal(err)
	}
	if said := generate(t, dir); said != "" {
		t.Fatal(said)
	}
	files := read(t, dir, "")
	for _, name := range []string{"graph/oracle/ship.generated.go"} {
		if _, ok := files[name]; ok {
			t.Errorf("%s is still there", name)
		}
	}
	for _, name := range []string{"graph/oracle/shop.generated.go", "resolvers/other.generated.go"} {
		if _, ok := files[name]; !ok {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestNothingIsWrittenWhenResolversDoNotParse(t *testing.T) {
	m := newModule(t)
	dir := m.folder(t, small())
	if err := os.WriteFile(filepath.Join(dir, "resolvers/broken.go"), []byte("package resolvers\n\nfunc (r *queryResolver) A( {\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := read(t, dir, "")
	said := generate(t, dir)
	if want := "resolvers written by hand: resolvers/broken.go:3:"; !strings.HasPrefix(said, want) {
		t.Errorf("got %q, want %s…", said, want)
	}
	if diff := cmp.Diff(before, read(t, dir, "")); diff != "" {
		t.Error(diff)
	}
}

// small has two SDL files, and a generated file that is somebody else's.
func small() *txtar.Archive {
	return txtar.Parse([]byte(`
-- graph/shop.graphqls --
extend schema @source(name: "shop", http: {baseURL: "https://shop.example"})
type Query {
  a(id: ID!): A @connect(source: "shop", http: {GET: "/a/{$args.id}"}, selection: "id n")
}
type A {
  id: ID!
  n: Int
}
-- graph/ship.graphqls --
extend schema @source(name: "ship", http: {baseURL: "https://ship.example"})
extend type A {
  b: B @connect(source: "ship", http: {GET: "/b/{$this.id}"}, selection: "id")
}
type B {
  id: ID!
}
-- resolvers/other.generated.go --
package resolvers
`))
}

// generate runs the compiler in dir and returns what it says of mistakes.
func generate(tb testing.TB, dir string) string {
	tb.Helper()
	tb.Chdir(dir)
	var said strings.Builder
	if err := run(&said); err != nil {
		said.WriteString(err.Error() + "\n")
	}
	return said.String()
}

// A module is a temporary Go module with a folder for each case. It takes
// holdfast from the repository, so that nothing of it is built twice.
type module struct{ root string }

func newModule(tb testing.TB) module {
	tb.Helper()
	if testing.Short() {
		tb.Skip("builds Go code")
	}
	repository, err := filepath.Abs("../..")
	if err != nil {
		tb.Fatal(err)
	}
	log.SetOutput(io.Discard) // as main does
	tb.Cleanup(func() { log.SetOutput(os.Stderr) })
	m := module{tb.TempDir()}
	goMod := strings.Replace(text(tb, filepath.Join(repository, "go.mod")), "module holdfast\n", "module example.com/cases\n", 1)
	write(tb, filepath.Join(m.root, "go.mod"), goMod+"\nrequire holdfast v0.0.0\n\nreplace holdfast => "+repository+"\n")
	write(tb, filepath.Join(m.root, "go.sum"), text(tb, filepath.Join(repository, "go.sum")))
	return m
}

// folder makes a folder of a case. Its settings are those of testdata/shop, and
// the lines of the section models.
func (m module) folder(tb testing.TB, a *txtar.Archive) string {
	tb.Helper()
	dir := filepath.Join(m.root, strings.ToLower(regexp.MustCompile(`\W`).ReplaceAllString(filepath.Base(tb.Name()), "")))
	settings := text(tb, "../../testdata/shop/gqlgen.yml")
	settings = strings.Replace(settings, "\nmodels:\n", "\nmodels:\n"+section(a, "models"), 1)
	write(tb, filepath.Join(dir, "gqlgen.yml"), settings)
	write(tb, filepath.Join(dir, "resolvers/resolver.go"), "package resolvers\n\ntype Resolver struct{}\n")
	for _, f := range a.Files {
		if strings.HasPrefix(f.Name, "graph/") || strings.HasPrefix(f.Name, "resolvers/") || strings.HasPrefix(f.Name, "scalar/") {
			write(tb, filepath.Join(dir, f.Name), string(f.Data))
		}
	}
	return dir
}

// remove removes the folder of a case that cannot be built.
func (m module) remove(t *testing.T, dir string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// build builds all folders.
func (m module) build(t *testing.T) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", "build", "./...")
	c.Dir = m.root
	c.Env = append(os.Environ(), "GOPROXY=off")
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("the generated code: %v\n%s", err, out)
	}
}

// read returns the files below dir by their names, with a prefix.
func read(t *testing.T, dir, prefix string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files[prefix+name] = text(t, filepath.Join(dir, name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func text(tb testing.TB, name string) string {
	tb.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func write(tb testing.TB, name, text string) {
	tb.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}
