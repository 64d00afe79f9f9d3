package main

import (
	"fmt"
	"slices"
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
	switch {
	case r.plan.Kind == schema.Completed:
		return ": its parent has a part, and connector " + r.plan.Entity.Coordinate + " the rest"
	case r.plan.Entity != nil:
		return ", completed by connector " + r.plan.Entity.Coordinate
	}
	return ""
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
	sources := "r.Sources"
	if r.resolves(r.object, "Sources") {
		sources = "r." + r.roots[r.object] + ".Sources" // r has a method of that name
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
	if r.plan.Entity == nil {
		from := r.api(con) + ", " + r.vars[con]
		if len(r.plan.Connectors) > 1 {
			call, from = call+"Of", r.choices()
		}
		return fmt.Sprintf("%s(ctx, %s, %s%s%s)",
			r.connect(call), from, parents, r.args(), r.offering(listDepth(r.field.Type)))
	}
	switch list := r.field.Type.Elem != nil; {
	case list && r.object.Root:
		call = "ListCompleted"
	case list:
		call = "EachListCompleted"
	default:
		call += "Completed"
	}
	return fmt.Sprintf("%s(ctx, %s, %s, %s%s, %s, %s%s)",
		r.connect(call), r.api(con), r.vars[con], parents, r.args(), r.api(r.plan.Entity), r.entity(), r.offering(0))
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
	f.printf("\n// %s is what %s reads of its parent.\n", r.thisName(), con.Coordinate)
	f.printf("func %s(o %s) %s {\nreturn %s\n}\n",
		r.thisName(), f.typeName(r.object.Reference()), r.connect("Value"), r.keyObject(con.Type, slices.Compact(read)))
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

// keyObject is an object of some fields of the model o.
func (r fieldWriter) keyObject(def *ast.Definition, names []string) string {
	var members []string
	for _, name := range names {
		members = append(members, fmt.Sprintf("%s(%q, o.%s)", r.connect("Field"), name, r.goField(def.Name, name)))
	}
	return fmt.Sprintf("%s(%s)", r.connect("This"), strings.Join(members, ", "))
}

// completed is the body for a field of which the parent has a part.
func (r fieldWriter) completed() string {
	call := "Complete"
	if r.field.Type.Elem != nil {
		call = "CompleteList"
	}
	return fmt.Sprintf("%s(ctx, %s, %s, objs, func(o %s) %s { return o.%s }%s)",
		r.connect(call), r.api(r.plan.Entity), r.entity(),
		r.file.typeName(r.object.Reference()), r.file.typeName(r.field.TypeReference.GO),
		r.goField(r.object.Name, r.field.Name), r.offering(0))
}

// entity writes how objects at this field are completed and returns its name.
func (r fieldWriter) entity() string {
	name := r.name(r.object.Name + "." + r.field.Name + ".entity")
	r.entities[r.object.Name+"."+r.field.Name] = name
	con := r.plan.Entity
	def := r.schema.AST.Types[r.field.Type.Name()]
	target := r.file.typeName(r.byName[def.Name].Type)

	f := r.file
	f.printf("\n// %s completes %s.%s.\n", name, r.object.Name, r.field.Name)
	f.printf("var %s = &%s[%s]{\nConnector: %s,\n", name, r.connect("Entity"), target, r.vars[con])
	f.printf("%s", stringsField("Types", r.typeNames(def)))
	f.printf("%s", stringsField("Provided", r.plan.Provided))
	f.printf("%s", r.needs(def))
	f.printf("Key: func(o *%s) %s {\nreturn %s\n},\n", target, r.connect("Value"), r.keyObject(def, con.Key))
	if con.Entity && con.Field != nil {
		f.printf("AsArgs: true,\n")
	}
	f.printf("%s}\n", r.merge(con, target))
	return name
}

// needs lists what connectors of the entity's own fields read of it.
func (r fieldWriter) needs(def *ast.Definition) string {
	var b strings.Builder
	for _, field := range def.Fields {
		plan := r.schema.Plans[def.Name+"."+field.Name]
		if plan == nil || plan.Kind != schema.Connected || r.hand.has(def.Name, field.Name) {
			continue
		}
		var names []string
		for _, con := range plan.Connectors {
			names = append(names, con.This...)
		}
		slices.Sort(names)
		fmt.Fprintf(&b, "%q: %s,\n", field.Name, stringList(slices.Compact(names)))
	}
	if b.Len() == 0 {
		return ""
	}
	return "Needs: map[string][]string{\n" + b.String() + "},\n"
}

// merge is needed when the part has what the whole does not.
func (r fieldWriter) merge(con *schema.Connector, target string) string {
	var only []string
	for _, name := range r.plan.Provided {
		if !slices.ContainsFunc(con.Yields.Fields, func(s *schema.Selected) bool { return s.Name == name }) {
			only = append(only, name)
		}
	}
	if only == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Merge: func(part, whole *%s) *%s {\nmerged := *whole\n", target, target)
	for _, name := range only {
		goName := r.goField(r.field.Type.Name(), name)
		fmt.Fprintf(&b, "merged.%s = part.%s\n", goName, goName)
	}
	b.WriteString("return &merged\n},\n")
	return b.String()
}
