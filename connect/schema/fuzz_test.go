package schema_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// FuzzRead looks for SDL on which Read panics, and for findings that do not stand
// in the text.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, s := range sources(archive) {
			f.Add(s.Input)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		read, findings := schema.Read([]*ast.Source{{Name: "f.graphqls", Input: text}}, schema.Options{Values: []string{"Money"}})
		lines := strings.Count(text, "\n") + strings.Count(text, "\r")
		for _, finding := range findings {
			if finding.Line > lines+1 {
				t.Errorf("%s: the text has %d lines", finding, lines+1)
			}
			if strings.Contains(finding.String(), "\n") && finding.Code != "INVALID_SDL" {
				t.Errorf("%q has more than one line", finding)
			}
		}
		if findings.Failed() {
			return
		}
		for _, c := range read.Connectors {
			if c.Source == nil || c.Method == "" || c.Selection == nil || c.Yields == nil {
				t.Errorf("%s passed and cannot be compiled", c.ID)
			}
		}
	})
}
