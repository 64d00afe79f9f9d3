package main

import (
	"path"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"holdfast/connect/schema"
)

// strip takes our directives out of the schema that gqlgen works on and of the
// sources that it embeds, and comments with them: they name hosts, headers and
// settings. A source gets another name, so that its text is embedded and not the
// file; it stays the same source, because directives that run at run time are
// found by where they were declared.
func strip(cfg *config.Config) error {
	ours := vocabularyOf(cfg.Schema)
	for _, src := range cfg.Sources {
		switch {
		case src.Name == schema.Prelude().Name:
			src.Input = ""
		case !src.BuiltIn:
			doc, err := parser.ParseSchema(src)
			if err != nil {
				return err
			}
			ours.stripDocument(doc)
			var b strings.Builder
			formatter.NewFormatter(&b).FormatSchemaDocument(doc)
			src.Name, src.Input = "public/"+path.Base(src.Name), b.String()
		}
	}
	ours.stripSchema(cfg.Schema)
	return nil
}

// A vocabulary is the names of directives and types that the prelude declares.
type vocabulary struct{ directives, types map[string]bool }

func vocabularyOf(s *ast.Schema) vocabulary {
	v := vocabulary{map[string]bool{}, map[string]bool{}}
	ours := func(p *ast.Position) bool { return p != nil && p.Src != nil && p.Src.Name == schema.Prelude().Name }
	for name, d := range s.Directives {
		v.directives[name] = ours(d.Position)
	}
	for name, d := range s.Types {
		v.types[name] = ours(d.Position)
	}
	return v
}

func (v vocabulary) without(ds ast.DirectiveList) ast.DirectiveList {
	return slices.DeleteFunc(ds, func(d *ast.Directive) bool { return v.directives[d.Name] })
}

func (v vocabulary) stripDocument(doc *ast.SchemaDocument) {
	for _, list := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, s := range list {
			s.Directives = v.without(s.Directives)
		}
	}
	doc.SchemaExtension = slices.DeleteFunc(doc.SchemaExtension, func(s *ast.SchemaDefinition) bool {
		return len(s.Directives) == 0 && len(s.OperationTypes) == 0
	})
	for _, list := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, def := range list {
			v.stripDefinition(def)
		}
	}
}

func (v vocabulary) stripDefinition(def *ast.Definition) {
	def.Directives = v.without(def.Directives)
	for _, f := range def.Fields {
		f.Directives = v.without(f.Directives)
	}
}

func (v vocabulary) stripSchema(s *ast.Schema) {
	s.SchemaDirectives = v.without(s.SchemaDirectives)
	for name := range s.Directives {
		if v.directives[name] {
			delete(s.Directives, name)
		}
	}
	for name, def := range s.Types {
		if v.types[name] {
			delete(s.Types, name)
			continue
		}
		v.stripDefinition(def)
	}
}
