package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// A writer writes the resolvers of a schema as Go.
type writer struct {
	schema *schema.Schema
	hand   byHand
	values []string
	data   *codegen.Data
	pkg    string

	names  names
	apis   map[*schema.Source]string    // fields of Sources
	vars   map[*schema.Connector]string // of connectors
	roots  map[*codegen.Object]string   // what the resolver of an object embeds
	byName map[string]*codegen.Object

	pages    map[*schema.Connector]string // variables of connectors for one page
	entities map[string][]string          // variables of entities, by the coordinate of their field
	parents  map[string]string            // functions of what connectors read of a parent, likewise
	below    map[string]string            // functions that offer, by the type below which something may be fetched
}

func newWriter(c *Compiler, data *codegen.Data) *writer {
	w := &writer{
		schema: c.schema, hand: c.hand, values: c.values, data: data, pkg: data.Config.Resolver.Package,
		names: newNames(c.hand.declared), apis: map[*schema.Source]string{}, roots: map[*codegen.Object]string{},
		vars: map[*schema.Connector]string{}, byName: map[string]*codegen.Object{},
		pages: map[*schema.Connector]string{}, entities: map[string][]string{}, parents: map[string]string{},
	}
	w.names.ofImport(data.Config.Model.ImportPath(), data.Config.Model.Package)
	w.names.ofImport(data.Config.Exec.ImportPath(), data.Config.Exec.Package)
	for _, o := range data.Objects {
		w.byName[o.Name] = o
		w.names[resolverType(o.Name)] = declared
	}
	for _, o := range data.Objects {
		w.roots[o] = "Resolver"
		if w.resolves(o, "Resolver") {
			w.roots[o] = w.name(o.Name + ".root")
		}
	}
	fields := names{}
	for _, s := range w.schema.Sources {
		w.apis[s] = fields.unused(fieldOf(s.Name))
	}
	for _, con := range w.schema.Connectors {
		name := string(con.ID)
		if con.Field == nil && strings.HasPrefix(name, con.Type.Name) {
			name = con.Type.Name + "ByKey" + strings.TrimPrefix(name, con.Type.Name)
		}
		w.vars[con] = w.name(name)
	}
	w.nameParameters()
	return w
}

// nameParameters gives arguments of fields names that hide nothing, here and in
// the interfaces that gqlgen writes.
func (w *writer) nameParameters() {
	for _, o := range w.data.Objects {
		for _, f := range o.Fields {
			for _, a := range f.Args {
				a.VarName = w.names.parameter(a.VarName)
			}
		}
	}
}

// name is a package-level name made of text, such as queryOrder of Query.order.
func (w *writer) name(text string) string { return w.names.of(text) }

// files are sources.generated.go and one file for each SDL file that has
// connectors or completed fields.
func (w *writer) files() ([]*file, error) {
	if err := w.checkRoot(); err != nil {
		return nil, err
	}
	byName := map[string]*file{}
	fileOf := func(sdl string) *file {
		name := strings.TrimSuffix(path.Base(sdl), path.Ext(sdl)) + ".generated.go"
		if byName[name] == nil {
			byName[name] = newFile(name, w.pkg, w.names)
		}
		return byName[name]
	}
	w.below = w.fetching()
	for _, o := range w.data.Objects {
		for _, f := range o.Fields {
			if plan := w.schema.Plans[o.Name+"."+f.Name]; plan != nil && !w.hand.has(o.Name, f.Name) {
				if plan.Kind == schema.Connected || plan.Kind == schema.Completed {
					w.resolver(fileOf(w.declared(o.Name, f.Name)), o, f, plan)
				}
			}
		}
	}
	for _, o := range w.data.Objects {
		if w.below[o.Name] != "" {
			w.offer(fileOf(w.schema.AST.Types[o.Name].Position.Src.Name), o)
		}
	}
	for _, i := range w.abstracts() {
		if w.below[i.Name] != "" {
			w.offerAbstract(fileOf(w.schema.AST.Types[i.Name].Position.Src.Name), i)
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

// goField is the name of a field in its Go model.
func (w *writer) goField(typeName, fieldName string) string {
	isHidden := func(o *schema.Object) bool { return o.Type.Name == typeName && slices.Contains(o.Hidden, fieldName) }
	if slices.ContainsFunc(w.schema.Objects, isHidden) {
		return hiddenName(fieldName)
	}
	if name := w.data.Config.Models[typeName].Fields[fieldName].FieldName; name != "" {
		return name
	}
	return templates.ToGo(fieldName)
}

// typeNames are the names that objects of def go by in fragments.
func (w *writer) typeNames(def *ast.Definition) []string {
	names := []string{def.Name}
	for _, abstract := range w.schema.AST.GetImplements(def) {
		names = append(names, abstract.Name)
	}
	slices.Sort(names[1:])
	return names
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
