package executor

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/hand"
	"holdfast/connect/schema"
	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// A world is a graph over APIs that answer by paths: "GET /orders/1" → body. A path
// that is not there is not found.
type world struct {
	t      testing.TB
	schema *Schema

	mu      sync.Mutex
	answers map[string]string
	steps   map[string]upstreamtest.Step // before answers
	asked   []string
}

// newWorld reads an SDL and serves it; sources answer from answers.
func newWorld(tb testing.TB, sdl string, answers map[string]string, options ...func(*Config)) *world {
	tb.Helper()
	kept, err := cache.New(cache.Config{}, cache.NewMemory(64<<20))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = kept.Close(context.Background()) })
	return newGeneration(tb, kept, sdl, answers, options...)
}

// newGeneration is newWorld over a cache that may remember answers from others.
func newGeneration(tb testing.TB, kept *cache.Cache, sdl string, answers map[string]string, options ...func(*Config)) *world {
	tb.Helper()
	w := &world{t: tb, answers: answers, steps: map[string]upstreamtest.Step{}}
	cfg := Config{}
	for _, set := range options {
		set(&cfg)
	}
	read, findings := schema.Read([]*ast.Source{{Name: "graph.graphqls", Input: sdl}}, schema.Options{ByHand: cfg.Hand.Has})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	cfg.Schema = read
	cfg.Open = func(s call.Source) (*call.API, error) {
		u, err := s.URL(call.Settings{})
		if err != nil {
			return nil, err
		}
		none := 0
		client := upstreams.New(upstreams.Config{
			Name: s.Name, URL: u, Retry: upstreams.Retry{Max: &none}, Breaker: upstreams.Breaker{Off: new(true)},
			Quota: quota.Config{Concurrent: 10_000}, // how slow the machine is must not show
		}, kept, w)
		return s.Open(client, call.Settings{})
	}
	var err error
	if w.schema, err = New(cfg); err != nil {
		tb.Fatal(err)
	}
	return w
}

func byHand(table hand.Table) func(*Config) { return func(c *Config) { c.Hand = table } }

// RoundTrip implements [http.RoundTripper].
func (w *world) RoundTrip(req *http.Request) (*http.Response, error) {
	name := req.Method + " " + req.URL.RequestURI()
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		if len(body) > 0 {
			name += " " + string(body)
		}
	}
	w.mu.Lock()
	w.asked = append(w.asked, name)
	step, body, known := w.steps[name], "", false
	if step == nil {
		body, known = w.answers[name]
	}
	w.mu.Unlock()
	switch {
	case step != nil:
		return step(req)
	case !known:
		return upstreamtest.Answer(http.StatusNotFound, `{}`)(req)
	}
	return upstreamtest.Answer(http.StatusOK, body)(req)
}

// calls are those made since the last time, in the order of texts.
func (w *world) calls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked := w.asked
	w.asked = nil
	slices.Sort(asked)
	return asked
}

// do runs an operation and returns what it came to as text: data, then a line for each
// error with its path.
func (w *world) do(query string, vars map[string]any) string {
	w.t.Helper()
	resp := do(w.t, w.schema, query, vars)
	lines := []string{string(resp.Data)}
	for _, e := range resp.Errors {
		lines = append(lines, strings.TrimSpace(e.Path.String()+": "+e.Message))
	}
	return strings.Join(lines, "\n")
}

// do runs an operation as gqlgen's servers do, and returns its response.
func do(tb testing.TB, es graphql.ExecutableSchema, query string, vars map[string]any) *graphql.Response {
	tb.Helper()
	exec := gqlexecutor.New(es)
	exec.SetErrorPresenter(asIs)
	ctx := graphql.StartOperationTrace(tb.Context())
	oc, errs := exec.CreateOperationContext(ctx, &graphql.RawParams{Query: query, Variables: vars})
	if errs != nil {
		tb.Fatal(errs)
	}
	oc.DisableIntrospection = false
	respond, ctx := exec.DispatchOperation(ctx, oc)
	return respond(ctx)
}
