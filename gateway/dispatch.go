package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// dispatch runs a prepared operation within the hooks. It returns nil if the client
// is gone, or an extension gave no response. ctx has the operation.
func (p *preparation) dispatch(ctx context.Context, op *prepared) *graphql.Response {
	ctx = graphql.WithResponseContext(ctx, present, recovered)
	if op.plan != nil {
		defer p.seen.planned(op.doc) // the plan may have grown
	}
	switch {
	case p.hooks.operation == nil && p.hooks.response == nil && op.plan != nil: // nobody had a say before it runs
		if ctx.Err() != nil {
			return nil
		}
		return complete(ctx, p.begin(ctx, op))
	case p.hooks.operation == nil:
		return p.respond(ctx, p.begin(ctx, op))
	}
	inner := ctx
	respond := p.hooks.operation(ctx, func(ctx context.Context) graphql.ResponseHandler {
		inner = ctx //nolint:fatcontext // with what the extensions put into it, for the response
		begun := p.begin(ctx, op)
		return func(ctx context.Context) *graphql.Response { return p.respond(ctx, begun) }
	})
	return respond(inner)
}

// begin begins the operation; what it returns gives the response.
func (p *preparation) begin(ctx context.Context, op *prepared) graphql.ResponseHandler {
	if op.plan != nil {
		return op.plan.Exec(ctx)
	}
	return p.graph.Exec(ctx)
}

// respond returns the response of an operation that was begun.
func (p *preparation) respond(ctx context.Context, begun graphql.ResponseHandler) *graphql.Response {
	switch {
	case graphql.GetErrors(ctx) != nil: // before there is anything to answer
		return &graphql.Response{Errors: graphql.GetErrors(ctx)}
	case ctx.Err() != nil:
		return nil
	case p.hooks.response == nil:
		return complete(ctx, begun)
	}
	return p.hooks.response(ctx, func(ctx context.Context) *graphql.Response { return complete(ctx, begun) })
}

func complete(ctx context.Context, begun graphql.ResponseHandler) *graphql.Response {
	resp := begun(ctx)
	if resp != nil {
		resp.Errors = append(resp.Errors, graphql.GetErrors(ctx)...)
		resp.Extensions = graphql.GetExtensions(ctx)
	}
	return resp
}

// refuse answers an operation that cannot run. ctx has the operation.
func (p *preparation) refuse(ctx context.Context, errs gqlerror.List) *graphql.Response {
	ctx = graphql.WithResponseContext(ctx, present, recovered)
	for _, err := range errs {
		graphql.AddError(ctx, err)
	}
	refused := func(ctx context.Context) *graphql.Response {
		return &graphql.Response{Errors: graphql.GetErrors(ctx), Extensions: graphql.GetExtensions(ctx)}
	}
	if p.hooks.response == nil {
		return refused(ctx)
	}
	return p.hooks.response(ctx, refused)
}
