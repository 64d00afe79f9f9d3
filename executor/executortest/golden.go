package executortest

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// A Graph is what serves a golden file, with the extensions that it needs.
type Graph struct {
	Schema     graphql.ExecutableSchema
	Extensions []graphql.HandlerExtension
}

// Open opens the graph of a golden file in a world of its own: its sources are
// asked through the world's clients. It is called once for each case, in the
// bubble of the case.
type Open func(*World) (Graph, error)

// Golden plays the cases of one golden file and compares what comes of their
// steps with what was recorded; where update says so, it records instead.
func Golden(t *testing.T, file string, update bool, open Open) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	set, err := settingsOf(archive)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	for _, name := range caseNames(archive) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				scripted := &api{}
				w := NewWorld(t, scripted, set)
				w.api = scripted
				w.api.now(parseAnswers(t, section(archive, "answers")))
				w.api.now(parseAnswers(t, section(archive, name+"/answers")))
				w.Serve(open)
				w.playAll(archive, name, update)
			})
		})
	}
	if update && !t.Failed() {
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// caseNames are the folders of steps, in the order of the file.
func caseNames(a *txtar.Archive) []string {
	var names []string
	for _, f := range a.Files {
		if name, step, ok := strings.Cut(f.Name, "/"); ok && step == "1" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// playAll plays the steps of a case one after the other.
func (w *World) playAll(a *txtar.Archive, name string, update bool) {
	w.t.Helper()
	for _, f := range slices.Clone(a.Files) {
		number, ok := strings.CutPrefix(f.Name, name+"/")
		if !ok || !isNumber(number) {
			continue
		}
		got := w.play(parseStep(w.t, string(f.Data)))
		if update {
			put(a, f.Name, f.Name+".want", got)
			continue
		}
		if diff := cmp.Diff(section(a, f.Name+".want"), got); diff != "" {
			w.t.Errorf("step %s (-want +got):\n%s", number, diff)
		}
	}
}

func isNumber(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// put sets a section, which comes to stand after another where it is new.
func put(a *txtar.Archive, after, name, text string) {
	for i, f := range a.Files {
		if f.Name == name {
			a.Files[i].Data = []byte(text)
			return
		}
	}
	i := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == after })
	a.Files = slices.Insert(a.Files, i+1, txtar.File{Name: name, Data: []byte(text)})
}
