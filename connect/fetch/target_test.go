package fetch

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

// A fussy API refuses anything beside its cursor, whose links lead to another path,
// and wants a filter where there is no cursor.
type fussy struct {
	pages  int
	inBody bool                  // the link is in the body
	link   func(page int) string // in place of its own
	calls  []string
}

func (f *fussy) RoundTrip(req *http.Request) (*http.Response, error) {
	f.calls = append(f.calls, req.URL.RequestURI())
	q, page := req.URL.Query(), 0
	switch {
	case req.URL.Path == "/list" && q.Get("tenant") != "" && q.Get("cursor") == "":
	case req.URL.Path == "/lists/7" && q.Get("key") == "k" && len(q) <= 2 && strings.HasPrefix(q.Get("cursor"), "p"):
		page = number(q.Get("cursor")[1:], 0)
	default:
		return upstreamtest.Answer(400, `{"error":"no filter beside a cursor"}`)(req)
	}
	body := fmt.Sprintf(`{"items":[{"n":%d},{"n":%d}]`, 2*page, 2*page+1)
	if page+1 >= f.pages {
		return upstreamtest.Answer(200, body+"}")(req)
	}
	link := fmt.Sprintf("/lists/7?cursor=p%d&key=k", page+1)
	if f.link != nil {
		link = f.link(page + 1)
	}
	if f.inBody {
		return upstreamtest.Answer(200, fmt.Sprintf(`%s,"next":%q}`, body, link))(req)
	}
	return upstreamtest.Answer(200, body+"}", "Link", fmt.Sprintf(`<%s>; rel="next"`, link))(req)
}

// fussyLister reads a fussy API for a tenant, with a secret.
func fussyLister(tb testing.TB, f *fussy, secret string) *lister {
	tb.Helper()
	style := call.ByLink
	if f.inBody {
		style = call.ByCursor
	}
	return newLister(tb, style, 2, f, func(c *call.Connector) {
		c.Paging.At, c.Paging.Size, c.Paging.More = "cursor", "", nil
		c.URL = mapping.MustTemplate("/list?tenant={$args.tenant}")
	}, setting{client: func(cfg *upstreams.Config) {
		if secret != "" {
			cfg.Auth = credential.Auth{Bearer: credential.Secret{Text: secret}}
		}
	}})
}

func TestATargetIsFollowedWhole(t *testing.T) {
	for _, inBody := range []bool{false, true} {
		for _, first := range []int{1, 2, 3, 5, 10, 11} {
			t.Run(fmt.Sprintf("in the body %t, by %d", inBody, first), func(t *testing.T) {
				f := &fussy{pages: 5, inBody: inBody}
				if inBody {
					f.link = func(page int) string { return fmt.Sprintf("https://shop.test/lists/7?cursor=p%d&key=k", page) }
				}
				l := fussyLister(t, f, "")
				var all []int
				for args := []any{"tenant", "a", "first", first}; ; {
					got, err := l.ask(args...)
					if err != nil || got.beside != nil {
						t.Fatal(err, got.beside)
					}
					for _, c := range got.cursors {
						if raw, _ := parseCursor(c, string(l.id)); strings.Contains(fmt.Sprint(raw), "key=k") {
							t.Fatalf("a client can read %v", raw)
						}
					}
					if all = append(all, got.numbers...); !got.next {
						break
					}
					args = []any{"tenant", "a", "first", first, "after", got.end()}
				}
				if diff := cmp.Diff(countTo(10), all); diff != "" {
					t.Errorf("(-want +got):\n%s\n%q", diff, f.calls)
				}
			})
		}
	}
}

