package schema

import (
	_ "embed"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// The directives that this package gives a meaning to.
//
//go:embed prelude.graphqls
var vocabularySDL string

// The directives of Apollo Federation, which schemas written for it bring along.
//
//go:embed federation.graphqls
var federationSDL string

const federationName = "holdfast/federation.graphqls"

// A vocabulary declares the directives that are read here and never served.
type vocabulary struct{ doc *ast.SchemaDocument }

// vocabularyFor is the vocabulary beside docs: a type of theirs keeps its name,
// and a directive of federation that they declare themselves is theirs.
func vocabularyFor(docs []*ast.SchemaDocument) vocabulary {
	ours, federation := own("holdfast/prelude.graphqls", vocabularySDL), own(federationName, federationSDL)
	federation.Directives = slices.DeleteFunc(federation.Directives, func(d *ast.DirectiveDefinition) bool {
		return slices.ContainsFunc(docs, func(doc *ast.SchemaDocument) bool { return doc.Directives.ForName(d.Name) != nil })
	})
	ours.Merge(federation)
	v := vocabulary{ours}
	v.relax()
	for _, def := range ours.Definitions {
		if slices.ContainsFunc(docs, func(doc *ast.SchemaDocument) bool { return doc.Definitions.ForName(def.Name) != nil }) {
			v.rename(def, "connect__"+def.Name)
		}
	}
	return v
}

// relax lets every argument be left out: what a directive lacks is told in words of
// this package, with a code of its own.
func (v vocabulary) relax() {
	for _, d := range v.doc.Directives {
		for _, a := range d.Arguments {
			a.Type.NonNull = false
		}
	}
}

// own is the syntax tree of SDL that is a part of this package.
func own(name, text string) *ast.SchemaDocument {
	return parsed(&ast.Source{Name: name, Input: text, BuiltIn: true})
}

// parsed is the syntax tree of a text that parsed before.
func parsed(s *ast.Source) *ast.SchemaDocument {
	doc, err := parser.ParseSchema(s)
	if err != nil {
		panic(err)
	}
	return doc
}

// rename gives a type of the vocabulary another name, also where it is used.
func (v vocabulary) rename(def *ast.Definition, name string) {
	old := def.Name
	def.Name = name
	arguments := func(list ast.ArgumentDefinitionList) {
		for _, a := range list {
			renameType(a.Type, old, name)
		}
	}
	for _, d := range v.doc.Directives {
		arguments(d.Arguments)
	}
	for _, d := range v.doc.Definitions {
		for _, f := range d.Fields {
			renameType(f.Type, old, name)
		}
	}
}

func renameType(t *ast.Type, old, name string) {
	for ; t != nil; t = t.Elem {
		if t.NamedType == old {
			t.NamedType = name
		}
	}
}

// has says whether a directive belongs to the vocabulary.
func (v vocabulary) has(directive string) bool { return v.doc.Directives.ForName(directive) != nil }
