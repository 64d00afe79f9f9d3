package gateway

import (
	"context"
	"fmt"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// hooks are the places at which the extensions of a gateway take part, as
// [graphql.HandlerExtension] says; the first extension is the outermost.
type hooks struct {
	parameters []graphql.OperationParameterMutator
	contexts   []graphql.OperationContextMutator
	operation  graphql.OperationMiddleware // nil: none, as the others
	response   graphql.ResponseMiddleware
	root       graphql.RootFieldMiddleware
	field      graphql.FieldMiddleware
}

// seeNothing says that no extension sees a response.
func (h *hooks) seeNothing() bool { return h.operation == nil && h.response == nil }

// newHooks returns an error for an extension that refuses the graph, or that would
// wait in vain to be called.
func newHooks(graph served, extensions []graphql.HandlerExtension) (*hooks, error) {
	h := &hooks{}
	if graph.planner == nil {
		h.root = watchWrites
	}
	for _, e := range extensions {
		if err := e.Validate(graph); err != nil {
			return nil, fmt.Errorf("gateway: extension %s: %w", e.ExtensionName(), err)
		}
		if err := h.add(e, graph.planner != nil); err != nil {
			return nil, fmt.Errorf("gateway: extension %s %w", e.ExtensionName(), err)
		}
	}
	return h, nil
}

// add puts e inside the extensions before it.
func (h *hooks) add(e graphql.HandlerExtension, planned bool) error {
	root, isRoot := e.(graphql.RootFieldInterceptor)
	field, isField := e.(graphql.FieldInterceptor)
	if planned && (isRoot || isField) {
		return fmt.Errorf("intercepts fields, but this graph is planned: nobody would call it")
	}
	parameters, isParameters := e.(graphql.OperationParameterMutator)
	contexts, isContexts := e.(graphql.OperationContextMutator)
	operation, isOperation := e.(graphql.OperationInterceptor)
	response, isResponse := e.(graphql.ResponseInterceptor)
	if !slices.Contains([]bool{isRoot, isField, isParameters, isContexts, isOperation, isResponse}, true) {
		return fmt.Errorf("takes part in nothing")
	}
	if isParameters {
		h.parameters = append(h.parameters, parameters)
	}
	if isContexts {
		h.contexts = append(h.contexts, contexts)
	}
	if isOperation {
		h.operation = inside(h.operation, operation.InterceptOperation)
	}
	if isResponse {
		h.response = inside(h.response, response.InterceptResponse)
	}
	if isRoot {
		h.root = inside(h.root, root.InterceptRootField)
	}
	if isField {
		h.field = insideField(h.field, field.InterceptField)
	}
	return nil
}

// inside is outer with inner in it.
func inside[N ~func(context.Context) R, R any, M ~func(context.Context, N) R](outer M, inner func(context.Context, N) R) M {
	if outer == nil {
		return inner
	}
	return func(ctx context.Context, next N) R {
		return outer(ctx, func(ctx context.Context) R { return inner(ctx, next) })
	}
}

func insideField(outer, inner graphql.FieldMiddleware) graphql.FieldMiddleware {
	if outer == nil {
		return inner
	}
	return func(ctx context.Context, next graphql.Resolver) (any, error) {
		return outer(ctx, func(ctx context.Context) (any, error) { return inner(ctx, next) })
	}
}

// around gives an operation what is called around its fields.
func (h *hooks) around(oc *graphql.OperationContext) {
	oc.RootResolverMiddleware, oc.ResolverMiddleware = h.root, h.field
	if h.root == nil {
		oc.RootResolverMiddleware = bareRoot
	}
	if h.field == nil {
		oc.ResolverMiddleware = bareField
	}
}

func bareRoot(ctx context.Context, next graphql.RootResolver) graphql.Marshaler { return next(ctx) }

func bareField(ctx context.Context, next graphql.Resolver) (any, error) { return next(ctx) }

func (h *hooks) mutateParameters(ctx context.Context, oc *graphql.OperationContext, params *graphql.RawParams) *gqlerror.Error {
	if len(h.parameters) == 0 {
		return nil
	}
	ctx = graphql.WithOperationContext(ctx, oc)
	for _, e := range h.parameters {
		if err := e.MutateOperationParameters(ctx, params); err != nil {
			return err
		}
	}
	return nil
}

func (h *hooks) mutateContext(ctx context.Context, oc *graphql.OperationContext) *gqlerror.Error {
	if len(h.contexts) == 0 {
		return nil
	}
	ctx = graphql.WithOperationContext(ctx, oc)
	for _, e := range h.contexts {
		if err := e.MutateOperationContext(ctx, oc); err != nil {
			return err
		}
	}
	return nil
}