func TestACursorThatHoldsATargetIsGoodForItsListOnly(t *testing.T) {
	begin := func(t *testing.T, secret string) string {
		t.Helper()
		got, err := fussyLister(t, &fussy{pages: 5}, secret).ask("tenant", "a", "first", 2)
		if err != nil {
			t.Fatal(err)
		}
		return got.end()
	}
	tests := map[string]struct {
		secret, its string // before and after
		tenant      string
		first       int
		change      func(*cursor)
		want        []int
		message     string
	}{
		"as it was":                     {secret: "s", its: "s", tenant: "a", first: 2, want: []int{2, 3}},
		"with another first":            {secret: "s", its: "s", tenant: "a", first: 3, want: []int{2, 3, 4}},
		"where there is no secret":      {tenant: "a", first: 2, want: []int{2, 3}},
		"of another tenant":             {secret: "s", its: "s", tenant: "b", first: 2, message: "for these arguments"},
		"of another secret":             {secret: "s", its: "t", tenant: "a", first: 2, message: "for these arguments"},
		"made up":                       {secret: "s", its: "s", tenant: "a", first: 2, change: func(c *cursor) { c.Sealed = "aaaa" }, message: "for these arguments"},
		"changed":                       {secret: "s", its: "s", tenant: "a", first: 2, change: func(c *cursor) { c.Sealed = "A" + c.Sealed[1:] }, message: "for these arguments"},
		"with a position as well":       {secret: "s", its: "s", tenant: "a", first: 2, change: func(c *cursor) { c.Page = "2" }, message: "not one that this API gave out"},
		"longer than a target":          {secret: "s", its: "s", tenant: "a", first: 2, change: func(c *cursor) { c.Sealed = strings.Repeat("a", 20_000) }, message: "not one that this API gave out"},
		"a plain path is only an input": {secret: "s", its: "s", tenant: "a", first: 2, change: func(c *cursor) { c.Sealed, c.Page = "", "/admin" }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := begin(t, test.secret)
			if test.change != nil {
				c, err := parseCursor(text, "Query.linked")
				if err != nil {
					t.Fatal(err)
				}
				test.change(&c)
				text = c.String()
			}
			f := &fussy{pages: 5}
			got, err := fussyLister(t, f, test.its).ask("tenant", test.tenant, "first", test.first, "after", text)
			if test.want != nil {
				if err != nil || !cmp.Equal(got.numbers, test.want) {
					t.Fatalf("got %v, %v", got.numbers, err)
				}
				return
			}
			e, _ := errors.AsType[*upstreams.Error](err)
			if e == nil || !strings.Contains(e.Message, test.message) {
				t.Fatalf("got %#v", err)
			}
			for _, call := range f.calls {
				if !strings.HasPrefix(call, "/list?tenant=a&cursor=") {
					t.Errorf("asked for %s", call)
				}
			}
		})
	}
}

func TestAListEndsWhereItsLinkLeadsElsewhere(t *testing.T) {
	for _, inBody := range []bool{false, true} {
		for _, link := range []string{"https://evil.test/list?cursor=p1", "http://shop.test/lists/7?cursor=p1", "https://me@shop.test/lists/7?cursor=p1"} {
			t.Run(fmt.Sprintf("%s, in the body %t", link, inBody), func(t *testing.T) {
				f := &fussy{pages: 5, inBody: inBody, link: func(int) string { return link }}
				l := fussyLister(t, f, "s")
				got, err := l.ask("tenant", "a", "first", 10)
				if err != nil || !cmp.Equal(got.numbers, []int{0, 1}) || !got.next {
					t.Fatalf("got %v, %v", got.numbers, err)
				}
				if len(got.beside) != 1 || !cmp.Equal(got.beside[0].Path, []any{"edges", 2}) {
					t.Fatalf("errors %v", got.beside)
				}
				if e, _ := errors.AsType[*upstreams.Error](got.beside[0].Err); e == nil || e.Kind != upstreams.Contract || e.Message != call.ErrAstray.Error() {
					t.Errorf("got %#v", got.beside[0].Err)
				}
				if len(f.calls) != 1 {
					t.Errorf("asked for %q", f.calls)
				}
				if n := l.drift("paginate.next: leads elsewhere"); n != 1 {
					t.Errorf("drift %d", n)
				}
			})
		}
	}
}
