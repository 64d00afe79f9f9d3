package executor_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/cache"
	"holdfast/executor/executortest"
	"holdfast/gateway"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// The graph of the public three-query benchmark of GraphQL gateways: posts with their
// users, of an API that has a hundred and ten of them.
const (
	postsSDL = `
extend schema @source(name: "api", http: {baseURL: "https://api.test"}) @cache(source: "api", fresh: "1h")
type Query {
	posts: [Post] @connect(source: "api", http: {GET: "/posts"}, selection: "id userId title body%s")
	greet: String @connect(source: "api", http: {GET: "/greet"}, selection: "$('Hello World!')")
}
`
	usersByID = `
type Post { id: Int! userId: Int! title: String body: String
	user: User @connect(source: "api", http: {GET: "/users/{$this.userId}"}, selection: "id name username email phone website") }
type User { id: Int! name: String! username: String! email: String! phone: String website: String }
`
	usersBatched = `
type Post { id: Int! userId: Int! title: String body: String user: User }
type User @connect(source: "api", http: {GET: "/users", queryParams: "id: $batch.id->joinNotNull(',')"}, batch: {maxSize: 100}, selection: "id name username email phone website")
{ id: Int! name: String! username: String! email: String! phone: String website: String }
`
)

// posts answers as the API does.
func posts(req *http.Request) (*http.Response, error) {
	user := func(id string) string {
		return fmt.Sprintf(`{"id":%s,"name":"Leanne Graham %s","username":"Bret","email":"Sincere%s@april.biz","phone":"1-770-736-8031","website":"hildegard.org","address":{"street":"Kulas Light"}}`, id, id, id)
	}
	switch path := req.URL.Path; path {
	case "/posts":
		var all []string
		for i := range 100 {
			all = append(all, fmt.Sprintf(`{"id":%d,"userId":%d,"title":"sunt aut facere repellat provident occaecati","body":"quia et suscipit suscipit recusandae consequuntur expedita et cum"}`, i+1, i/10+1))
		}
		return upstreamtest.Answer(200, "["+strings.Join(all, ",")+"]")(req)
	case "/greet":
		return upstreamtest.Answer(200, `{}`)(req)
	case "/users":
		var all []string
		for id := range strings.SplitSeq(req.URL.Query().Get("id"), ",") {
			all = append(all, user(id))
		}
		return upstreamtest.Answer(200, "["+strings.Join(all, ",")+"]")(req)
	default:
		return upstreamtest.Answer(200, user(strings.TrimPrefix(path, "/users/")))(req)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// newPosts is the gateway in front of it, with the log on.
func newPosts(tb testing.TB, sdl string) http.Handler {
	tb.Helper()
	kept, err := cache.New(cache.Config{}, nil)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = kept.Close(context.Background()) })
	e := executortest.Engine{SDL: []*ast.Source{{Name: "posts.graphqls", Input: sdl}}}
	s, err := e.Serve(func(string) executortest.Settings { return executortest.Settings{} }, func(source, base string) *upstreams.Client {
		return upstreams.New(upstreams.Config{Name: source, URL: base}, kept, roundTrip(posts))
	})
	if err != nil {
		tb.Fatal(err)
	}
	front, err := gateway.New(gateway.Config{}, executortest.AsPlanner(s), nil, gateway.Telemetry{Log: slog.New(slog.NewTextHandler(&discarded{}, nil))})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(front.Close)
	return front
}

// publicQueries are those of the benchmark.
func publicQueries() map[string]string {
	return map[string]string{
		"q1": `{ posts { id userId title user { id name email } } }`, "q2": `{ posts { title } }`, "q3": `{ greet }`,
	}
}

func requestOf(tb testing.TB, query string) func() *http.Request {
	tb.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		tb.Fatal(err)
	}
	return func() *http.Request {
		req := httptest.NewRequest(http.MethodPost, "http://localhost/graphql", bytes.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		return req
	}
}

// discarded is what nobody reads.
type discarded struct {
	header http.Header
	bytes  int
}

func (d *discarded) Header() http.Header         { return d.header }
func (*discarded) WriteHeader(int)               {}
func (d *discarded) Write(b []byte) (int, error) { d.bytes += len(b); return len(b), nil }

// BenchmarkPublic measures the three queries through ServeHTTP, all of it fresh. The
// request is the same each time.
func BenchmarkPublic(b *testing.B) {
	for graph, sdl := range map[string]string{"by id": fmt.Sprintf(postsSDL, "") + usersByID, "batched": fmt.Sprintf(postsSDL, " user: { id: userId }") + usersBatched} {
		for name, query := range publicQueries() {
			b.Run(name+" "+graph, func(b *testing.B) {
				front, req := newPosts(b, sdl), requestOf(b, query)()
				text, err := io.ReadAll(req.Body)
				if err != nil {
					b.Fatal(err)
				}
				body, w := bytes.NewReader(text), &discarded{header: http.Header{}}
				req.Body = io.NopCloser(body)
				ask := func() {
					body.Reset(text)
					clear(w.header)
					front.ServeHTTP(w, req)
				}
				ask()
				b.ReportAllocs()
				for b.Loop() {
					ask()
				}
				if w.bytes < 20 {
					b.Fatal("no answer")
				}
			})
		}
	}
}

// BenchmarkPublicCallers has callers that never pause ask q1, and reports how long the
// slowest of a hundred takes.
func BenchmarkPublicCallers(b *testing.B) {
	for _, callers := range []int{8, 64, 256} {
		b.Run(strconv.Itoa(callers), func(b *testing.B) {
			front, request := newPosts(b, fmt.Sprintf(postsSDL, "")+usersByID), requestOf(b, publicQueries()["q1"])
			front.ServeHTTP(&discarded{header: http.Header{}}, request())
			took := make([]time.Duration, b.N)
			var next atomic.Int64
			done := make(chan struct{})
			b.ResetTimer()
			for range callers {
				go func() {
					defer func() { done <- struct{}{} }()
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						req, from := request(), time.Now()
						front.ServeHTTP(&discarded{header: http.Header{}}, req)
						took[i-1] = time.Since(from)
					}
				}()
			}
			for range callers {
				<-done
			}
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "served/s")
		})
	}
}
