package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	oracles "holdfast/connect/oracle"
	"holdfast/connect/schema"
	"holdfast/graph/scalar"
	"holdfast/sandbox"
	"holdfast/testdata/shop/graph/oracle"
	"holdfast/testdata/shop/resolvers"
)

// TestTheEngineAnswersAsTheOracle asks the engine, and gqlgen's executor over typed
// views of what the same connectors fetch: twice, from cold and from memory, and while
// an API is down.
func TestTheEngineAnswersAsTheOracle(t *testing.T) {
	for name, query := range map[string]string{
		"an order":       orderQuery,
		"stubs":          `{ a: order(id: "1003") { payment { id } } b: order(id: "1002") { customer { email } payment { status } } none: order(id: "99") { id } }`,
		"lists":          `{ orders(first: 7) { totalCount edges { cursor node { number lines { name quantity } customer { id displayName email } payment { amount { amount } } } } pageInfo { hasNextPage endCursor } } }`,
		"lists of lists": `{ orders(first: 5) { edges { node { customer { orders(first: 2) { edges { node { id payment { status refunds(first: 1) { edges { node { id payment { id status } } } } } } } } } } } } }`,
		"by hand":        `{ orders(first: 4) { edges { node { customer { lifetimeValue { currency amount } } } } } c: customer(email: "ADA.Okafor@example.com") { lifetimeValue { amountMinor } } }`,
		"conditions":     `query($no: Boolean = false) { order(id: 1001) { number @include(if: $no) ...F @skip(if: $no) number } } fragment F on Order { placedAt __typename status }`,
		"bad input":      `{ orders(first: -1) { edges { cursor } } customer(email: "nobody@example.com") { id } }`,
	} {
		t.Run(name, func(t *testing.T) { compareWithOracle(t, shop(), shopOracle(t), query) })
	}
}

// compareWithOracle asks both: from cold, from memory, and while all APIs are down.
func compareWithOracle(t *testing.T, g folder, as func(*schema.Schema, *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension), query string) {
	t.Helper()
	vendors := sandbox.New(sandbox.Config{})
	defer vendors.Close()
	same := func(_ *schema.Schema, es *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension) {
		return es, nil
	}
	own, other := newInProcessAs(t, vendors, g, same), newInProcessAs(t, vendors, g, as)
	defer own.close()
	defer other.close()
	for _, when := range []string{"cold", "warm", "while all is down"} {
		if when == "while all is down" {
			req := httptest.NewRequest(http.MethodPut, "/_faults", strings.NewReader(`{"status":503}`))
			vendors.ServeHTTP(httptest.NewRecorder(), req)
		}
		if diff := cmp.Diff(other.post(t, query), own.post(t, query), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-oracle +engine):\n%s", when, diff)
		}
	}
}

// shopOracle is the shop as gqlgen serves it.
func shopOracle(t *testing.T) func(*schema.Schema, *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension) {
	t.Helper()
	return func(sdl *schema.Schema, es *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension) {
		resolve, err := oracles.New(sdl, scalar.Registry(), oracle.Types, es.schema.Loads)
		if err != nil {
			t.Fatal(err)
		}
		config := oracle.Config{Resolvers: &oracle.Resolver{Hand: &resolvers.Resolver{}}}
		return oracle.NewExecutableSchema(config), []graphql.HandlerExtension{resolve}
	}
}

// post is the answer to a query, with data as it was written.
func (p *inProcess) post(t *testing.T, query string) map[string]any {
	t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	res := httptest.NewRecorder()
	p.front.ServeHTTP(res, req)
	var answer struct {
		Data               json.RawMessage
		Errors, Extensions any
	}
	if err := json.Unmarshal(res.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return map[string]any{"data": string(answer.Data), "errors": answer.Errors, "extensions": answer.Extensions}
}

// The program has neither the oracle nor gqlgen's code for it.
func TestTheProgramIsBuiltWithoutTheOracle(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.Lines(string(out)) {
		pkg = strings.TrimSpace(pkg)
		if filepath.Base(pkg) == "oracle" || strings.Contains(pkg, "gqlgen/codegen") || pkg == "holdfast/graph" {
			t.Errorf("the program is built with %s", pkg)
		}
	}
}
