package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/gateway"
)

// planner is a graph that plans: an answer says which plan it is of, and shows the
// variables.
type planner struct {
	*schema

	wrong error // of planning

	mu    sync.Mutex
	plans []*planned
}

type planned struct {
	name string
	runs int

	size int64
}

func newPlanner() *planner { return &planner{schema: newSchema(nil)} }

func (p *planner) Exec(context.Context) graphql.ResponseHandler { panic("nobody plans") }

func (p *planner) Plan(_ *ast.QueryDocument, op *ast.OperationDefinition, vars map[string]any) (gateway.Planned, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		return nil, p.wrong
	}
	made := &planned{name: fmt.Sprint(op.Name, len(p.plans)), size: 1000}
	p.plans = append(p.plans, made)
	return made, nil
}

func (p *planned) Size() int64 { return p.size }

func (p *planned) Exec(ctx context.Context) graphql.ResponseHandler {
	p.runs++
	vars, err := json.Marshal(graphql.GetOperationContext(ctx).Variables)
	if err != nil {
		panic(err)
	}
	return graphql.OneShot(&graphql.Response{Data: fmt.Appendf(nil, `{"plan":%q,"vars":%s}`, p.name, vars)})
}

func serving(t *testing.T, cfg gateway.Config, p *planner, extensions ...graphql.HandlerExtension) *gateway.Gateway {
	t.Helper()
	g, err := gateway.New(cfg, p, nil, gateway.Telemetry{}, extensions...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// A plan is made for a document, an operation and what its conditions come to, and
// for nothing else.
func TestPlansAreMadeOnce(t *testing.T) {
	t.Parallel()
	p := newPlanner()
	g := serving(t, gateway.Config{}, p)
	const text = `query A($n: Int, $on: Boolean!, $off: Boolean = true) { count(of: $n) @include(if: $on) ...F } query B { hello } fragment F on Query { hello @skip(if: $off) }`
	ask := func(operation, variables string) string {
		body, err := json.Marshal(map[string]any{"query": text, "operationName": operation, "variables": json.RawMessage(variables)})
		if err != nil {
			t.Fatal(err)
		}
		got := do(t, g, post(t, string(body)))
		name, _ := got.Data["plan"].(string)
		return name
	}
	waitForDocuments(t, func() bool { return ask("A", `{"n":2,"on":true}`) == ask("A", `{"n":3,"on":true,"off":true}`) })
	first := ask("A", `{"n":1,"on":true}`)
	other := ask("A", `{"on":false}`)
	third := ask("A", `{"on":true,"off":false}`)
	b := ask("B", `{}`)
	if diff := cmp.Diff(4, len(map[string]bool{first: true, other: true, third: true, b: true})); diff != "" {
		t.Errorf("%s %s %s %s", first, other, third, b)
	}
	for name, again := range map[string]string{first: ask("A", `{"n":null,"on":true}`), other: ask("A", `{"on":false,"off":true}`), third: ask("A", `{"on":true,"off":false}`), b: ask("B", `{"x":1}`)} {
		if name != again {
			t.Errorf("%s was planned again, as %s", name, again)
		}
	}
}

// waitForDocuments waits until what is kept can be had: that is a little later.
func waitForDocuments(t *testing.T, kept func() bool) {
	t.Helper()
	for range 10_000 {
		if kept() {
			return
		}
	}
	t.Fatal("a document is never kept")
}

// Variables come coerced, and what was sent stays as it was.
func TestAPlannedOperationHasItsVariables(t *testing.T) {
	t.Parallel()
	g := serving(t, gateway.Config{}, newPlanner(), replaced{"n": json.Number("1e2"), "id": json.Number("5.0"), "more": 1})
	got := do(t, g, post(t, `{"query":"query($n: Int, $id: ID!, $d: Int = 3) { count(of: $n) a: order(id: $id) {id} b: count(of: $d) }"}`))
	if got.Code != http.StatusOK || !strings.Contains(got.Body.String(), `"vars":{"d":3,"id":"5","n":100}`) {
		t.Errorf("%s", got.Body)
	}
}

// replaced are variables that an extension puts in place of those of a request; it
// looks at them afterwards.
type replaced map[string]any

func (replaced) ExtensionName() string                   { return "Replaced" }
func (replaced) Validate(graphql.ExecutableSchema) error { return nil }
func (r replaced) MutateOperationParameters(_ context.Context, p *graphql.RawParams) *gqlerror.Error {
	p.Variables = r
	return nil
}

func (r replaced) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	if len(r) != 3 || r["n"] != json.Number("1e2") || r["id"] != json.Number("5.0") {
		return graphql.ErrorResponse(ctx, "the variables of the caller are changed")
	}
	return next(ctx)
}

func TestAPlanThatCannotBeMadeIsARequestError(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		wrong error
		want  string
	}{
		"too large": {
			&gqlerror.Error{Message: "the operation is too large", Extensions: map[string]any{"code": "QUERY_LIMIT"}},
			`{"errors":[{"message":"the operation is too large","extensions":{"code":"QUERY_LIMIT"}}]}`,
		},
		"our mistake": {errors.New("CANARY"), `{"errors":[{"message":"internal error","extensions":{"code":"INTERNAL"}}]}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlanner()
			p.wrong = test.wrong
			if got := do(t, serving(t, gateway.Config{}, p), query(t, "{hello}")); got.Body.String() != test.want {
				t.Errorf("%s", got.Body)
			}
		})
	}
}

// What nobody would call is refused at the start, and so is what calls for nothing.
func TestExtensionsThatGoWithNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		graph     graphql.ExecutableSchema
		extension graphql.HandlerExtension
		want      string
	}{
		"fields of a planned graph": {newPlanner(), hook{}, "gateway: extension Hook intercepts fields, but this graph is planned: nobody would call it"},
		"fields of another":         {newSchema(nil), hook{}, ""},
		"an operation":              {newPlanner(), replaced{}, ""},
		"nothing at all":            {newSchema(nil), idle{}, "gateway: extension Idle takes part in nothing"},
		"what refuses the graph":    {newSchema(nil), idle{errors.New("no")}, "gateway: extension Idle: no"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := gateway.New(gateway.Config{}, test.graph, nil, gateway.Telemetry{}, test.extension)
			if err == nil {
				g.Close()
			}
			if got := fmt.Sprint(err); got != test.want && (test.want != "" || err != nil) {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

type hook struct{}

func (hook) ExtensionName() string                   { return "Hook" }
func (hook) Validate(graphql.ExecutableSchema) error { return nil }
func (hook) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	return next(ctx)
}

type idle struct{ wrong error }

func (idle) ExtensionName() string                     { return "Idle" }
func (i idle) Validate(graphql.ExecutableSchema) error { return i.wrong }

// order is an extension that notes when it is called.
type order struct {
	name  string
	calls *[]string
}

func (o order) ExtensionName() string                   { return "Order" }
func (o order) Validate(graphql.ExecutableSchema) error { return nil }
func (o order) note(what string)                        { *o.calls = append(*o.calls, o.name+" "+what) }

func (o order) MutateOperationParameters(context.Context, *graphql.RawParams) *gqlerror.Error {
	o.note("parameters")
	return nil
}

func (o order) MutateOperationContext(context.Context, *graphql.OperationContext) *gqlerror.Error {
	o.note("context")
	return nil
}

func (o order) InterceptOperation(ctx context.Context, next graphql.OperationHandler) graphql.ResponseHandler {
	o.note("operation")
	return next(ctx)
}

func (o order) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	o.note("response")
	return next(ctx)
}

func TestExtensionsRunInTheirOrder(t *testing.T) {
	t.Parallel()
	var calls []string
	g := serving(t, gateway.Config{}, newPlanner(), order{"a", &calls}, order{"b", &calls})
	do(t, g, query(t, "{hello}"))
	want := []string{
		"a parameters", "b parameters", "a context", "b context", "a operation", "b operation", "a response", "b response",
	}
	if diff := cmp.Diff(want, calls); diff != "" {
		t.Error(diff)
	}
}
