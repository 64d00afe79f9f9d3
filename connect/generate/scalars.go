package main

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen/config"
	"github.com/vektah/gqlparser/v2/ast"
)

// jsonPath is the Go type for scalars of which nothing is known.
const jsonPath = "holdfast/graph/scalar.JSON"

// bindScalars binds the scalars that nobody has bound: any value passes. By itself
// gqlgen would take them for strings, and some for Go types of its own.
func bindScalars(cfg *config.Config, bound []string) {
	for name, def := range cfg.Schema.Types {
		if def.Kind != ast.Scalar || def.BuiltIn || slices.Contains(bound, name) || def.Directives.ForName("goModel") != nil {
			continue
		}
		entry := cfg.Models[name]
		if isGuess := slices.ContainsFunc(entry.Model, isOfGqlgen); len(entry.Model) == 0 || isGuess {
			entry.Model = config.StringList{jsonPath}
			cfg.Models[name] = entry
		}
	}
}

// isOfGqlgen says whether a Go type is one that gqlgen gives to scalars by their
// names, such as Time.
func isOfGqlgen(model string) bool {
	return strings.HasPrefix(model, "github.com/99designs/gqlgen/graphql.")
}
