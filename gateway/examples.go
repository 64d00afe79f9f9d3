package gateway

import (
	"log/slog"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"holdfast/gateway/console"
)

// fitting returns the examples that are valid on schema. The others are those of
// a graph that was here before, or that is yet to be: they are logged, and no
// reason not to start.
func fitting(schema *ast.Schema, examples []console.Example, log *slog.Logger) []console.Example {
	var fit []console.Example
	for _, e := range examples {
		if _, errs := gqlparser.LoadQueryWithRules(schema, e.Query, rules.NewDefaultRules()); len(errs) > 0 {
			log.Info("example left out", "name", e.Name, "reason", errs[0].Message)
			continue
		}
		fit = append(fit, e)
	}
	return fit
}
