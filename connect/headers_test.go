package connect_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"

	"holdfast/cache"
	"holdfast/connect"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

func TestAPartSaysWhichHeadersItDependsOn(t *testing.T) {
	tests := map[string]struct {
		callers []string
		forward []string
		want    []string
	}{
		"nothing of the caller":              {},
		"a header":                           {callers: []string{"$request.headers.x-tenant"}, want: []string{"X-Tenant"}},
		"two, and a credential that goes on": {callers: []string{"$request.headers.accept-language", "$request.headers.x-tenant"}, forward: []string{"authorization"}, want: []string{"Accept-Language", "X-Tenant", "authorization"}},
		"a credential that goes on":          {forward: []string{"Authorization", "Cookie"}, want: []string{"Authorization", "Cookie"}},
		"all headers":                        {callers: []string{"$request.headers"}, want: []string{"*"}},
		"what middleware found out":          {callers: []string{"$context.user"}, want: []string{"*"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := tracked("Query.tracked")
				c.Callers = test.callers
				rt := upstreamtest.Play(upstreamtest.Answer(200, `{"at":"here"}`))
				api := openedWith(t, upstreams.Config{Auth: credential.Auth{Forward: test.forward}}, rt)
				report := upstreams.NewReport()
				ctx := graphql.WithResponseContext(upstreams.WithReport(t.Context(), report), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
				if _, err := connect.One(ctx, api, c, nil); err != nil {
					t.Fatal(err)
				}
				part := report.Parts()[0]
				if diff := cmp.Diff(test.want, part.Vary); diff != "" || part.Shared != (test.want == nil) {
					t.Errorf("shared %v, varies by %s", part.Shared, diff)
				}
			})
		})
	}
}

// openedWith is opened with other settings.
func openedWith(t *testing.T, cfg upstreams.Config, rt http.RoundTripper) *connect.API {
	t.Helper()
	c, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	cfg.Name = "a"
	u := upstreams.New(cfg, c, rt)
	t.Cleanup(func() { _ = u.Close(t.Context()) })
	api, err := connect.Source{Name: "a"}.Open(u, connect.Settings{URL: "https://a.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// A connector whose API says "not modified" maps nothing, but what it reads of the headers.
func TestWhatIsNotModifiedIsMappedOnce(t *testing.T) {
	tests := map[string]struct {
		reads []string
		want  int // how often it was mapped
	}{
		"a selection that reads the body":           {want: 1},
		"one that reads a header that stays":        {reads: []string{"$response.headers.x-stays"}, want: 1},
		"one that reads a header that changes":      {reads: []string{"$response.headers.x-n"}, want: 3},
		"one that reads all headers":                {reads: []string{"$response.headers"}, want: 3},
		"one that reads arguments, settings, state": {reads: []string{"$args.id", "$config.x", "$status"}, want: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := 0
				api := openedWith(t, upstreams.Config{}, upstreamtest.Play(func(r *http.Request) (*http.Response, error) {
					n++
					header := []string{"Etag", `"1"`, "X-N", strconv.Itoa(n), "X-Stays", "1"}
					if r.Header.Get("If-None-Match") == `"1"` {
						return upstreamtest.Answer(304, "", header...)(r)
					}
					return upstreamtest.Answer(200, `{"at":"here"}`, header...)(r)
				}))
				mapped := 0
				c := tracked("Query.tracked")
				c.Reads = test.reads
				plain := c.Map
				c.Map = func(m *connect.Mapper, in connect.Value) *string { mapped++; return plain(m, in) }
				for range 3 {
					ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
					if got, err := connect.One(ctx, api, c, nil); err != nil || *got != "here" {
						t.Fatalf("got %v, %v", got, err)
					}
					time.Sleep(time.Minute)
				}
				if mapped != test.want || n != 3 {
					t.Errorf("mapped %d times in %d calls, want %d", mapped, n, test.want)
				}
			})
		})
	}
}

// A Link that changes though its page does not leads on.
func TestALinkThatComesWithNotModifiedIsFollowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := ""
		api := openedWith(t, upstreams.Config{}, upstreamtest.Play(func(r *http.Request) (*http.Response, error) {
			switch {
			case r.URL.Query().Get("page") != "":
				return upstreamtest.Answer(200, `["b"]`)(r)
			case r.Header.Get("If-None-Match") != "":
				return upstreamtest.Answer(304, "", "Link", link)(r)
			}
			return upstreamtest.Answer(200, `["a"]`, "Etag", `"1"`)(r)
		}))
		page := &connect.Connector[[]string]{
			Call: connect.Call{ID: "Query.list", Method: http.MethodGet, URL: mapping.MustTemplate("/list")},
			Map: func(m *connect.Mapper, in connect.Value) []string {
				return connect.NeedList(m.Answer(), "", in, connect.NonNull(connect.String))
			},
		}
		list := &connect.Connector[*connect.Page[string]]{
			Call:  page.Call,
			Pages: connect.Paged(page, &connect.Paging{Style: connect.ByLink, At: "page", Max: 10}, func(p *connect.Page[string]) *connect.Page[string] { return p }),
		}
		for _, want := range [][]string{{"a"}, {"a", "b"}} {
			ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
			got, err := connect.One(ctx, api, list, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Nodes); diff != "" {
				t.Error(diff)
			}
			link = `<https://a.example.com/list?page=2>; rel="next"`
			time.Sleep(time.Minute)
		}
	})
}
