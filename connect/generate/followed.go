package main

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"holdfast/connect/schema"
)

// withoutSubscription is what is served but for the type of subscriptions: its fields follow those of Query, and nothing
// is generated for them.
func withoutSubscription(s *schema.Schema) []*ast.Source {
	sources := s.Public()
	if s.AST.Subscription == nil {
		return sources
	}
	gone := func(def *ast.Definition) bool { return def.Name == s.AST.Subscription.Name }
	for i, source := range sources {
		doc, err := parser.ParseSchema(source)
		if err != nil {
			continue // gqlgen says so
		}
		doc.Definitions = slices.DeleteFunc(doc.Definitions, gone)
		doc.Extensions = slices.DeleteFunc(doc.Extensions, gone)
		for _, of := range slices.Concat(doc.Schema, doc.SchemaExtension) {
			of.OperationTypes = slices.DeleteFunc(of.OperationTypes, func(o *ast.OperationTypeDefinition) bool { return o.Operation == ast.Subscription })
		}
		doc.SchemaExtension = slices.DeleteFunc(doc.SchemaExtension, func(of *ast.SchemaDefinition) bool {
			return len(of.OperationTypes)+len(of.Directives) == 0
		})
		var b strings.Builder
		formatter.NewFormatter(&b).FormatSchemaDocument(doc)
		sources[i] = &ast.Source{Name: source.Name, Input: b.String()}
	}
	return sources
}
