package executor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	gqlexecutor "github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/hand"
	"holdfast/connect/record"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/graph/scalar"
	"holdfast/sandbox"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

// A shop is the graph of testdata/shop over the sandbox, in process and without sockets.
type shop struct {
	t       testing.TB
	graph   *executor.Schema
	exec    *gqlexecutor.Executor
	vendors http.Handler

	mu    sync.Mutex
	calls []vendorCall
	// instead answers in a vendor's place; nil, or a step of nil: the vendor does.
	instead func(*http.Request) upstreamtest.Step
}

// A vendorCall is one request that reached a vendor.
type vendorCall struct {
	source, path string // stripe, /payment_intents/pi_1
	query        url.Values
}

// newSandbox builds the vendors, which may outlive shops.
func newSandbox(tb testing.TB) http.Handler {
	tb.Helper()
	vendors := sandbox.New(sandbox.Config{})
	tb.Cleanup(vendors.Close)
	return vendors
}

// newShop builds a shop with vendors of its own.
func newShop(tb testing.TB) *shop {
	tb.Helper()
	return newShopOver(tb, newSandbox(tb))
}

// newShopOver builds a shop: nothing is remembered yet, nothing is retried.
func newShopOver(tb testing.TB, vendors http.Handler) *shop {
	tb.Helper()
	w := &shop{t: tb, vendors: vendors}
	answers, err := cache.New(cache.Config{}, cache.NewMemory(64<<20))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = answers.Close(context.Background()) })
	access := map[string]struct {
		url  string
		auth credential.Auth
	}{
		"woocommerce": {"/woocommerce/wp-json/wc/v3", credential.Auth{Basic: &credential.BasicAuth{User: credential.Secret{Text: "ck_sandbox"}, Password: credential.Secret{Text: "cs_sandbox"}}}},
		"stripe":      {"/stripe/v1", credential.Auth{Bearer: credential.Secret{Text: "sk_test_sandbox"}}},
		"zendesk":     {"/zendesk/api/v2", credential.Auth{Basic: &credential.BasicAuth{User: credential.Secret{Text: "agent@example.com/token"}, Password: credential.Secret{Text: "zd_sandbox"}}}},
	}
	sdl := shopSDL(tb)
	registry := scalar.Registry()
	byHand := hand.Table{"Customer.lifetimeValue": nothing}
	read, findings := schema.Read(sdl, schema.Options{Values: record.Values(sdl, registry), ByHand: byHand.Has})
	if findings.Failed() {
		tb.Fatal(findings)
	}
	graph, err := executor.New(executor.Config{Schema: read, Scalars: registry, Hand: byHand, Open: func(s call.Source) (*call.API, error) {
		at := access[s.Name]
		client := upstreams.New(upstreams.Config{
			Name: s.Name, Auth: at.auth, Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Off: new(true)},
		}, answers, w)
		tb.Cleanup(func() { _ = client.Close(tb.Context()) })
		return s.Open(client, call.Settings{URL: "http://sandbox.test" + at.url})
	}})
	if err != nil {
		tb.Fatal(err)
	}
	w.graph, w.exec = graph, gqlexecutor.New(graph)
	w.exec.SetErrorPresenter(asIs)
	return w
}

// nothing is a method that knows nothing.
func nothing(_ context.Context, in *hand.Input) []hand.Result {
	return make([]hand.Result, len(in.Parents))
}

// asIs presents our errors as they are, so that tests can look at them.
func asIs(ctx context.Context, err error) *gqlerror.Error {
	return graphql.DefaultErrorPresenter(ctx, err)
}

// shopSDL is the graph of testdata/shop.
func shopSDL(tb testing.TB) []*ast.Source {
	tb.Helper()
	files, err := filepath.Glob("../testdata/shop/graph/*.graphqls")
	if err != nil {
		tb.Fatal(err)
	}
	var sources []*ast.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: filepath.Base(file), Input: string(text)})
	}
	return sources
}

// RoundTrip has the sandbox answer, or what stands in its place.
func (w *shop) RoundTrip(req *http.Request) (*http.Response, error) {
	source, path, _ := strings.Cut(strings.TrimPrefix(req.URL.Path, "/"), "/")
	for _, base := range []string{"wp-json/wc/v3", "v1", "api/v2"} {
		if rest, ok := strings.CutPrefix(path, base+"/"); ok {
			path = rest
			break
		}
	}
	w.mu.Lock()
	w.calls = append(w.calls, vendorCall{source: source, path: "/" + path, query: req.URL.Query()})
	instead := w.instead
	w.mu.Unlock()
	if instead != nil {
		if step := instead(req); step != nil {
			return step(req)
		}
	}
	rec := httptest.NewRecorder()
	own := req.Clone(req.Context())
	own.RequestURI = req.URL.RequestURI()
	if own.Body == nil {
		own.Body = http.NoBody
	}
	w.vendors.ServeHTTP(rec, own)
	return rec.Result(), nil
}

// look takes the calls since the last look, in order.
func (w *shop) look() []vendorCall {
	w.mu.Lock()
	defer w.mu.Unlock()
	calls := w.calls
	w.calls = nil
	return calls
}

// total counts the calls since the last look, by source.
func (w *shop) total() map[string]int {
	n := map[string]int{}
	for _, c := range w.look() {
		n[c.source]++
	}
	return n
}

func (w *shop) answerWith(f func(*http.Request) upstreamtest.Step) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instead = f
}

// An answer is what an operation came to.
type answer struct {
	data   string
	errs   gqlerror.List
	report *upstreams.Report
}

// ask runs an operation.
func (w *shop) ask(query string, variables ...map[string]any) answer {
	w.t.Helper()
	report := upstreams.NewReport()
	ctx := upstreams.WithReport(graphql.StartOperationTrace(w.t.Context()), report)
	params := &graphql.RawParams{Query: query}
	if len(variables) > 0 {
		params.Variables = variables[0]
	}
	op, errs := w.exec.CreateOperationContext(ctx, params)
	if errs != nil {
		w.t.Fatalf("%s: %v", query, errs)
	}
	respond, ctx := w.exec.DispatchOperation(ctx, op)
	res := respond(ctx)
	return answer{data: string(res.Data), errs: res.Errors, report: report}
}

// mustAsk is ask for operations that have no errors.
func (w *shop) mustAsk(query string) answer {
	w.t.Helper()
	a := w.ask(query)
	if len(a.errs) > 0 {
		w.t.Fatalf("%s: %v", query, a.errs)
	}
	return a
}

// field follows a dotted path into the data, through numbers into lists.
func (a answer) field(tb testing.TB, path string) any {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(a.data)))
	var v any
	if err := d.Decode(&v); err != nil {
		tb.Fatalf("%q: %v", a.data, err)
	}
	for step := range strings.SplitSeq(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			tb.Fatalf("no %s of %s in %s", step, path, a.data)
		}
		v = m[step]
	}
	return v
}

// paths are the paths of the errors, sorted.
func (a answer) paths() []string {
	var all []string
	for _, e := range a.errs {
		all = append(all, e.Path.String())
	}
	slices.Sort(all)
	return all
}
