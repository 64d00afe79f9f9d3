package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

// unite prepares files that were written apart to be one schema: directives get
// their own names, and what several services of a federated graph declare is
// declared once: root types, shared types, sources. Files that carry a @link to
// connectors were such services.
func unite(docs []*ast.SchemaDocument) {
	names := dialectOf(docs)
	for _, doc := range docs {
		names.plain(doc)
	}
	docs = slices.DeleteFunc(slices.Clone(docs), func(doc *ast.SchemaDocument) bool { return !isService(doc) })
	uniteSources(docs)
	uniteEntries(docs)
	uniteTypes(docs)
}

func isService(doc *ast.SchemaDocument) bool {
	return slices.ContainsFunc(links([]*ast.SchemaDocument{doc}), func(d *ast.Directive) bool {
		s, ok := linked(d)
		return ok && s.name == "connect"
	})
}

// uniteTypes leaves one definition of each type, the first, with what the others
// say beyond it.
func uniteTypes(docs []*ast.SchemaDocument) {
	first := map[string]*ast.Definition{}
	for _, doc := range docs {
		mine := map[string]bool{}
		doc.Definitions = slices.DeleteFunc(doc.Definitions, func(def *ast.Definition) bool {
			other := first[def.Name]
			if other == nil {
				first[def.Name], mine[def.Name] = def, true
				return false
			}
			if mine[def.Name] || !repeats(def, other) {
				return false // a mistake, and GraphQL's own words are best
			}
			join(other, def)
			return true
		})
	}
}

// uniteEntries leaves one schema definition; the others extend it.
func uniteEntries(docs []*ast.SchemaDocument) {
	var entry *ast.SchemaDefinition
	for _, doc := range docs {
		if len(doc.Schema) != 1 {
			continue
		}
		s := doc.Schema[0]
		if entry == nil {
			entry = s
			continue
		}
		s.OperationTypes = slices.DeleteFunc(s.OperationTypes, func(o *ast.OperationTypeDefinition) bool {
			return slices.ContainsFunc(entry.OperationTypes, func(e *ast.OperationTypeDefinition) bool {
				return e.Operation == o.Operation && e.Type == o.Type
			})
		})
		doc.Schema, doc.SchemaExtension = nil, append(doc.SchemaExtension, s)
	}
}

// uniteSources drops a @source that another file has, word for word.
func uniteSources(docs []*ast.SchemaDocument) {
	seen := map[string]bool{}
	for _, doc := range docs {
		var mine []string
		for _, s := range slices.Concat(doc.Schema, doc.SchemaExtension) {
			s.Directives = slices.DeleteFunc(s.Directives, func(d *ast.Directive) bool {
				if d.Name != "source" {
					return false
				}
				var words []string
				for _, a := range d.Arguments {
					words = append(words, a.Name+": "+a.Value.String())
				}
				slices.Sort(words)
				mine = append(mine, strings.Join(words, ", "))
				return seen[mine[len(mine)-1]]
			})
		}
		for _, text := range mine {
			seen[text] = true
		}
	}
}

// repeats says whether a definition may be declared in two files: a root type, a
// type that federation shares, or the same once more.
func repeats(def, other *ast.Definition) bool {
	if def.Kind != other.Kind {
		return false
	}
	if def.Kind != ast.Object && def.Kind != ast.Interface {
		return text(def) == text(other)
	}
	root := slices.Contains([]string{"Query", "Mutation", "Subscription"}, def.Name)
	return root || shared(def) || shared(other) || text(def) == text(other)
}

func shared(def *ast.Definition) bool {
	marked := func(ds ast.DirectiveList) bool {
		return ds.ForName("key") != nil || ds.ForName("shareable") != nil || ds.ForName("extends") != nil
	}
	return marked(def.Directives) ||
		slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool { return marked(f.Directives) })
}

// text is a definition without its descriptions.
func text(def *ast.Definition) string {
	var b strings.Builder
	formatter.NewFormatter(&b, formatter.WithoutDescription()).FormatSchemaDocument(
		&ast.SchemaDocument{Definitions: ast.DefinitionList{def}})
	return b.String()
}

// join adds to a definition what another one of its type says beyond it: fields,
// interfaces, directives, and how a field that both have is fetched.
func join(def, more *ast.Definition) {
	for _, name := range more.Interfaces {
		if !slices.Contains(def.Interfaces, name) {
			def.Interfaces = append(def.Interfaces, name)
		}
	}
	for _, d := range more.Directives {
		if ours := slices.Contains([]string{"connect", "cache", "key"}, d.Name); ours || def.Directives.ForName(d.Name) == nil {
			def.Directives = append(def.Directives, d)
		}
	}
	for _, f := range more.Fields {
		twin := def.Fields.ForName(f.Name)
		if twin == nil || twin.Type.String() != f.Type.String() {
			def.Fields = append(def.Fields, f)
			continue
		}
		for _, name := range []string{"connect", "cache", "paginate"} {
			twin.Directives = append(twin.Directives, f.Directives.ForNames(name)...)
		}
	}
}
