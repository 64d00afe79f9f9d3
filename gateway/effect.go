package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams"
)

// watchWrites has every root field of a mutation know what became of the writes made for it, so that each error
// at it or below it can say so.
func watchWrites(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if graphql.GetOperationContext(ctx).Operation.Operation == ast.Mutation {
		ctx = upstreams.WithWrites(ctx, &upstreams.Writes{})
	}
	return next(ctx)
}

// withEffect returns the extensions of an error with what became of the change that its root field asks for. What
// a connector maps goes before it; an error in a query has none.
func withEffect(ctx context.Context, extensions map[string]any) map[string]any {
	w := upstreams.WritesFrom(ctx)
	if w == nil || extensions["effect"] != nil {
		return extensions
	}
	if extensions == nil {
		extensions = map[string]any{}
	}
	extensions["effect"] = w.Effect()
	return extensions
}
