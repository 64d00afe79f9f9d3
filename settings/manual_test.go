package settings

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"holdfast/upstreams/credential"
)

var update = flag.Bool("update", false, "write the files that tests compare with")

// The manual of the settings is the comments of the Config types: the page for
// people and the schema for editors are made of them.
func TestTheManualOfTheSettingsIsCurrent(t *testing.T) {
	comments := fieldComments(t, ".", "../upstreams", "../upstreams/credential", "../upstreams/dial", "../upstreams/outcome", "../upstreams/quota", "../cache", "../freshness", "../gateway", "../admin")
	root := describe(reflect.TypeFor[File](), comments)
	schema, err := json.MarshalIndent(jsonSchema(root), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]byte{
		"../docs/settings.md":          []byte(settingsPage(root)),
		"../docs/holdfast.schema.json": append(schema, '\n'),
	} {
		if *update {
			if err := os.WriteFile(name, want, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not current (%v): go test ./settings -run Manual -update", name, err)
		}
	}
}

// A setting is a key of the file, with the keys below it.
type setting struct {
	key, comment string
	kind         reflect.Type
	below        []*setting
	named        bool // the keys below are of each value of a map
}

// fieldComments are the comments of struct fields, by type and field.
func fieldComments(t *testing.T, dirs ...string) map[string]string {
	t.Helper()
	comments := map[string]string{}
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				types, _ := d.(*ast.GenDecl)
				if types == nil {
					continue
				}
				for _, spec := range types.Specs {
					noteFields(comments, file.Name.Name, spec)
				}
			}
		}
	}
	return comments
}

func noteFields(comments map[string]string, pkg string, spec ast.Spec) {
	typ, ok := spec.(*ast.TypeSpec)
	if !ok {
		return
	}
	structure, ok := typ.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range structure.Fields.List {
		text := strings.TrimSpace(field.Doc.Text() + field.Comment.Text())
		for _, name := range field.Names {
			comments[pkg+"."+typ.Name.Name+"."+name.Name] = text
		}
	}
}

// describe makes the settings of a struct's fields.
func describe(t reflect.Type, comments map[string]string) *setting {
	s := &setting{kind: t}
	if isSecret(t) {
		return s
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem(), comments)
	case reflect.Map:
		if t.Elem().Kind() == reflect.Struct && !isSecret(t.Elem()) {
			s.named = true
			s.below = describe(t.Elem(), comments).below
		}
	case reflect.Struct:
		for f := range t.Fields() {
			key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if key == "-" {
				continue
			}
			below := describe(f.Type, comments)
			if strings.Contains(options, "inline") {
				s.below = append(s.below, below.below...)
				continue
			}
			below.key = key
			below.comment = comments[t.PkgPath()[strings.LastIndex(t.PkgPath(), "/")+1:]+"."+t.Name()+"."+f.Name]
			if t.PkgPath() == "main" || t.PkgPath() == "holdfast" {
				below.comment = comments["main."+t.Name()+"."+f.Name]
			}
			s.below = append(s.below, below)
		}
	}
	return s
}

// isSecret says whether t is written as a text or as {file: PATH}.
func isSecret(t reflect.Type) bool { return t == reflect.TypeFor[credential.Secret]() }

func (s *setting) form() string {
	switch {
	case isSecret(s.kind):
		return "secret"
	case s.kind == reflect.TypeFor[time.Duration]():
		return "duration"
	case s.kind.Kind() == reflect.Map:
		return "map"
	case s.kind.Kind() == reflect.Struct:
		return "object"
	case s.kind.Kind() == reflect.Bool:
		return "boolean"
	case s.kind.Kind() == reflect.String:
		return "text"
	case s.kind.Kind() == reflect.Slice:
		return "list"
	}
	return "number"
}

// settingsPage is the reference for people.
func settingsPage(root *setting) string {
	var b strings.Builder
	b.WriteString("# holdfast.yaml\n\n")
	b.WriteString("Every key there is. This page is made of the comments in the code: `go test ./settings -run Manual -update`.\n")
	b.WriteString("`${NAME}` in a value is an environment variable; `${SANDBOX}` is the sandbox's address. Durations are written as `300ms`, `10s` or `24h`.\n")
	b.WriteString("A secret is a text, or `{file: PATH}`: then it is what that file holds, without a line break at its end; the file is read again when it changes.\n")
	b.WriteString("An editor that knows JSON Schema completes and checks the file with [holdfast.schema.json](holdfast.schema.json).\n")
	for _, s := range root.below {
		fmt.Fprintf(&b, "\n## %s\n\n", s.key)
		if s.comment != "" {
			b.WriteString(paragraph(s.comment) + "\n\n")
		}
		if s.key == "defaults" {
			b.WriteString("The keys are those of a source.\n")
			continue
		}
		b.WriteString("| key | form | meaning |\n|---|---|---|\n")
		prefix := ""
		if s.named {
			prefix = "NAME."
		}
		rows(&b, prefix, s)
	}
	return b.String()
}

func rows(b *strings.Builder, prefix string, s *setting) {
	for _, k := range s.below {
		if k.comment != "" || len(k.below) == 0 {
			fmt.Fprintf(b, "| `%s%s` | %s | %s |\n", prefix, k.key, k.form(), strings.ReplaceAll(paragraph(k.comment), "|", `\|`))
		}
		rows(b, prefix+k.key+".", k)
	}
}

// paragraph is a comment in one line.
func paragraph(comment string) string { return strings.Join(strings.Fields(comment), " ") }

// jsonSchema is the schema for editors (JSON Schema 2020-12).
func jsonSchema(root *setting) map[string]any {
	s := schemaOf(root)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "holdfast.yaml"
	return s
}

func schemaOf(s *setting) map[string]any {
	out := map[string]any{}
	if s.comment != "" {
		out["description"] = paragraph(s.comment)
	}
	below := map[string]any{}
	for _, k := range s.below {
		below[k.key] = schemaOf(k)
	}
	switch form := s.form(); {
	case s.named:
		out["type"] = "object"
		out["additionalProperties"] = map[string]any{"type": "object", "properties": below, "additionalProperties": false}
	case form == "object":
		out["type"], out["properties"], out["additionalProperties"] = "object", below, false
	case form == "secret":
		out["anyOf"] = []any{map[string]any{"type": "string"}, map[string]any{
			"type": "object", "properties": map[string]any{"file": map[string]any{"type": "string"}},
			"required": []string{"file"}, "additionalProperties": false,
		}}
	case form == "duration":
		out["type"], out["pattern"] = "string", `^([0-9.]+(ns|us|µs|ms|s|m|h))+$|^0$|\$\{`
	case form == "map":
		out["type"] = "object"
	case form == "boolean":
		out["type"] = []string{"boolean", "string"}
	case form == "list":
		out["type"] = "array"
	case form == "number":
		out["type"] = []string{"number", "string"}
	default:
		out["type"] = "string"
	}
	return out
}
