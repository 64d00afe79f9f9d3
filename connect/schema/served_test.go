package schema_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"

	"holdfast/connect/schema"
)

// TestServedSchemas reads archives of SDL: what is served of it has some texts, and
// others not.
func TestServedSchemas(t *testing.T) {
	files, err := filepath.Glob("testdata/served/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var sdl []*ast.Source
			var has, hasNot []string
			for _, f := range archive.Files {
				switch lines := strings.Split(strings.TrimSpace(string(f.Data)), "\n"); f.Name {
				case "has":
					has = lines
				case "has not":
					hasNot = lines
				default:
					sdl = append(sdl, &ast.Source{Name: f.Name, Input: string(f.Data)})
				}
			}
			served := servedOf(t, sdl)
			for _, text := range has {
				if !strings.Contains(served, text) {
					t.Errorf("the served schema lacks %s:\n%s", text, served)
				}
			}
			for _, text := range hasNot {
				if strings.Contains(served, text) {
					t.Errorf("the served schema shows %s:\n%s", text, served)
				}
			}
		})
	}
}

func servedOf(t *testing.T, sdl []*ast.Source) string {
	t.Helper()
	read, findings := schema.Read(sdl, schema.Options{})
	if findings.Failed() {
		t.Fatal(findings)
	}
	served, err := gqlparser.LoadSchema(read.Public()...)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	formatter.NewFormatter(&b).FormatSchema(served)
	return b.String()
}
