package main

import (
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"

	"holdfast/connect/schema"
)

// oraclePath is where the resolvers of oracles ask.
const oraclePath = "holdfast/connect/oracle"

// oracle writes a resolver for each field that is not part of its parent: gqlgen's
// executor calls them, and the engine has to answer as it does.
func (w *writer) oracle() *file {
	f := newFile("fields.generated.go", w.data.Config.Exec.Package, newNames(nil))
	hand := f.use(w.data.Config.Resolver.ImportPath())
	f.printf("\n// Resolver is the root of all resolvers.\ntype Resolver struct{ Hand *%s.Resolver }\n", hand)
	for _, o := range w.data.Objects {
		if !o.HasResolvers() {
			continue
		}
		name := resolverType(o.Name)
		f.printf("\ntype %s struct{ root *Resolver }\n", name)
		f.printf("\n// %s resolves the fields of %s.\nfunc (r *Resolver) %s() %s { return &%s{r} }\n",
			templates.UcFirst(o.Name), o.Name, templates.UcFirst(o.Name), templates.UcFirst(o.Name)+"Resolver", name)
		for _, field := range o.Fields {
			if field.IsResolver || field.IsBatch() {
				f.printf("\n// %s is %s.%s.\nfunc (r *%s) %s%s {\nreturn %s\n}\n", field.GoFieldName, o.Name, field.Name,
					name, field.GoFieldName, w.signature(f, o, field), w.oracleBody(f, o, field))
			}
		}
	}
	f.printf("\n// Types are the models by the names of their types.\nvar Types = map[string]%s.Type{\n", f.use("reflect"))
	for _, o := range w.data.Objects {
		if !o.Root && !o.IsMap() && !strings.HasPrefix(o.Name, "__") {
			f.printf("%q: %s.TypeFor[%s](),\n", o.Name, f.use("reflect"), f.typeName(o.Type))
		}
	}
	f.printf("}\n")
	return f
}

// oracleBody is the call that resolves a field.
func (w *writer) oracleBody(f *file, o *codegen.Object, field *codegen.Field) string {
	given := "ctx"
	if !o.Root {
		given += ", " + map[bool]string{true: "objs", false: "obj"}[field.IsBatch()]
	}
	if w.hand.has(o.Name, field.Name) {
		n := "1"
		if field.IsBatch() {
			n = "len(objs)"
		}
		all := []string{fmt.Sprintf("%s.ByHand(ctx, %q, %s)%s", f.use(oraclePath), o.Name+"."+field.Name, n, strings.TrimPrefix(given, "ctx"))}
		for _, a := range field.Args {
			all = append(all, a.VarName)
		}
		return fmt.Sprintf("r.root.Hand.%s().%s(%s)", templates.UcFirst(o.Name), field.GoFieldName, strings.Join(all, ", "))
	}
	oracle, result := f.use(oraclePath), f.typeName(field.TypeReference.GO)
	coordinate := o.Name + "." + field.Name
	switch w.schema.Plans[coordinate].Kind {
	case schema.Recorded:
		return fmt.Sprintf("%s.Recorded[%s]()", oracle, result)
	case schema.Completed:
		part := fmt.Sprintf("func(o %s) %s { return o.%s }", f.typeName(o.Reference()), result, w.goField(o.Name, field.Name))
		return fmt.Sprintf("%s.Completed(%s, %q, %s)", oracle, given, coordinate, part)
	}
	args := make([]string, 0, len(field.Args))
	for _, a := range field.Args {
		args = append(args, fmt.Sprintf("%q: %s", a.Name, a.VarName))
	}
	kind := "One"
	if !o.Root {
		kind = "Each"
	}
	return fmt.Sprintf("%s.%s[%s](%s, %q, %s.Args{%s})", oracle, kind, result, given, coordinate, oracle, strings.Join(args, ", "))
}

// goField is the name of a field in its Go model.
func (w *writer) goField(typeName, fieldName string) string {
	if name := w.data.Config.Models[typeName].Fields[fieldName].FieldName; name != "" {
		return name
	}
	return templates.ToGo(fieldName)
}

func hiddenName(key string) string { return "Hidden" + templates.ToGo(key) }
