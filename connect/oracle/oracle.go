// Package oracle resolves all fields of a graph for gqlgen's executor, over the typed
// view, as if every one of them were written by hand. The engine has to answer as that
// does: tests compare them, and nothing else imports this.
//
// Read [New] first; then [One], [Each] and [Completed], which generated resolvers call.
package oracle

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/once"
	"holdfast/connect/record"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
	"holdfast/connect/view"
)

// An extension gives every operation what its resolvers ask.
type extension struct {
	graph *view.Graph
	loads func(fetch.Options) *fetch.Operation
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationInterceptor
	graphql.RootFieldInterceptor
	graphql.FieldInterceptor
} = (*extension)(nil)

// New returns what a server of generated resolvers needs. types are the models by the
// names of their types; loads begins what one operation loads.
//
// A schema with directives of its own is refused: the engine may enforce them, gqlgen
// would not, and nobody shall get round them.
func New(s *schema.Schema, known scalars.Registry, types record.Types, loads func(fetch.Options) *fetch.Operation) (graphql.HandlerExtension, error) {
	if d, at := s.Unenforced(); d != nil {
		return nil, fmt.Errorf("%s: the oracle does not know what @%s enforces", at, d.Name)
	}
	return &extension{view.New(s, known, types), loads}, nil
}

// ExtensionName is part of gqlgen's interface.
func (*extension) ExtensionName() string { return "Oracle" }

// Validate is part of gqlgen's interface.
func (*extension) Validate(graphql.ExecutableSchema) error { return nil }

// An operation is what the resolvers of one operation have in common.
type operation struct {
	graph *view.Graph
	loads *fetch.Operation
}

type operationKey struct{}

func operationOf(ctx context.Context) operation {
	op, ok := ctx.Value(operationKey{}).(operation)
	if !ok {
		panic("oracle: a resolver is called without the extension")
	}
	return op
}

func with(ctx context.Context, op operation) context.Context {
	return fetch.With(context.WithValue(ctx, operationKey{}, op), op.loads)
}

// InterceptOperation gives an operation its loads. Root fields run in the context of
// the response handler, so that gets them too.
func (e *extension) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	op := operation{e.graph, e.loads(fetch.Options{
		Caller: &call.Caller{Header: graphql.GetOperationContext(ctx).Headers},
		Writer: once.New(nil).For(once.Key{}),
	})}
	respond := next(with(ctx, op))
	return func(ctx context.Context) *graphql.Response { return respond(with(ctx, op)) }
}

// InterceptRootField gives each field of a mutation loads of its own: what one writes,
// the next must read.
func (e *extension) InterceptRootField(ctx context.Context, next graphql.RootResolver) graphql.Marshaler {
	if op := graphql.GetOperationContext(ctx).Operation; op != nil && op.Operation == ast.Mutation {
		ctx = with(ctx, operation{e.graph, operationOf(ctx).loads.Anew()})
	}
	return next(ctx)
}
