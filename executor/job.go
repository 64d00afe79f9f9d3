package executor

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/document"
	"holdfast/connect/fetch"
	"holdfast/connect/once"
	"holdfast/upstreams"
	"holdfast/upstreams/panics"
	"holdfast/upstreams/quota"
)

// A Job is an operation of the program's own: nobody sent it over HTTP.
type Job struct {
	Query     string
	Operation string // its name; "" where the document has only one
	Variables map[string]any

	// Service names who asks, for logs and errors: "probes". It is required.
	Service string
	// Caller is whose headers and $context the calls are made with; nil: nobody's.
	Caller *call.Caller
	// Priority says who comes first when calls are scarce. The zero value is a person's.
	Priority quota.Priority
	// NotBefore has nothing serve that was asked for before it; zero: all that is fresh.
	NotBefore cache.AsOf
	// NoStandIns has nothing serve that is old: an API that is down is an error.
	NoStandIns bool
}

// An Outcome is what a [Job] came to.
type Outcome struct {
	Data   []byte        // JSON; nil where the operation was not run
	Errors gqlerror.List // each with its cause in Err: they are not for clients
	Parts  []upstreams.Part
	Calls  map[string]int // HTTP attempts by source
}

// Run runs an operation for the program itself. The error says that it was not run,
// or that ctx ended first; what went wrong at fields is in the outcome.
func (s *Schema) Run(ctx context.Context, job Job) (*Outcome, error) {
	p, err := s.Prepare(job.Query, job.Operation)
	if err != nil {
		return nil, err
	}
	return p.Run(ctx, job)
}

// A Prepared is an operation of the program's own that was read and checked, to be run
// often. It is safe for concurrent use.
type Prepared struct {
	schema    *Schema
	query     string
	doc       *ast.QueryDocument
	op        *ast.OperationDefinition
	variables *document.Operation
}

// Prepare reads and checks a document, whose operation of that name, or only one if
// name is "", is to be run. The error says why it cannot be.
func (s *Schema) Prepare(query, name string) (*Prepared, error) {
	check, err := s.check()
	if err != nil {
		return nil, err
	}
	doc, wrong := document.Parse(query, 0)
	if wrong != nil {
		return nil, wrong
	}
	if errs := check.Validate(doc); len(errs) > 0 {
		return nil, errs
	}
	op, wrong := document.Find(doc, name)
	switch {
	case wrong != nil:
		return nil, wrong
	case op.Operation == ast.Subscription:
		return nil, errors.New("executor: a subscription is no job")
	}
	return &Prepared{s, query, doc, op, check.Operation(op)}, nil
}

// Run is [Schema.Run] of p, whatever job says of a query and an operation.
func (p *Prepared) Run(ctx context.Context, job Job) (*Outcome, error) {
	if job.Service == "" {
		return nil, errors.New("executor: a job without the name of its service")
	}
	vars, errs := p.variables.Variables(job.Variables)
	if len(errs) > 0 {
		return nil, errs
	}
	planned, err := p.schema.Plan(p.doc, p.op, vars)
	if err != nil {
		return nil, err
	}
	oc := &graphql.OperationContext{
		RawQuery: p.query, Variables: vars, OperationName: p.op.Name, Doc: p.doc, Operation: p.op,
	}
	if job.Caller != nil {
		oc.Headers = job.Caller.Header
	}
	report := upstreams.NewReport()
	ctx = upstreams.WithReport(graphql.WithOperationContext(ctx, oc), report)
	ctx = upstreams.WithCaller(ctx, oc.Headers) // nobody else's credentials, whoever began the job
	ctx = graphql.WithResponseContext(ctx, asIs, func(_ context.Context, value any) error { return panics.Of(value) })
	data, ok := planned.answer(ctx, vars, fetch.Options{
		Caller: job.Caller, Priority: job.Priority, NotBefore: job.NotBefore, NoStandIns: job.NoStandIns,
		Writer: p.schema.once.For(once.Key{}), // nobody asks again
	})
	if !ok {
		return nil, context.Cause(ctx)
	}
	return &Outcome{Data: data, Errors: graphql.GetErrors(ctx), Parts: report.Parts(), Calls: report.Calls()}, nil
}

// asIs shows the program itself all of an error.
func asIs(ctx context.Context, err error) *gqlerror.Error {
	if e, ok := errors.AsType[*gqlerror.Error](err); ok {
		if e.Message == "" && e.Err != nil {
			e.Message = e.Err.Error()
		}
		return e
	}
	return gqlerror.WrapPath(graphql.GetPath(ctx), err)
}
