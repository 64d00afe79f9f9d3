package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/gateway"
	"holdfast/sandbox"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
)

// inProcess is the gateway over the sandbox, without any sockets.
type inProcess struct {
	front   *gateway.Gateway
	vendors http.Handler
	calls   atomic.Int64
	close   func()
}

// newInProcess builds a gateway that remembers nothing yet.
func newInProcess(tb testing.TB, vendors http.Handler) *inProcess {
	tb.Helper()
	return newInProcessAs(tb, vendors, shop(), func(_ *schema.Schema, es *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension) {
		return es, nil
	})
}

// newInProcessAs is newInProcess for another graph, for what as makes of the engine, and with other settings of that.
func newInProcessAs(
	tb testing.TB, vendors http.Handler, g folder, as func(*schema.Schema, *engine) (graphql.ExecutableSchema, []graphql.HandlerExtension),
	change ...func(*executor.Config),
) *inProcess {
	tb.Helper()
	p := &inProcess{vendors: vendors}
	answers, err := cache.New(cache.Config{}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	set := map[string]struct{ base, user, password string }{
		"woocommerce": {"/woocommerce/wp-json/wc/v3", "ck_sandbox", "cs_sandbox"},
		"stripe":      {"/stripe/v1", "sk_test_sandbox", ""},
		"zendesk":     {"/zendesk/api/v2", "agent@example.com/token", "zd_sandbox"},
	}
	var clients []*upstreams.Client
	sdl, err := readGraph(options{graph: g})
	if err != nil {
		tb.Fatal(err)
	}
	cfg := executor.Config{Open: func(s call.Source) (*call.API, error) {
		at := set[s.Name]
		client := upstreams.New(upstreams.Config{Name: s.Name, Auth: credential.Auth{Basic: &credential.BasicAuth{
			User: credential.Secret{Text: at.user}, Password: credential.Secret{Text: at.password},
		}}}, answers, p)
		clients = append(clients, client)
		return s.Open(client, call.Settings{URL: "http://sandbox.test" + at.base})
	}}
	for _, c := range change {
		c(&cfg)
	}
	es, err := g.open(sdl, cfg)
	if err != nil {
		tb.Fatal(err)
	}
	served, extensions := as(sdl, es)
	p.front, err = gateway.New(gateway.Config{}, served, func() gateway.Status { return gateway.Status{} }, gateway.Telemetry{}, extensions...)
	if err != nil {
		tb.Fatal(err)
	}
	p.close = func() {
		p.front.Close()
		for _, c := range clients {
			if err := c.Close(context.WithoutCancel(tb.Context())); err != nil {
				tb.Error(err)
			}
		}
		_ = answers.Close(context.Background())
	}
	return p
}

// RoundTrip has the sandbox answer.
func (p *inProcess) RoundTrip(req *http.Request) (*http.Response, error) {
	p.calls.Add(1)
	own := req.Clone(req.Context())
	own.RequestURI = req.URL.RequestURI()
	if own.Body == nil {
		own.Body = http.NoBody
	}
	rec := httptest.NewRecorder()
	p.vendors.ServeHTTP(rec, own)
	return rec.Result(), nil
}

const orders20 = `{"query":"{ orders(first: 20) { edges { node { number total { amount currency } customer { displayName } payment { status } } } pageInfo { hasNextPage endCursor } } }"}`

// ask runs the query and checks that it came to something.
func (p *inProcess) ask(b *testing.B) {
	b.Helper()
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(orders20))
	req.Header.Set("Content-Type", "application/json")
	res := httptest.NewRecorder()
	p.front.ServeHTTP(res, req)
	if body := res.Body.Bytes(); res.Code != http.StatusOK || bytes.Contains(body, []byte(`"errors"`)) || bytes.Count(body, []byte(`"number"`)) != 20 {
		b.Fatalf("%d: %s", res.Code, body)
	}
}

// BenchmarkWarmOrders20 answers a list of twenty orders with their customers and
// payments from memory: HTTP in, JSON out.
func BenchmarkWarmOrders20(b *testing.B) {
	vendors := sandbox.New(sandbox.Config{})
	defer vendors.Close()
	p := newInProcess(b, vendors)
	defer p.close()
	p.ask(b)
	before := p.calls.Load()
	b.ReportAllocs()
	for b.Loop() {
		p.ask(b)
	}
	b.ReportMetric(float64(p.calls.Load()-before)/float64(b.N), "calls/op")
}

// BenchmarkColdOrders20 answers the same with nothing remembered. The work of the
// sandbox is part of it.
func BenchmarkColdOrders20(b *testing.B) {
	vendors := sandbox.New(sandbox.Config{})
	defer vendors.Close()
	var calls int64
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		p := newInProcess(b, vendors)
		b.StartTimer()
		p.ask(b)
		b.StopTimer()
		calls += p.calls.Load()
		p.close()
		b.StartTimer()
	}
	b.ReportMetric(float64(calls)/float64(b.N), "calls/op")
}

// BenchmarkReadTheGraph is what the start of the program pays for SDL being read
// rather than compiled.
func BenchmarkReadTheGraph(b *testing.B) {
	for b.Loop() {
		if _, err := readGraph(options{graph: shop()}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenTheGraph is what each generation pays besides: requests, mappings and
// plans are prepared for the engine.
func BenchmarkOpenTheGraph(b *testing.B) {
	sdl, err := readGraph(options{graph: shop()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		_, err := shop().open(sdl, executor.Config{Open: func(s call.Source) (*call.API, error) {
			return s.Open(upstreams.New(upstreams.Config{Name: s.Name}, nil, nil), call.Settings{})
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
}
