package schema_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
	"holdfast/connect/schema"
)

var update = flag.Bool("update", false, "write what is found to testdata")

// TestRead reads the SDL files of every archive in testdata. Its section want has
// the findings; plans, where there is one, what was decided of every field; costs
// what they cost; unheard which events nobody tells of, where no source has webhooks.
// Options say what the SDL does not: see readOptions.
func TestRead(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			read, findings := schema.Read(sources(archive), readOptions(archive))
			got := map[string]string{"want": findings.String(), "plans": ""}
			if !findings.Failed() {
				got["plans"], got["costs"] = describe(read), read.Costs().String()
				got["unheard"] = read.Unheard(func(string) bool { return false }).String()
			}
			if *update {
				rewrite(t, name, archive, got)
				return
			}
			for _, f := range archive.Files {
				if text, ok := got[f.Name]; ok {
					if diff := cmp.Diff(string(f.Data), text); diff != "" {
						t.Errorf("%s (-want +got):\n%s", f.Name, diff)
					}
				}
			}
		})
	}
}

// TestEveryCodeHasACase compares the codes in the source with the archives that
// are called after one.
func TestEveryCodeHasACase(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`"([A-Z]+(?:_[A-Z]+)+)"`).FindAllStringSubmatch(string(text), -1) {
			codes[match[1]] = true
		}
	}
	for code := range codes {
		archive, err := txtar.ParseFile(filepath.Join("testdata", code+".txtar"))
		if err != nil {
			t.Errorf("%s has no case: %v", code, err)
			continue
		}
		if want := section(archive, "want") + section(archive, "costs") + section(archive, "unheard"); !strings.Contains(want, " "+code+": ") {
			t.Errorf("testdata/%s.txtar does not lead to a finding of that code", code)
		}
	}
}

func sources(a *txtar.Archive) []*ast.Source {
	var all []*ast.Source
	options := section(a, "options")
	for _, f := range a.Files {
		if !strings.HasSuffix(f.Name, ".graphqls") {
			continue
		}
		text := string(f.Data)
		if strings.Contains(options, "crlf") {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if strings.Contains(options, "bom") {
			text = "\uFEFF" + text
		}
		all = append(all, &ast.Source{Name: f.Name, Input: text})
	}
	return all
}

// readOptions reads the section options: "value T", "by hand T.f", and for the
// files "crlf" and "bom", a line each.
func readOptions(a *txtar.Archive) schema.Options {
	var opt schema.Options
	byHand := map[string]bool{}
	for line := range strings.Lines(section(a, "options")) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "value "); ok {
			opt.Values = append(opt.Values, name)
		}
		if name, ok := strings.CutPrefix(line, "by hand "); ok {
			byHand[name] = true
		}
	}
	opt.ByHand = func(typeName, fieldName string) bool { return byHand[typeName+"."+fieldName] }
	return opt
}

func section(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func rewrite(t *testing.T, name string, a *txtar.Archive, got map[string]string) {
	t.Helper()
	for i, f := range a.Files {
		if text, ok := got[f.Name]; ok {
			a.Files[i].Data = []byte(text)
		}
	}
	if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// describe is one line for each connector, each field that does not simply come
// with its parent, and each type with hidden keys.
func describe(s *schema.Schema) string {
	var b strings.Builder
	list := func(what string, names []string) string {
		if len(names) == 0 {
			return ""
		}
		return fmt.Sprintf(", %s %s", what, strings.Join(names, " "))
	}
	for _, src := range s.Sources {
		if len(src.Env) > 0 {
			fmt.Fprintf(&b, "source %s needs %s\n", src.Name, strings.Join(src.Env, " "))
		}
	}
	for _, c := range s.Connectors {
		asCaller := ""
		if c.AsCaller {
			asCaller = ", as the caller"
		}
		fmt.Fprintf(&b, "connector %s: %s %s of %s%s%s%s%s%s\n", c.ID, c.Method, c.URL.Source, c.Source.Name,
			list("key", c.Key), list("this", c.This), list("reads", c.Reads), list("callers", c.Callers), asCaller)
	}
	for _, c := range s.Connectors {
		if c.Write != nil || c.ReadsWrite {
			fmt.Fprintf(&b, "writes of %s: %s\n", c.ID, describeWrite(c))
		}
	}
	for _, coordinate := range slices.Sorted(maps.Keys(s.Plans)) {
		p := s.Plans[coordinate]
		if p.Kind == schema.Mapped {
			continue
		}
		kind := map[schema.PlanKind]string{
			schema.Connected: "connected", schema.Completed: "completed", schema.ByHand: "by hand", schema.Recorded: "recorded",
		}[p.Kind]
		fmt.Fprintf(&b, "%s: %s", coordinate, kind)
		for _, t := range p.Completions {
			fmt.Fprintf(&b, ", rest of %s from %s%s", t.Type.Name, string(t.Entity.ID), list("provided", t.Provided))
		}
		if p.Held {
			b.WriteString(", held")
		}
		b.WriteString("\n")
	}
	for _, o := range s.Objects {
		if len(o.Hidden) > 0 {
			fmt.Fprintf(&b, "%s hides %s\n", o.Type.Name, strings.Join(o.Hidden, " "))
		}
	}
	return b.String()
}

// describeWrite is what is said of the writes of a connector.
func describeWrite(c *schema.Connector) string {
	var words []string
	say := func(is bool, format string, args ...any) {
		if is {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	text := func(m *mapping.Mapping) string {
		if m == nil {
			return "nothing"
		}
		return m.Source
	}
	say(c.ReadsWrite, "reads $write")
	say(c.SendsKey, "sends its key")
	if w := c.Write; w != nil {
		say(w.Key != nil, "key %s", text(w.Key))
		say(w.Required, "required")
		say(w.Window > 0, "window %v", w.Window)
		if q := w.Queue; q != nil {
			say(true, "queued for %v in %s, always %v, in order of %s", q.Expires, q.Field, q.Always, text(q.Order))
		}
		if p := w.Probe; p != nil {
			say(true, "probed after %v with %s: %s", p.After, text(p.Variables), text(p.Made))
		}
	}
	return strings.Join(words, ", ")
}
