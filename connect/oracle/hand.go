package oracle

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect"
	"holdfast/connect/hand"
)

// ByHand is the context of a method that resolves the current field for n objects.
func ByHand(ctx context.Context, coordinate string, n int) context.Context {
	at := siblings(ctx, n)
	return connect.For(ctx, operationOf(ctx).graph, &hand.Input{
		Coordinate: coordinate, Path: everywhere(graphql.GetPath(ctx)), At: at,
	})
}

// everywhere is a path with "*" for places in lists.
func everywhere(path ast.Path) []any {
	steps := plain(path)
	for i, step := range steps {
		if _, isPlace := step.(int); isPlace {
			steps[i] = "*"
		}
	}
	return steps
}
