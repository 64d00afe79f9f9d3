package executor

import (
	"cmp"
	"context"
	"fmt"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/document"
	"holdfast/connect/fetch"
	"holdfast/connect/hand"
	"holdfast/connect/mapping"
	"holdfast/connect/once"
	"holdfast/connect/plan"
	"holdfast/connect/scalars"
	"holdfast/connect/schema"
)

// Limits are how large one answer may be. An answer that would be larger has no data
// and the error QUERY_LIMIT.
type Limits struct {
	Items int   // list items; 0: 100,000
	Bytes int64 // of data; 0: 16 MiB
}

// Config is what a graph is made of.
type Config struct {
	// Schema is a folder that was read without failing.
	Schema *schema.Schema
	// Scalars are those that the graph brings, by name.
	Scalars scalars.Registry
	// Hand has the fields that methods resolve; nil: none.
	Hand hand.Table
	// Open opens a source.
	Open func(call.Source) (*call.API, error)
	// Once makes the changes that a caller has a key for; nil: keys are not looked at. CallerHeader names the header of a
	// request that says who asks; "": all callers are one.
	Once         *once.Keeper
	CallerHeader string
	Limits
}

// Schema is a graph that is served. It is immutable and safe for concurrent use.
type Schema struct {
	served   *ast.Schema
	graph    *plan.Graph
	table    *fetch.Table
	registry *call.Registry
	hand     hand.Table
	scalars  scalars.Registry
	limits   Limits
	once     *once.Keeper
	caller   string // header
	meta     func() *meta
	check    func() (*document.Checker, error) // of documents of the program's own
}

// New returns the graph of cfg, with its sources opened. The error is that of Open, or
// says what is wrong with the schema.
func New(cfg Config) (*Schema, error) {
	if d, at := cfg.Schema.Unenforced(); d != nil {
		return nil, fmt.Errorf("%s: @%s is a directive that nothing here enforces: take it out of the SDL", at, d.Name)
	}
	served, err := gqlparser.LoadSchema(cfg.Schema.Public()...)
	if err != nil {
		return nil, fmt.Errorf("executor: the served schema: %w", err)
	}
	delete(served.Directives, "defer") // which one response cannot do
	opened, err := newConnectors(cfg)
	if err != nil {
		return nil, err
	}
	graph, err := plan.New(cfg.Schema, served, plan.Options{ByHand: cfg.Hand.Has, Input: inputs(cfg.Scalars)})
	if err != nil {
		return nil, err
	}
	keeper := cmp.Or(cfg.Once, once.New(nil))
	byHand, err := withRecorded(cfg, served, keeper)
	if err != nil {
		return nil, err
	}
	limits := Limits{Items: cmp.Or(cfg.Items, 100_000), Bytes: cmp.Or(cfg.Bytes, 16<<20)}
	s := &Schema{
		served: served, graph: graph, table: opened.table, registry: opened.registry, hand: byHand,
		scalars: cfg.Scalars, limits: limits, once: keeper, caller: cfg.CallerHeader,
	}
	s.meta = sync.OnceValue(func() *meta { return newMeta(served) })
	s.check = sync.OnceValues(func() (*document.Checker, error) { return document.New(served, false, s.scalars.Check) })
	return s, nil
}

// Scalar gives what says why an input, as JSON has it, is none of a scalar that the graph
// brings; nil: every input is one.
func (s *Schema) Scalar(name string) func(input any) error { return s.scalars.Check(name) }

// inputs gives the canonical forms of scalars' inputs.
func inputs(r scalars.Registry) func(string) func(mapping.Value) (mapping.Value, error) {
	return func(name string) func(mapping.Value) (mapping.Value, error) { return r.Of(name).Input }
}

// Schema is what is served: operations are validated against it.
func (s *Schema) Schema() *ast.Schema { return s.served }

// Loads begins what one operation loads that somebody else than the engine runs: an
// oracle of it.
func (s *Schema) Loads(opt fetch.Options) *fetch.Operation { return s.table.Operation(opt) }

// Complexity is part of [graphql.ExecutableSchema]: a field costs one and what is below
// it.
func (s *Schema) Complexity(_ context.Context, _, _ string, below int, _ map[string]any) (int, bool) {
	return below + 1, true
}

// Plan plans an operation of a document that is valid: for all variables with which its
// conditions have the same truth.
func (s *Schema) Plan(doc *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (*Planned, error) {
	p, err := s.graph.Plan(doc, op, vars)
	if err != nil {
		return nil, err
	}
	return &Planned{schema: s, plan: p}, nil
}

// Exec plans and runs the operation in ctx: see [Planned.Exec].
func (s *Schema) Exec(ctx context.Context) graphql.ResponseHandler {
	oc := graphql.GetOperationContext(ctx)
	p, err := s.Plan(oc.Doc, oc.Operation, oc.Variables)
	if err != nil {
		return graphql.OneShot(&graphql.Response{Errors: gqlerror.List{requestError(err)}})
	}
	return p.Exec(ctx)
}

// Registry has the connectors of the graph, with their opened sources.
func (s *Schema) Registry() *call.Registry { return s.registry }
