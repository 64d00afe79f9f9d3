package gateway

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
)

// A Planner is a graph that plans an operation once, for all requests that send it.
// A graph that is none is asked by [graphql.ExecutableSchema.Exec].
//
// What a Planner serves it has checked and measured already: documents are valid
// on [graphql.ExecutableSchema.Schema] without @defer, within the limits of
// [Config], and variables are coerced. Nothing of it may be changed.
type Planner interface {
	graphql.ExecutableSchema

	// Plan plans op, an operation of doc, for the truth that the variables in @skip
	// and @include have in vars; nothing else of vars may decide anything, for the
	// plan is used with others. It is called concurrently. An error is a request
	// error, which the client sees if it is a [*gqlerror.Error].
	Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (Planned, error)
}

// A Knower is a graph that knows the values of scalars of its own.
type Knower interface {
	// Scalar gives what says why a value of a variable, as JSON has it, is none of the
	// scalar called name; nil: every value is one.
	Scalar(name string) func(value any) error
}

// Planned is a planned operation, safe for concurrent use.
type Planned interface {
	// Size is what the plan takes in memory by now, in bytes.
	Size() int64
	// Exec begins one run, as [graphql.ExecutableSchema.Exec] does: ctx has the
	// [graphql.OperationContext] with the variables of this request, and collects
	// errors by [graphql.AddError].
	//
	// Root fields of mutations are the Planner's own: nobody calls
	// RootResolverMiddleware or ResolverMiddleware for it. An error at or below one
	// says what became of its write if it is added under
	// [holdfast/upstreams.WithWrites] of that field.
	Exec(ctx context.Context) graphql.ResponseHandler
}

// A Follower is a [Planned] that can be followed, if it is of a subscription: run again whenever something has changed.
type Follower interface {
	// Scope is what of who asks can make an answer another one. ctx has the operation.
	Scope(ctx context.Context) string
	// Again makes one answer, of which nothing was asked for before notBefore, and says what it depends on. It is nil
	// when ctx ended first. ctx is as for Exec.
	Again(ctx context.Context, notBefore cache.AsOf) (*graphql.Response, []cache.Tag)
}

// A Checker is a [Planned] that may not be for every request.
type Checker interface {
	// Check is why it cannot be run for the request of oc, a request error; nil: it can.
	Check(oc *graphql.OperationContext) *gqlerror.Error
}

// A Returner is a [Planned] that writes over what it wrote before.
type Returner interface {
	// Return gives the data of a response of Exec back, once it is sent. It is called
	// only where no extension has seen the response, and not for every one.
	Return(data []byte)
}
