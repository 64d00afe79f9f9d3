package main

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// TestTheWholeSchemaUsesEveryArgument holds testdata/whole/graph to its promise:
// each argument of each directive is in use, each field of what they take, and
// each way of paging.
func TestTheWholeSchemaUsesEveryArgument(t *testing.T) {
	vocabulary := document(t, "prelude.graphqls", readFile(t, "connect/schema/prelude.graphqls"))
	u := usage{vocabulary, map[string]bool{}}
	for name, text := range wholeGraph(t) {
		u.document(document(t, name, text))
	}
	for _, d := range vocabulary.Directives {
		for _, a := range d.Arguments {
			if !u.used["@"+d.Name+"."+a.Name] {
				t.Errorf("@%s(%s) is not in use", d.Name, a.Name)
			}
		}
	}
	for _, def := range vocabulary.Definitions {
		for _, f := range def.Fields {
			if !u.used[def.Name+"."+f.Name] {
				t.Errorf("%s.%s is not in use", def.Name, f.Name)
			}
		}
		for _, v := range def.EnumValues {
			if def.Name != "LinkPurpose" && !u.used[def.Name+"."+v.Name] {
				t.Errorf("%s.%s is not in use", def.Name, v.Name)
			}
		}
	}
}

func document(t *testing.T, name, text string) *ast.SchemaDocument {
	t.Helper()
	doc, err := parser.ParseSchema(&ast.Source{Name: name, Input: text})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// usage is what of a vocabulary is in use: @directive.argument, Input.field and
// Enum.VALUE.
type usage struct {
	vocabulary *ast.SchemaDocument
	used       map[string]bool
}

func (u usage) document(doc *ast.SchemaDocument) {
	for _, s := range doc.SchemaExtension {
		u.directives(s.Directives)
	}
	for _, defs := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, def := range defs {
			u.directives(def.Directives)
			for _, f := range def.Fields {
				u.directives(f.Directives)
			}
		}
	}
}

func (u usage) directives(ds ast.DirectiveList) {
	for _, d := range ds {
		name := d.Name
		if name == "api" { // as the schema imports it
			name = "source"
		}
		def := u.vocabulary.Directives.ForName(name)
		if def == nil {
			continue
		}
		for _, a := range d.Arguments {
			u.used["@"+name+"."+a.Name] = true
			u.value(def.Arguments.ForName(a.Name).Type.Name(), a.Value)
		}
	}
}

// value notes what a value of an input type or enum is made of.
func (u usage) value(typeName string, v *ast.Value) {
	def := u.vocabulary.Definitions.ForName(typeName)
	if v.Kind == ast.EnumValue {
		u.used[typeName+"."+v.Raw] = true
	}
	for _, child := range v.Children {
		if child.Name == "" {
			u.value(typeName, child.Value)
			continue
		}
		u.used[typeName+"."+child.Name] = true
		if def != nil && def.Fields.ForName(child.Name) != nil {
			u.value(def.Fields.ForName(child.Name).Type.Name(), child.Value)
		}
	}
}
