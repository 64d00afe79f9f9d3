package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/templates"
)

// sources writes the APIs, and what every schema needs to be served: accessors
// and types for objects that have resolvers.
func (w *writer) sources() *file {
	f := newFile("sources.generated.go", w.pkg, w.names)
	api := f.use(connectPath) + ".API"
	f.printf("\n// Sources are the APIs that the SDL names.\ntype Sources struct {\n")
	for _, s := range w.schema.Sources {
		f.printf("%s *%s // %s\n", w.apis[s], api, s.At)
	}
	f.printf("}\n\n// NewSources opens every API with open; an error of open is returned as it is.\n")
	f.printf("func NewSources(open func(%s.Source) (*%s, error)) (*Sources, error) {\n", f.use(connectPath), api)
	f.printf("s := &Sources{}\nfields := map[string]**%s{\n", api)
	for _, s := range w.schema.Sources {
		f.printf("%q: &s.%s,\n", s.Name, w.apis[s])
	}
	f.printf("}\nfor _, source := range Declared().Sources {\na, err := open(source)\n")
	f.printf("if err != nil {\nreturn nil, err\n}\n*fields[source.Name] = a\n}\nreturn s, nil\n}\n")
	w.manifest(f)
	w.accessors(f)
	return f
}

// manifest writes what running programs need to know of the SDL.
func (w *writer) manifest(f *file) {
	c := f.use(connectPath)
	f.printf("\n// Declared is what the SDL declares.\nfunc Declared() %s.Manifest {\nreturn %s.Manifest{\n", c, c)
	f.printf("Sources: []%s.Source{\n", c)
	for _, s := range w.schema.Sources {
		f.printf("{\nName: %q,\nAt: %q,\nBaseURL: %s,\n", s.Name, s.At, quoted(s.BaseURL))
		f.printf("%s%s%s%s%s},\n", request(f, s.Request), result(f, s.Result), policy(f, s.Policy),
			stringsField("Callers", s.Callers), stringsField("Env", s.Env))
	}
	f.printf("},\n%s%s}\n}\n", stringsField("Values", w.values), stringsField("ByHand", w.byHandFields()))
}

// byHandFields are the fields of the schema that methods resolve.
func (w *writer) byHandFields() []string {
	var fields []string
	for coordinate := range w.schema.Plans {
		if typeName, fieldName, _ := strings.Cut(coordinate, "."); w.hand.has(typeName, fieldName) {
			fields = append(fields, coordinate)
		}
	}
	return fields
}

// accessors writes what graph.ResolverRoot asks for. A type with a field called
// resolver embeds the root under another name.
func (w *writer) accessors(f *file) {
	for _, o := range w.data.Objects {
		if !o.HasResolvers() {
			continue
		}
		name, root := resolverType(o.Name), w.roots[o]
		if root != "Resolver" {
			f.printf("\ntype %s = Resolver\n", root)
		}
		f.printf("\ntype %s struct{ *%s }\n", name, root)
		f.printf("\n// %s resolves the fields of %s.\n", templates.UcFirst(o.Name), o.Name)
		f.printf("func (r *Resolver) %s() %s { return &%s{r} }\n",
			templates.UcFirst(o.Name), f.typeName(o.ResolverInterface), name)
	}
}

// checkRoot says what to write by hand where the type of an accessor has the name
// under which the resolvers hold the APIs.
func (w *writer) checkRoot() error {
	for _, o := range w.data.Objects {
		if o.HasResolvers() && templates.UcFirst(o.Name) == w.hand.sources {
			return fmt.Errorf("type %s has resolvers, so Resolver has a method %s and cannot hold the APIs under that name: "+
				"write type Resolver struct{ APIs *Sources } in resolvers/", o.Name, w.hand.sources)
		}
	}
	return nil
}

// resolves says whether the resolver of o has a method called name.
func (w *writer) resolves(o *codegen.Object, name string) bool {
	return slices.ContainsFunc(o.Fields, func(f *codegen.Field) bool {
		return f.GoFieldName == name && (f.IsResolver || f.IsBatch())
	})
}
