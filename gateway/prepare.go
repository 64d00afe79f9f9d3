package gateway

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/document"
)

// preparation makes of the parameters of a request an operation that can run: the
// one place where a document is parsed, measured, validated and planned, and
// variables are coerced. What does not depend on the request is remembered.
type preparation struct {
	max   Config
	graph served
	check *document.Checker
	seen  documents
	hooks *hooks
}

func newPreparation(cfg Config, graph served, seen documents, hooks *hooks) (*preparation, error) {
	var scalars document.Scalars
	if knower, ok := graph.ExecutableSchema.(Knower); ok {
		scalars = knower.Scalar
	}
	check, err := document.New(graph.Schema(), !*cfg.Introspection, scalars)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return &preparation{max: cfg, graph: graph, check: check, seen: seen, hooks: hooks}, nil
}

// prepared is an operation that can run.
type prepared struct {
	graphql.OperationContext

	plan Planned // nil: the graph plans nothing
	doc  *entry
}

// prepare prepares the operation in params. With errors, which are request errors,
// it returns as much as is known of it.
func (p *preparation) prepare(ctx context.Context, params *graphql.RawParams) (*prepared, gqlerror.List) {
	out := &prepared{}
	oc := &out.OperationContext
	oc.DisableIntrospection, oc.RecoverFunc = !*p.max.Introspection, recovered
	oc.Stats.Read = params.ReadTime
	oc.Stats.OperationStart = params.ReadTime.End
	p.hooks.around(oc)
	if err := p.hooks.mutateParameters(ctx, oc, params); err != nil {
		return out, gqlerror.List{err}
	}
	oc.RawQuery, oc.OperationName = params.Query, params.OperationName
	oc.Extensions, oc.Headers = params.Extensions, params.Headers

	if params.Query == "" {
		return out, gqlerror.List{withoutQuery(params)}
	}
	doc, isNew, errs := p.document(oc, params.Query)
	if len(errs) > 0 {
		return out, errs
	}
	if isNew {
		defer p.seen.add(doc) // with its first plan
	}
	out.doc, oc.Doc = doc, doc.ast
	op, err := doc.operation(params.OperationName)
	if err != nil {
		return out, gqlerror.List{err}
	}
	oc.Operation = op.OperationDefinition
	if oc.Variables, errs = op.Variables(params.Variables); len(errs) > 0 {
		return out, errs
	}
	oc.Stats.Validation.End = graphql.Now()
	if err := p.hooks.mutateContext(ctx, oc); err != nil {
		return out, gqlerror.List{err}
	}
	if err := p.fits(op, oc.Variables); err != nil {
		return out, gqlerror.List{err}
	}
	if out.plan, err = p.plan(doc, op, oc.Variables); err != nil {
		return out, gqlerror.List{err}
	}
	if c, ok := out.plan.(Checker); ok {
		if err := c.Check(oc); err != nil {
			return out, gqlerror.List{err}
		}
	}
	p.graph.introspected(oc)
	return out, nil
}

// document returns the document of a text, valid and within the limits, and whether
// it is new.
func (p *preparation) document(oc *graphql.OperationContext, text string) (doc *entry, isNew bool, errs gqlerror.List) {
	oc.Stats.Parsing.Start = oc.Stats.OperationStart // just now
	if known := p.seen.get(text); known != nil {
		oc.Stats.Parsing.End = oc.Stats.Parsing.Start
		oc.Stats.Validation.Start = oc.Stats.Parsing.Start
		return known, false, nil
	}
	if hasLongName(text, p.max.Tokens) {
		return nil, false, gqlerror.List{tooMuch(fmt.Errorf("the document has a name of more than %d bytes", maxName))}
	}
	parsed, err := document.Parse(text, p.max.Tokens)
	if err != nil {
		return nil, false, gqlerror.List{err}
	}
	oc.Stats.Parsing.End = graphql.Now()
	oc.Stats.Validation.Start = oc.Stats.Parsing.End
	m := newMeasure(p.max, parsed)
	for _, op := range parsed.Operations {
		if err := m.operation(op); err != nil {
			return nil, false, gqlerror.List{tooMuch(err)}
		}
	}
	if errs := p.check.Validate(parsed); len(errs) > 0 {
		return nil, false, errs
	}
	return newEntry(text, parsed, p.check), true, nil
}

// fits returns an error if the operation can bring too many list items.
func (p *preparation) fits(op *operation, vars map[string]any) *gqlerror.Error {
	if op.fits.Load() {
		return nil
	}
	n := nodes{assumed: float64(p.max.AssumedList), vars: vars}
	err := n.check(op.OperationDefinition, p.max.Nodes)
	if err == nil && !n.varies {
		op.fits.Store(true)
	}
	return err
}

// plan returns the plan of an operation, if the graph is a [Planner].
func (p *preparation) plan(doc *entry, op *operation, vars map[string]any) (Planned, *gqlerror.Error) {
	if p.graph.planner == nil {
		return nil, nil //nolint:nilnil // nothing is planned
	}
	t, all := op.Truth(vars)
	if !all {
		return made(p.graph.planner.Plan(doc.ast, op.OperationDefinition, vars))
	}
	if known := op.plan(t); known != nil {
		return known.Planned, nil
	}
	planned, err := made(p.graph.planner.Plan(doc.ast, op.OperationDefinition, vars))
	if err == nil {
		op.keep(&plan{planned, t})
		p.seen.planned(doc)
	}
	return planned, err
}

func made(p Planned, err error) (Planned, *gqlerror.Error) {
	if err != nil {
		return nil, gqlerror.WrapIfUnwrapped(err)
	}
	return p, nil
}

// codePersisted is how clients that send hashes of queries in place of them
// (https://github.com/apollographql/apollo-link-persisted-queries) learn that they
// must send the query.
const codePersisted = "PERSISTED_QUERY_NOT_SUPPORTED"

// withoutQuery is the error of a request that has none.
func withoutQuery(params *graphql.RawParams) *gqlerror.Error {
	if params.Extensions["persistedQuery"] != nil {
		return &gqlerror.Error{Message: "PersistedQueryNotSupported", Extensions: map[string]any{"code": codePersisted}}
	}
	return &gqlerror.Error{Message: "the parameter query is missing", Extensions: map[string]any{"code": codeBadRequest}}
}
