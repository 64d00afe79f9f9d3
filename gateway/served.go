package gateway

import (
	"context"
	"maps"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/introspection"
	"github.com/vektah/gqlparser/v2/ast"
)

// served is a graph without @defer: over these transports all but the first
// payload of such an answer would be lost. The graph's own schema is shared by
// every gateway of the process, so this one has a copy.
type served struct {
	graphql.ExecutableSchema

	planner Planner // the graph, if it is one
	schema  *ast.Schema
}

func newServed(es graphql.ExecutableSchema) served {
	schema := *es.Schema()
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer")
	planner, _ := es.(Planner)
	return served{es, planner, &schema}
}

// Schema is what operations are validated against.
func (s served) Schema() *ast.Schema { return s.schema }

// introspected has __schema tell of the served schema: the executor would tell
// of its own.
func (s served) introspected(oc *graphql.OperationContext) {
	if s.planner != nil || !strings.Contains(oc.RawQuery, "__schema") {
		return
	}
	next := oc.ResolverMiddleware
	oc.ResolverMiddleware = func(ctx context.Context, resolve graphql.Resolver) (any, error) {
		if graphql.GetFieldContext(ctx).Field.Name == "__schema" {
			return introspection.WrapSchema(s.schema), nil
		}
		return next(ctx, resolve)
	}
}
