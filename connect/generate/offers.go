package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/schema"
)

// fetching finds the types below which something may be fetched, and names the
// functions that make the offers there: types with fields of connectors or
// entities, and those that lead to them.
func (w *writer) fetching() map[string]string {
	found := map[string]string{}
	for changed := true; changed; {
		changed = false
		for _, o := range w.data.Objects {
			if found[o.Name] != "" || o.Root {
				continue
			}
			for _, f := range o.Fields {
				if found[o.Name] == "" && (w.fetches(o, f) || w.leads(f) && found[f.Type.Name()] != "") {
					found[o.Name], changed = w.names.of("offer."+o.Name), true
				}
			}
		}
		for _, def := range w.abstracts() {
			if found[def.Name] == "" && len(w.membersIn(def, found)) > 0 {
				found[def.Name], changed = w.names.of("offer."+def.Name), true
			}
		}
	}
	return found
}

// abstracts are the interfaces and unions that answers lead to, by name.
func (w *writer) abstracts() []*codegen.Interface {
	var all []*codegen.Interface
	for _, o := range w.data.Objects {
		for _, f := range o.Fields {
			i := w.data.Interfaces[f.Type.Name()]
			if i != nil && (w.fetches(o, f) || w.leads(f)) && !slices.Contains(all, i) {
				all = append(all, i)
			}
		}
	}
	slices.SortFunc(all, func(a, b *codegen.Interface) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// membersIn are the objects of an interface or union; with m, those that are keys
// of it.
func (w *writer) membersIn(i *codegen.Interface, m map[string]string) []*codegen.Object {
	var objects []*codegen.Object
	for _, o := range w.data.Objects {
		if (m == nil || m[o.Name] != "") && slices.Contains(w.typeNames(w.schema.AST.Types[o.Name]), i.Name) {
			objects = append(objects, o)
		}
	}
	return objects
}

// offerAbstract writes the function that makes the offers below objects of
// several types.
func (w *writer) offerAbstract(f *file, i *codegen.Interface) {
	c := f.use(connectPath)
	f.printf("\n// %s offers what is asked for below objects of type %s.\n", w.below[i.Name], i.Name)
	f.printf("func %s(o *%s.Offers, objs []%s) {\n", w.below[i.Name], c, f.typeName(i.Type))
	for _, o := range w.membersIn(i, w.below) {
		f.printf("%s(o, %s.Of[%s](objs))\n", w.below[o.Name], c, f.typeName(o.Reference()))
	}
	f.printf("}\n")
}

// fetches says whether a field is resolved by a connector or an entity.
func (w *writer) fetches(o *codegen.Object, f *codegen.Field) bool {
	p := w.schema.Plans[o.Name+"."+f.Name]
	return p != nil && (p.Kind == schema.Connected || p.Kind == schema.Completed) && !w.hand.has(o.Name, f.Name)
}

// leads says whether a field holds objects that are part of the parent's model.
func (w *writer) leads(f *codegen.Field) bool {
	def := w.schema.AST.Types[f.Type.Name()]
	return isComposite(def) && f.IsVariable() && !f.IsResolver && len(f.Args) == 0 &&
		(w.byName[def.Name] != nil || w.data.Interfaces[def.Name] != nil) && !strings.HasPrefix(f.Name, "__")
}

// offer writes the function that makes the offers below objects of a type.
func (w *writer) offer(f *file, o *codegen.Object) {
	c := f.use(connectPath)
	def := w.schema.AST.Types[o.Name]
	f.printf("\n// %s offers what is asked for below objects of type %s.\n", w.below[o.Name], o.Name)
	f.printf("func %s(o *%s.Offers, objs []%s) {\n", w.below[o.Name], c, f.typeName(o.Reference()))
	names := w.typeNames(def)
	f.printf("objs = %s.Present(objs)\nfor _, f := range o.Fields(%s) {\nswitch f.Name {\n", c, quotedList(names))
	for _, field := range o.Fields {
		if body := w.offerField(f, o, field); body != "" {
			f.printf("case %q:\n%s\n", field.Name, body)
		}
	}
	f.printf("}\n}\n}\n")
}

func quotedList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = fmt.Sprintf("%q", n)
	}
	return strings.Join(quoted, ", ")
}

