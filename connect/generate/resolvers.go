package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// resolver writes the method that resolves one field.
func (w *writer) resolver(f *file, o *codegen.Object, field *codegen.Field, plan *schema.Plan) {
	r := fieldWriter{writer: w, file: f, object: o, field: field, plan: plan}
	var body string
	if plan.Kind == schema.Connected {
		body = r.connected()
	} else {
		body = r.completed()
	}
	f.printf("\n// %s is %s.%s%s.\n", field.GoFieldName, o.Name, field.Name, r.how())
	f.printf("func (r *%s) %s(%s) (%s, error) {\nreturn %s\n}\n",
		resolverType(o.Name), field.GoFieldName, r.parameters(), r.results(), body)
}

// A fieldWriter writes the resolver of one field.
type fieldWriter struct {
	*writer
	file   *file
	object *codegen.Object
	field  *codegen.Field
	plan   *schema.Plan
}

func (r fieldWriter) how() string {
	if len(r.plan.Completions) == 0 {
		return ""
	}
	var names []string
	for _, c := range r.plan.Completions {
		names = append(names, string(c.Entity.ID))
	}
	by := "connector " + names[0]
	if len(names) > 1 {
		by = "connectors " + strings.Join(names, ", ")
	}
	if r.plan.Kind == schema.Completed {
		return ": its parent has a part, and " + by + " the rest"
	}
	return ", completed by " + by
}

func (r fieldWriter) parameters() string {
	params := []string{"ctx " + r.file.use("context") + ".Context"}
	if !r.object.Root {
		params = append(params, "objs []"+r.file.typeName(r.object.Reference()))
	}
	for _, a := range r.field.Args {
		params = append(params, a.VarName+" "+r.file.typeName(a.TypeReference.GO))
	}
	return strings.Join(params, ", ")
}

func (r fieldWriter) results() string {
	t := r.file.typeName(r.field.TypeReference.GO)
	if !r.object.Root {
		t = "[]" + t
	}
	return t
}

// api is the Go expression for a connector's source.
func (r fieldWriter) api(con *schema.Connector) string {
	sources := "r." + r.hand.sources
	if r.resolves(r.object, r.hand.sources) {
		sources = "r." + r.roots[r.object] + "." + r.hand.sources // r has a method of that name
	}
	return sources + "." + r.apis[con.Source]
}

func (r fieldWriter) connect(name string) string { return r.file.use(connectPath) + "." + name }

func (r fieldWriter) args() string {
	if len(r.field.Args) == 0 {
		return "nil"
	}
	var pairs []string
	for _, a := range r.field.Args {
		pairs = append(pairs, fmt.Sprintf("%q: %s", a.Name, a.VarName))
	}
	return fmt.Sprintf("%s{%s}", r.connect("Args"), strings.Join(pairs, ", "))
}

// connected is the body for a field with a connector of its own.
func (r fieldWriter) connected() string {
	con := r.plan.Connectors[0]
	call, parents := "One", ""
	if !r.object.Root {
		call, parents = "Each", fmt.Sprintf("objs, %s, ", r.this(con))
	}
	if len(r.plan.Completions) == 0 {
		from := r.api(con) + ", " + r.vars[con]
		if len(r.plan.Connectors) > 1 {
			call, from = call+"Of", r.choices()
		}
		return fmt.Sprintf("%s(ctx, %s, %s%s%s)",
			r.connect(call), from, parents, r.args(), r.offering(listDepth(r.field.Type)))
	}
	shape := r.listed()
	if shape == "" || !r.object.Root {
		shape = call + shape
	}
	call = shape + "Completed"
	only := r.only()
	if only == nil {
		return fmt.Sprintf("%s(ctx, %s, %s, %s%s, %s)", r.connect(call+"ByType"), r.api(con), r.vars[con], parents, r.args(), r.byType())
	}
	return fmt.Sprintf("%s(ctx, %s, %s, %s%s, %s, %s%s)",
		r.connect(call), r.api(con), r.vars[con], parents, r.args(), r.api(only.Entity), r.entity(*only, false), r.offering(0))
}

// choices is the Go expression for the alternatives, in their order.
func (r fieldWriter) choices() string {
	var b strings.Builder
	fmt.Fprintf(&b, "[]%s[%s]{\n", r.connect("Choice"), r.file.typeName(r.field.TypeReference.GO))
	for _, con := range r.plan.Connectors {
		fmt.Fprintf(&b, "{API: %s, Connector: %s},\n", r.api(con), r.vars[con])
	}
	return b.String() + "}"
}

// this writes the function that gives what the field's connectors read of a
// parent, and returns its name.
func (r fieldWriter) this(con *schema.Connector) string {
	f := r.file
	var read []string
	for _, c := range r.plan.Connectors {
		read = append(read, c.This...)
	}
	slices.Sort(read)
	f.printf("\n// %s is what %s reads of its parent.\n", r.thisName(), con.ID)
	f.printf("func %s(o %s) %s {\nreturn %s\n}\n",
		r.thisName(), f.typeName(r.object.Reference()), r.connect("Value"), r.keyObject(con.Type, slices.Compact(read), readBelow("$this", r.plan.Connectors...)))
	return r.thisName()
}

// thisName is the name of that function.
func (r fieldWriter) thisName() string {
	coordinate := r.object.Name + "." + r.field.Name
	if r.parents[coordinate] == "" {
		r.parents[coordinate] = r.names.of(coordinate + ".this")
	}
	return r.parents[coordinate]
}

// keyObject is an object of some fields of the model o; below says what is read
// of those that are objects.
func (r fieldWriter) keyObject(def *ast.Definition, names []string, below map[string][]string) string {
	var members []string
	for _, name := range names {
		args := []string{strconv.Quote(name), "o." + r.goField(def.Name, name)}
		for _, path := range below[name] {
			args = append(args, strconv.Quote(path))
		}
		members = append(members, fmt.Sprintf("%s(%s)", r.connect("Field"), strings.Join(args, ", ")))
	}
	return fmt.Sprintf("%s(%s)", r.connect("This"), strings.Join(members, ", "))
}

// completed is the body for a field of which the parent has a part.
func (r fieldWriter) completed() string {
	part := fmt.Sprintf("func(o %s) %s { return o.%s }", r.file.typeName(r.object.Reference()),
		r.file.typeName(r.field.TypeReference.GO), r.goField(r.object.Name, r.field.Name))
	call := r.connect("Complete" + r.listed())
	only := r.only()
	if only == nil {
		return fmt.Sprintf("%sByType(ctx, objs, %s, %s)", call, part, r.byType())
	}
	return fmt.Sprintf("%s(ctx, %s, %s, objs, %s%s)", call, r.api(only.Entity), r.entity(*only, false), part, r.offering(0))
}

// listed is the part of a function's name that says how deep lists are.
func (r fieldWriter) listed() string {
	return []string{"", "List", "Grid"}[listDepth(r.field.Type)]
}
