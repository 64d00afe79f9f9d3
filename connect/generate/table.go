package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
)

// A writer writes the Go of a graph, as gqlgen sees it.
type writer struct {
	*compiler

	data   *codegen.Data
	pkg    string
	names  names
	byName map[string]*codegen.Object
	roots  map[*codegen.Object]string // what the resolver of an object embeds
}

func newWriter(c *compiler, data *codegen.Data) *writer {
	w := &writer{
		compiler: c, data: data, pkg: data.Config.Resolver.Package, names: newNames(c.hand.declared),
		byName: map[string]*codegen.Object{}, roots: map[*codegen.Object]string{},
	}
	w.names.ofImport(data.Config.Model.ImportPath(), data.Config.Model.Package)
	for _, o := range data.Objects {
		w.byName[o.Name] = o
		w.names[resolverType(o.Name)], w.names[methodsType(o)] = declared, declared
		for _, f := range o.Fields {
			known := names{}
			for _, a := range f.Args {
				a.VarName = known.unused(w.names.parameter(a.VarName))
			}
		}
	}
	for _, o := range data.Objects {
		w.roots[o] = "Resolver"
		if w.hand.has(o.Name, "resolver") {
			w.roots[o] = w.names.of(o.Name + ".root")
		}
	}
	return w
}

// methodsType is the interface of the methods that resolve fields of a type.
func methodsType(o *codegen.Object) string { return templates.UcFirst(o.Name) + "Fields" }

// fieldsByHand are the fields of o that methods resolve.
func (w *writer) fieldsByHand(o *codegen.Object) []*codegen.Field {
	return slices.DeleteFunc(slices.Clone(o.Fields), func(f *codegen.Field) bool {
		return f.IsReserved() || !w.hand.has(o.Name, f.Name)
	})
}

// table writes what the engine calls for the fields by hand, and their signatures.
func (w *writer) table() *file {
	f := newFile("fields.generated.go", w.pkg, w.names)
	for _, o := range w.data.Objects {
		if fields := w.fieldsByHand(o); len(fields) > 0 {
			w.signatures(f, o, fields)
		}
	}
	connect := f.imported(connectPath, "connect")
	f.printf("\n// Fields are the fields of the graph that methods of r resolve.\n")
	f.printf("func Fields(r *Resolver) %s.Fields {\n", connect)
	f.printf("return %s.Fields{\nMethods: map[string]%s.Method{\n", connect, connect)
	for _, o := range w.data.Objects {
		for _, field := range w.fieldsByHand(o) {
			f.printf("%q: %s,\n", o.Name+"."+field.Name, w.method(f, o, field))
		}
	}
	f.printf("},\n%s}\n}\n", w.types(f))
	return f
}

// signatures writes the interface that the methods of a type have to fit, and the
// type that has them.
func (w *writer) signatures(f *file, o *codegen.Object, fields []*codegen.Field) {
	name, root := resolverType(o.Name), w.roots[o]
	f.printf("\n// %s are the methods that resolve fields of %s.\ntype %s interface {\n", methodsType(o), o.Name, methodsType(o))
	for _, field := range fields {
		f.printf("%s%s\n", field.GoFieldName, w.signature(f, o, field))
	}
	f.printf("}\n")
	if root != "Resolver" {
		f.printf("\ntype %s = Resolver\n", root)
	}
	f.printf("\ntype %s struct{ *%s }\n", name, root)
	f.printf("\n// %s resolves fields of %s.\nfunc (r *Resolver) %s() %s { return &%s{r} }\n",
		templates.UcFirst(o.Name), o.Name, templates.UcFirst(o.Name), methodsType(o), name)
}

// signature is that of the method of a field.
func (w *writer) signature(f *file, o *codegen.Object, field *codegen.Field) string {
	params := []string{"ctx " + f.use("context") + ".Context"}
	result := f.typeName(field.TypeReference.GO)
	switch parent := f.typeName(o.Reference()); {
	case o.Root:
	case field.IsBatch():
		params = append(params, "objs []"+parent)
		result = "[]" + result
	default:
		params = append(params, "obj "+parent)
	}
	for _, a := range field.Args {
		params = append(params, a.VarName+" "+f.typeName(a.TypeReference.GO))
	}
	return fmt.Sprintf("(%s) (%s, error)", strings.Join(params, ", "), result)
}

// method is the entry of one field in the table.
func (w *writer) method(f *file, o *codegen.Object, field *codegen.Field) string {
	context, connect := f.use("context"), f.imported(connectPath, "connect")
	kind, params, given, result := "Root", "", []string{"ctx"}, f.typeName(field.TypeReference.GO)
	switch parent := f.typeName(o.Reference()); {
	case o.Root:
	case field.IsBatch():
		kind, params, given, result = "Many", "objs []"+parent+", ", append(given, "objs"), "[]"+result
	default:
		kind, params, given = "Single", "obj "+parent+", ", append(given, "obj")
	}
	args := "_ struct{}"
	if len(field.Args) > 0 {
		var members strings.Builder
		known := names{}
		for _, a := range field.Args {
			name := known.unused(templates.ToGo(a.Name))
			fmt.Fprintf(&members, "%s %s `json:%q`\n", name, f.typeName(a.TypeReference.GO), a.Name)
			given = append(given, "args."+name)
		}
		args = "args struct {\n" + members.String() + "}"
	}
	return fmt.Sprintf("%s.%s(func(ctx %s.Context, %s%s) (%s, error) {\nreturn r.%s().%s(%s)\n})",
		connect, kind, context, params, args, result, templates.UcFirst(o.Name), field.GoFieldName, strings.Join(given, ", "))
}

// types are the models that may stand where one of several types may: records have
// their names.
func (w *writer) types(f *file) string {
	var b strings.Builder
	for _, o := range w.data.Objects {
		if abstract := len(w.data.Schema.GetImplements(w.data.Schema.Types[o.Name])) > 0; !abstract || o.Root || o.IsMap() || !w.anyByHand() {
			continue
		}
		fmt.Fprintf(&b, "%s: %s.TypeFor[%s](),\n", strconv.Quote(o.Name), f.use("reflect"), f.typeName(o.Type))
	}
	if b.Len() == 0 {
		return ""
	}
	return fmt.Sprintf("Types: map[string]%s.Type{\n%s},\n", f.use("reflect"), b.String())
}

// anyByHand says whether a method resolves any field.
func (w *writer) anyByHand() bool {
	return slices.ContainsFunc(w.data.Objects, func(o *codegen.Object) bool { return len(w.fieldsByHand(o)) > 0 })
}
