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

// ours are the directives that neither introspection nor the binary may show:
// they name hosts, headers and settings.
var ours = []string{"source", "connect", "cache", "paginate"} //nolint:gochecknoglobals // constant list

func isOurs(d *ast.Directive) bool {
	return slices.Contains(ours, d.Name) || d.Name == "link" && strings.Contains(linkURL(d), "/connect/")
}

func linkURL(d *ast.Directive) string {
	if arg := d.Arguments.ForName("url"); arg != nil {
		return arg.Value.Raw
	}
	return ""
}

func without(ds ast.DirectiveList) ast.DirectiveList { return slices.DeleteFunc(ds, isOurs) }

// strip takes our directives out of the schema that gqlgen works on and of the
// sources that it embeds, and comments with them: they may speak of the same. A source gets another name, so that its text is
// embedded and not the file; it stays the same source, because directives that
// run at run time are found by where they were declared.
func strip(cfg *config.Config) error {
	prelude := schema.Prelude().Name
	for _, src := range cfg.Sources {
		switch {
		case src.Name == prelude:
			src.Input = ""
		case !src.BuiltIn:
			doc, err := parser.ParseSchema(src)
			if err != nil {
				return err
			}
			stripDocument(doc)
			var b strings.Builder
			formatter.NewFormatter(&b).FormatSchemaDocument(doc)
			src.Name, src.Input = "public/"+path.Base(src.Name), b.String()
		}
	}
	stripSchema(cfg.Schema)
	return nil
}

func stripDocument(doc *ast.SchemaDocument) {
	for _, list := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, s := range list {
			s.Directives = without(s.Directives)
		}
	}
	doc.SchemaExtension = slices.DeleteFunc(doc.SchemaExtension, func(s *ast.SchemaDefinition) bool {
		return len(s.Directives) == 0 && len(s.OperationTypes) == 0
	})
	for _, list := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, def := range list {
			stripDefinition(def)
		}
	}
}

func stripDefinition(def *ast.Definition) {
	def.Directives = without(def.Directives)
	for _, f := range def.Fields {
		f.Directives = without(f.Directives)
	}
}

func stripSchema(s *ast.Schema) {
	s.SchemaDirectives = without(s.SchemaDirectives)
	for _, name := range ours {
		delete(s.Directives, name)
	}
	for name, def := range s.Types {
		if def.Position != nil && def.Position.Src != nil && def.Position.Src.Name == schema.Prelude().Name {
			delete(s.Types, name)
			continue
		}
		stripDefinition(def)
	}
}
