package executor

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/mapping"
)

// A thing is one object of what __schema and __type tell: its fields stand in the
// order of [metaFields]. Things lead to each other in circles, as types do.
type thing struct {
	typeName string
	fields   []fact
}

// A fact is what a field of a [thing] has: JSON that is ready to write, one thing or
// several; nothing of these is null.
type fact struct {
	json   []byte
	one    *thing
	many   []*thing // not nil where it is a list
	living []*thing // those of many that are not deprecated
}

// metaFields are the fields of the types that introspection has.
var metaFields = map[string][]string{ //nolint:gochecknoglobals // constant
	"__Schema":     {"description", "types", "queryType", "mutationType", "subscriptionType", "directives"},
	"__Type":       {"kind", "name", "description", "specifiedByURL", "fields", "interfaces", "possibleTypes", "enumValues", "inputFields", "ofType", "isOneOf"},
	"__Field":      {"name", "description", "args", "type", "isDeprecated", "deprecationReason"},
	"__InputValue": {"name", "description", "type", "defaultValue", "isDeprecated", "deprecationReason"},
	"__EnumValue":  {"name", "description", "isDeprecated", "deprecationReason"},
	"__Directive":  {"name", "description", "isRepeatable", "locations", "args"},
}

// has are the fields of a type, as many as it has facts.
func (t *thing) has(facts ...fact) { t.fields = facts }

// fact is what the field called name has.
func (t *thing) fact(name string) fact {
	if i := slices.Index(metaFields[t.typeName], name); i >= 0 {
		return t.fields[i]
	}
	return fact{}
}

// meta is what introspection tells of one schema, in the words of graphql-js. It is
// made once and not changed.
type meta struct {
	schema *thing
	types  map[string]*thing // by how they are written: String, [String!]!
}

// newMeta tells of a schema.
func newMeta(s *ast.Schema) *meta {
	b := metaBuilder{schema: s, types: map[string]*thing{}}
	var types []*thing
	for _, def := range b.told() {
		types = append(types, b.named(def.Name))
	}
	directives := make([]*thing, 0, len(s.Directives))
	for _, d := range sortedBy(s.Directives, func(d *ast.DirectiveDefinition) string { return d.Name }) {
		directives = append(directives, b.directive(d))
	}
	root := &thing{typeName: "__Schema"}
	root.has(told(s.Description), things(types), b.root(s.Query), b.root(s.Mutation), b.root(s.Subscription), things(directives))
	return &meta{schema: root, types: b.types}
}

// told are the types that are told of: not the built-in ones that nothing uses, but
// for the two that introspection itself does.
func (b *metaBuilder) told() []*ast.Definition {
	used := map[string]bool{"String": true, "Boolean": true}
	for _, def := range b.schema.Types {
		for _, f := range def.Fields {
			used[f.Type.Name()] = true
			for _, a := range f.Arguments {
				used[a.Type.Name()] = true
			}
		}
	}
	for _, d := range b.schema.Directives {
		for _, a := range d.Arguments {
			used[a.Type.Name()] = true
		}
	}
	all := sortedBy(b.schema.Types, func(d *ast.Definition) string { return d.Name })
	return slices.DeleteFunc(all, func(d *ast.Definition) bool { return isBuiltIn(d) && !used[d.Name] })
}

func isBuiltIn(d *ast.Definition) bool {
	return d.Kind == ast.Scalar && slices.Contains([]string{"Int", "Float", "String", "Boolean", "ID"}, d.Name)
}

func sortedBy[T any](m map[string]T, name func(T) string) []T {
	all := make([]T, 0, len(m))
	for _, v := range m {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b T) int { return cmp.Compare(name(a), name(b)) })
	return all
}

// told is a text, or null where there is none.
func told(text string) fact {
	if text == "" {
		return fact{}
	}
	return word(text)
}

func word(text string) fact { return fact{json: mapping.StringValue(text).AppendJSON(nil)} }

func yes(is bool) fact {
	if is {
		return fact{json: []byte("true")}
	}
	return fact{json: []byte("false")}
}

func things(all []*thing) fact {
	if all == nil {
		all = []*thing{}
	}
	return fact{many: all, living: all}
}

// aging is a list of which some are deprecated.
func aging(all, living []*thing) fact {
	f := things(all)
	if f.living = living; living == nil {
		f.living = []*thing{}
	}
	return f
}

// words is a list of names, which need no quoting.
func words(names []string) fact {
	if len(names) == 0 {
		return fact{json: []byte("[]")}
	}
	return fact{json: []byte(`["` + strings.Join(names, `","`) + `"]`)}
}

// named is the type of that name; nil if there is none.
func (m *meta) named(name string) *thing {
	if strings.ContainsAny(name, "[]!") {
		return nil
	}
	return m.types[name]
}
