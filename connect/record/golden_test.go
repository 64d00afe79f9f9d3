package record_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"holdfast/connect/record"
	"holdfast/upstreams"
)

var update = flag.Bool("update", false, "write what comes out of testdata/*.txtar")

// TestGolden maps the answers that stand in testdata/*.txtar behind the ID of their
// connector, and compares the records with the text behind them.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			opt := read(t, string(archive.Files[0].Data))
			cases := archive.Files[1:]
			for i := 0; i+1 < len(cases); i += 2 {
				got := golden(t, opt, cases[i].Name, string(cases[i].Data))
				if *update {
					cases[i+1].Data = []byte(got)
				}
				if diff := cmp.Diff(string(cases[i+1].Data), got); diff != "" {
					t.Errorf("%s of %s(-want +got):\n%s", cases[i].Name, cases[i].Data, diff)
				}
			}
			if *update {
				if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// golden is a record with what is missing in it and what was said of that, a line for
// each item of a list.
func golden(t *testing.T, opt record.Options, id, answer string) string {
	t.Helper()
	a, err := compile(t, opt, id).Map(record.Reading{Body: valueOf(t, answer)})
	var b strings.Builder
	var problems []upstreams.Problem
	if unfit, ok := errors.AsType[*record.UnfitError](err); ok {
		problems = unfit.Problems()
	} else {
		problems = a.Problems()
	}
	switch {
	case err != nil:
		b.WriteString("unusable\n")
	case a.Root().Kind() == record.List:
		for i := range a.Root().Len() {
			b.WriteString(text(a.Root().Item(i)) + "\n")
		}
	default:
		b.WriteString(text(a.Root()) + "\n")
	}
	if err == nil && a.Broken() {
		b.WriteString("lost: " + a.Lost(nil).Place() + "\n")
	}
	for _, p := range problems {
		b.WriteString(p.Field + ": " + p.Message + "\n")
	}
	return b.String()
}
