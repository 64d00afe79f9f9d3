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
	if p.hooks.operation == nil {
		return p.run(ctx, op)(ctx)
	}
	inner := ctx
	respond := p.hooks.operation(ctx, func(ctx context.Context) graphql.ResponseHandler {
		inner = ctx //nolint:fatcontext // with what the extensions put into it, for the response
		return p.run(ctx, op)
	})
	return respond(inner)
}

// run begins the operation; what it returns gives its response.
func (p *preparation) run(ctx context.Context, op *prepared) graphql.ResponseHandler {
	begin := p.graph.Exec
	if op.plan != nil {
		begin = op.plan.Exec
	}
	respond := begin(ctx)
	if errs := graphql.GetErrors(ctx); errs != nil {
		return graphql.OneShot(&graphql.Response{Errors: errs})
	}
	complete := func(ctx context.Context) *graphql.Response {
		resp := respond(ctx)
		if resp != nil {
			resp.Errors = append(resp.Errors, graphql.GetErrors(ctx)...)
			resp.Extensions = graphql.GetExtensions(ctx)
		}
		return resp
	}
	return func(ctx context.Context) *graphql.Response {
		switch {
		case ctx.Err() != nil:
			return nil
		case p.hooks.response == nil:
			return complete(ctx)
		default:
			return p.hooks.response(ctx, complete)
		}
	}
}

// refuse answers an operation that cannot run. ctx has the operation.
func (p *preparation) refuse(ctx context.Context, errs gqlerror.List) *graphql.Response {
	ctx = graphql.WithResponseContext(ctx, present, recovered)
	for _, err := range errs {
		graphql.AddError(ctx, err)
	}
	complete := func(ctx context.Context) *graphql.Response {
		return &graphql.Response{Errors: graphql.GetErrors(ctx), Extensions: graphql.GetExtensions(ctx)}
	}
	if p.hooks.response == nil {
		return complete(ctx)
	}
	return p.hooks.response(ctx, complete)
}