// offerField is what is offered at one field; "" for nothing.
func (w *writer) offerField(f *file, o *codegen.Object, field *codegen.Field) string {
	c := f.use(connectPath)
	r := fieldWriter{writer: w, file: f, object: o, field: field, plan: w.schema.Plans[o.Name+"."+field.Name]}
	switch {
	case w.fetches(o, field) && r.plan.Kind == schema.Completed && w.data.Interfaces[field.Type.Name()] != nil:
		return r.offerTypes()
	case w.fetches(o, field) && r.plan.Kind == schema.Completed:
		return strings.TrimSuffix(r.offerParts(field.Type.Name(), w.through(f, o, field)), "\n")
	case w.fetches(o, field):
		con := r.plan.Connectors[0]
		return fmt.Sprintf("%s.OfferEach(f, %s, objs, %s)", c, w.vars[con], r.thisName())
	case w.leads(field) && w.below[field.Type.Name()] != "":
		return fmt.Sprintf("%s(f.Below(), %s)", w.below[field.Type.Name()], w.through(f, o, field))
	}
	return ""
}

// offerTypes is what is offered at a field whose objects are of several types:
// what completes those of some, and what is asked for below those of others.
func (r fieldWriter) offerTypes() string {
	var b strings.Builder
	fmt.Fprintf(&b, "parts := %s\n", r.through(r.file, r.object, r.field))
	for _, o := range r.membersIn(r.data.Interfaces[r.field.Type.Name()], nil) {
		parts := fmt.Sprintf("%s[%s](parts)", r.connect("Of"), r.file.typeName(o.Reference()))
		b.WriteString(r.offerParts(o.Name, parts))
	}
	return b.String()
}

// offerParts is what is offered of parts of one type: what completes them, and
// what is asked for below them.
func (r fieldWriter) offerParts(typeName, parts string) string {
	entities, below := r.entities[r.object.Name+"."+r.field.Name+"."+typeName], r.below[typeName]
	if len(entities) == 0 {
		if below == "" {
			return ""
		}
		return fmt.Sprintf("%s(f.Below(), %s)\n", below, parts)
	}
	var b strings.Builder
	for i, entity := range entities {
		offer := ""
		if i == len(entities)-1 && below != "" {
			offer = ", " + below
		}
		fmt.Fprintf(&b, "%s(f, %s, %s%s)\n", r.connect("OfferParts"), entity, parts, offer)
	}
	return b.String()
}

// through is the Go expression for the objects that a field leads to.
func (w *writer) through(f *file, o *codegen.Object, field *codegen.Field) string {
	c := f.use(connectPath)
	call := "Through"
	value := "o." + w.goField(o.Name, field.Name)
	goType := field.TypeReference.GO
	if depth := listDepth(field.Type); depth > 0 {
		call = "ThroughList"
		for range depth - 1 {
			value = fmt.Sprintf("%s.Flat(%s)", c, value)
			goType = field.TypeReference.Elem().GO
		}
	}
	return fmt.Sprintf("%s.%s(objs, func(o %s) %s { return %s })", c, call, f.typeName(o.Reference()), f.typeName(goType), value)
}

func listDepth(t *ast.Type) int {
	depth := 0
	for ; t.Elem != nil; t = t.Elem {
		depth++
	}
	return depth
}

// offering is the last argument of a resolver's call: what offers below its
// value. "" where nothing is fetched below.
func (r fieldWriter) offering(depth int) string {
	offer := r.below[r.field.Type.Name()]
	if offer == "" {
		return ""
	}
	if depth == 0 {
		return ", " + offer
	}
	goType := r.file.typeName(r.field.TypeReference.GO)
	values := "values"
	for range depth {
		values = fmt.Sprintf("%s(%s)", r.connect("Flat"), values)
	}
	return fmt.Sprintf(", func(o *%s, values []%s) { %s(o, %s) }", r.connect("Offers"), goType, offer, values)
}
