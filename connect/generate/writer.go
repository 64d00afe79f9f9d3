package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/token"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"

	"holdfast/connect/schema"
)

// A writer writes the resolvers of a schema as Go.
type writer struct {
	schema *schema.Schema
	hand   byHand
	values []string
	data   *codegen.Data
	pkg    string

	names  map[string]bool              // package-level names in use
	vars   map[*schema.Connector]string // of connectors
	byName map[string]*codegen.Object
}

func newWriter(c *Compiler, data *codegen.Data) *writer {
	w := &writer{
		schema: c.schema, hand: c.hand, values: c.values, data: data, pkg: data.Config.Resolver.Package,
		names: map[string]bool{}, vars: map[*schema.Connector]string{}, byName: map[string]*codegen.Object{},
	}
	for _, o := range data.Objects {
		w.byName[o.Name] = o
	}
	for _, con := range w.schema.Connectors {
		name := con.Coordinate
		if con.Field == nil && strings.HasPrefix(name, con.Type.Name) {
			name = con.Type.Name + "ByKey" + strings.TrimPrefix(name, con.Type.Name)
		}
		w.vars[con] = w.name(name)
	}
	return w
}

// name is a package-level name made of text, such as queryOrder of Query.order.
func (w *writer) name(text string) string {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
	for i, p := range parts {
		parts[i] = templates.ToGo(p)
	}
	base := templates.LcFirst(strings.Join(parts, ""))
	if token.IsKeyword(base) || slices.Contains([]string{"connect", "mapping", "model", "context", "time"}, base) {
		base += "Connector"
	}
	name := base
	for i := 2; w.names[name]; i++ {
		name = base + strconv.Itoa(i)
	}
	w.names[name] = true
	return name
}

// files are sources.generated.go and one file for each SDL file that has
// connectors or completed fields.
func (w *writer) files() ([]*file, error) {
	byName := map[string]*file{}
	fileOf := func(sdl string) *file {
		name := strings.TrimSuffix(path.Base(sdl), path.Ext(sdl)) + ".generated.go"
		if byName[name] == nil {
			byName[name] = newFile(name, w.pkg)
		}
		return byName[name]
	}
	for _, o := range w.data.Objects {
		for _, f := range o.Fields {
			if plan := w.schema.Plans[o.Name+"."+f.Name]; plan != nil && !w.hand.has(o.Name, f.Name) {
				if plan.Kind == schema.Connected || plan.Kind == schema.Completed {
					w.resolver(fileOf(w.declared(o.Name, f.Name)), o, f, plan)
				}
			}
		}
	}
	for _, con := range w.schema.Connectors {
		f := fileOf(sdlFile(con.At))
		if err := w.connector(f, con); err != nil {
			return nil, err
		}
	}
	files := []*file{w.sources()}
	for _, f := range byName {
		if f.name == files[0].name {
			return nil, fmt.Errorf("an SDL file cannot be called sources.graphqls: %s is the compiler's own", f.name)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b *file) int { return strings.Compare(a.name, b.name) })
	return files, nil
}

// declared is the SDL file in which a field stands.
func (w *writer) declared(typeName, fieldName string) string {
	return w.schema.AST.Types[typeName].Fields.ForName(fieldName).Position.Src.Name
}

func sdlFile(at string) string {
	name, _, _ := strings.Cut(at, ":")
	return name
}

// field is gqlgen's view of a field: its Go name and type.
func (w *writer) field(typeName, fieldName string) *codegen.Field {
	for _, f := range w.byName[typeName].Fields {
		if f.Name == fieldName {
			return f
		}
	}
	return nil
}

// hash changes with all that decides what a connector makes of an answer.
func hash(con *schema.Connector, code string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s", con.Returns.String(), con.Selection.Source)
	for line := range strings.Lines(code) {
		if !strings.HasPrefix(line, "//") { // comments name lines of the SDL
			io.WriteString(h, line) //nolint:errcheck // a hash does not fail
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

func hiddenName(key string) string { return "Hidden" + templates.ToGo(key) }

// quoted is a Go string literal, in backquotes where that reads better.
func quoted(s string) string {
	if strings.ContainsAny(s, "\n\"\\") && strconv.CanBackquote(strings.ReplaceAll(s, "\n", "")) && !strings.Contains(s, "`") {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
