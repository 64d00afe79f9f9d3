package connect

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

func TestATargetStaysWithinTheSource(t *testing.T) {
	const elsewhere = "elsewhere"
	tests := map[string]struct{ base, link, want string }{
		"a whole URL":                   {"https://h.test/v1", "https://h.test/v1/list?page=2", "/v1/list?page=2"},
		"a path":                        {"https://h.test/v1", "/v1/list?page=2", "/v1/list?page=2"},
		"a query":                       {"https://h.test/v1", "?page=2", "/v1/items/list?page=2"},
		"a path from where we are":      {"https://h.test/v1", "other?page=2", "/v1/items/other?page=2"},
		"a path upwards":                {"https://h.test/v1", "../list", "/v1/list"},
		"a host without its scheme":     {"https://h.test/v1", "//h.test/v1/list", "/v1/list"},
		"nothing":                       {"https://h.test/v1", "", "/v1/items/list?q=1"},
		"the standard port":             {"https://h.test/v1", "https://h.test:443/v1/list", "/v1/list"},
		"our port":                      {"http://h.test:8080", "http://h.test:8080/list", "/list"},
		"a host in capitals":            {"https://h.test", "HTTPS://H.TEST/list", "/list"},
		"a fragment":                    {"https://h.test", "/list?page=2#top", "/list?page=2"},
		"what is not encoded":           {"https://h.test", `/a b?q=ä "x"`, "/a%20b?q=%C3%A4%20%22x%22"},
		"what is encoded stays so":      {"https://h.test", "/a%2Fb?q=%7B%2c", "/a%2Fb?q=%7B%2c"},
		"the base itself":               {"https://h.test/v1", "https://h.test/v1?page=2", "/v1?page=2"},
		"another host":                  {"https://h.test/v1", "https://evil.test/v1/list", elsewhere},
		"another host, by its path":     {"https://h.test/v1", "//evil.test/v1/list", elsewhere},
		"a host that begins like ours":  {"https://h.test", "https://h.test.evil.test/list", elsewhere},
		"ours as a user":                {"https://h.test", "https://h.test@evil.test/list", elsewhere},
		"a user":                        {"https://h.test", "https://me@h.test/list", elsewhere},
		"another scheme":                {"https://h.test", "http://h.test/list", elsewhere},
		"a scheme that is no HTTP":      {"https://h.test", "javascript:alert(1)", elsewhere},
		"a file":                        {"https://h.test", "file:///etc/passwd", elsewhere},
		"another port":                  {"https://h.test", "https://h.test:8443/list", elsewhere},
		"another path":                  {"https://h.test/v1", "https://h.test/v2/list", elsewhere},
		"a path that begins like ours":  {"https://h.test/v1", "https://h.test/v10/list", elsewhere},
		"out of the base by dots":       {"https://h.test/v1", "/v1/../admin", elsewhere},
		"out of the base, up and up":    {"https://h.test/v1", "../../admin", elsewhere},
		"out of it by encoded dots":     {"https://h.test/v1", "/v1/%2e%2e/admin", elsewhere},
		"a control character":           {"https://h.test", "/list\r\nX: y", elsewhere},
		"a broken escape":               {"https://h.test", "/%zz", elsewhere},
		"more than a URL may be long":   {"https://h.test", "/?q=" + strings.Repeat("x", maxURL), elsewhere},
		"a backslash is not a slash":    {"https://h.test/v1", `/v1\..\..\admin`, elsewhere},
		"a host behind two backslashes": {"https://h.test", `\\evil.test/list`, `/v1/items/%5C%5Cevil.test/list`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			api := open(t, Source{BaseURL: test.base}, nil, Settings{})
			got, err := api.target(strings.TrimSuffix(test.base, "/v1")+"/v1/items/list?q=1", test.link)
			if errors.Is(err, errAstray) {
				got = elsewhere
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// An API on a private network is asked by its address, and told the name that it gives in its links.
func TestATargetMayHaveTheNameThatTheSourceIsToldToHave(t *testing.T) {
	tests := map[string]struct{ host, link, want string }{
		"the name":             {"api.internal", "https://api.internal/v1/list?page=2", "/v1/list?page=2"},
		"with its port":        {"api.internal:8443", "https://api.internal:8443/v1/list", "/v1/list"},
		"the address still":    {"api.internal", "https://10.0.0.7:9/v1/list", "/v1/list"},
		"without its port":     {"api.internal:8443", "https://api.internal/v1/list", ""},
		"another name":         {"api.internal", "https://evil.test/v1/list", ""},
		"another path":         {"api.internal", "https://api.internal/v2/list", ""},
		"no name was given it": {"", "https://api.internal/v1/list", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := upstreams.Config{Headers: map[string]credential.Secret{"host": {Text: test.host}}}
			api := openAs(t, Source{BaseURL: "https://10.0.0.7:9/v1"}, cfg, nil, Settings{})
			got, err := api.target("https://10.0.0.7:9/v1/list", test.link)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

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
func fussyLister(t *testing.T, f *fussy, secret string) *lister {
	t.Helper()
	style := ByLink
	if f.inBody {
		style = ByCursor
	}
	l := newLister(t, &pager{style: style}, 2)
	l.paging.At, l.paging.Size, l.paging.More = "cursor", "", nil
	answers, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(answers.Close)
	cfg := upstreams.Config{Name: "shop", Retry: upstreams.Retry{Max: new(0)}}
	if secret != "" {
		cfg.Auth = credential.Auth{Bearer: credential.Secret{Text: secret}}
	}
	client := upstreams.New(cfg, answers, f)
	t.Cleanup(func() { _ = client.Close(t.Context()) })
	if l.api, err = (Source{Name: "shop", BaseURL: "https://shop.test"}).Open(client, Settings{}); err != nil {
		t.Fatal(err)
	}
	l.page.URL = mapping.MustTemplate("/list?tenant={$args.tenant}")
	return l
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
				for args := (Args{"tenant": "a", "first": first}); ; {
					got, errs, err := l.ask(args)
					if err != nil || errs != nil {
						t.Fatal(err, errs)
					}
					for _, c := range got.Cursors {
						if raw, _ := parseCursor(c, "Query.list"); strings.Contains(fmt.Sprint(raw), "key=k") {
							t.Fatalf("a client can read %v", raw)
						}
					}
					if all = append(all, numbers(got)...); !got.HasNext {
						break
					}
					args["after"] = *got.End()
				}
				if diff := cmp.Diff(count0(10), all); diff != "" {
					t.Errorf("(-want +got):\n%s\n%q", diff, f.calls)
				}
			})
		}
	}
}

func TestACursorThatHoldsATargetIsGoodForItsListOnly(t *testing.T) {
	begin := func(t *testing.T, secret string) string {
		t.Helper()
		got, _, err := fussyLister(t, &fussy{pages: 5}, secret).ask(Args{"tenant": "a", "first": 2})
		if err != nil {
			t.Fatal(err)
		}
		return *got.End()
	}
	tests := map[string]struct {
		secret, its string // before and after
		args        Args
		change      func(*cursor)
		want        []int
		message     string
	}{
		"as it was":                     {secret: "s", its: "s", args: Args{"tenant": "a"}, want: []int{2, 3}},
		"with another first":            {secret: "s", its: "s", args: Args{"tenant": "a", "first": 3}, want: []int{2, 3, 4}},
		"where there is no secret":      {args: Args{"tenant": "a"}, want: []int{2, 3}},
		"of another tenant":             {secret: "s", its: "s", args: Args{"tenant": "b"}, message: "for these arguments"},
		"of another secret":             {secret: "s", its: "t", args: Args{"tenant": "a"}, message: "for these arguments"},
		"made up":                       {secret: "s", its: "s", args: Args{"tenant": "a"}, change: func(c *cursor) { c.Sealed = "aaaa" }, message: "for these arguments"},
		"changed":                       {secret: "s", its: "s", args: Args{"tenant": "a"}, change: func(c *cursor) { c.Sealed = "A" + c.Sealed[1:] }, message: "for these arguments"},
		"with a position as well":       {secret: "s", its: "s", args: Args{"tenant": "a"}, change: func(c *cursor) { c.Page = "2" }, message: "not one that this API gave out"},
		"longer than a target":          {secret: "s", its: "s", args: Args{"tenant": "a"}, change: func(c *cursor) { c.Sealed = strings.Repeat("a", 20_000) }, message: "not one that this API gave out"},
		"a plain path is only an input": {secret: "s", its: "s", args: Args{"tenant": "a"}, change: func(c *cursor) { c.Sealed, c.Page = "", "/admin" }, message: "Request failed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := begin(t, test.secret)
			if test.change != nil {
				c, err := parseCursor(text, "Query.list")
				if err != nil {
					t.Fatal(err)
				}
				test.change(&c)
				text = c.String()
			}
			f := &fussy{pages: 5}
			test.args["after"] = text
			if test.args["first"] == nil {
				test.args["first"] = 2
			}
			got, _, err := fussyLister(t, f, test.its).ask(test.args)
			if test.want != nil {
				if err != nil || !cmp.Equal(numbers(got), test.want) {
					t.Fatalf("got %v, %v", got, err)
				}
				return
			}
			e, _ := errors.AsType[*upstreams.Error](err)
			if e == nil || !strings.Contains(e.Message+"Request failed", test.message) {
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
				got, errs, err := l.ask(Args{"tenant": "a", "first": 10})
				if err != nil || !cmp.Equal(numbers(got), []int{0, 1}) || !got.HasNext {
					t.Fatalf("got %v, %v", got, err)
				}
				if len(errs) != 1 || errs[0].Path.String() != "list.edges[2]" {
					t.Fatalf("errors %v", errs)
				}
				if e, _ := errors.AsType[*upstreams.Error](errs[0]); e == nil || e.Kind != upstreams.Contract || e.Message != errAstray.Error() {
					t.Errorf("got %#v", errs[0].Err)
				}
				if len(f.calls) != 1 {
					t.Errorf("asked for %q", f.calls)
				}
				if n := l.api.Status().Connectors["Query.list"].Drift["paginate.next: leads elsewhere"]; n != 1 {
					t.Errorf("drift %d", n)
				}
			})
		}
	}
}

// An API may repeat our credential in its links, where it would be sent twice and
// remembered.
func TestACredentialIsTakenOutOfATarget(t *testing.T) {
	api := open(t, Source{}, nil, Settings{})
	client := upstreams.New(upstreams.Config{Name: "shop", Auth: credential.Auth{Query: &credential.NamedAuth{
		Name: "api key", Value: credential.Secret{Text: "secret"},
	}}}, nil, nil)
	t.Cleanup(func() { _ = client.Close(t.Context()) })
	api.Client = client
	for link, want := range map[string]string{
		"/list?api+key=secret&page=2":   "/list?page=2",
		"/list?page=2&api%20key=secret": "/list?page=2",
		"/list?api%20key=secret":        "/list",
		"/list?apikey=7":                "/list?apikey=7",
	} {
		if got, err := api.target("https://shop.test/list", link); err != nil || got != want {
			t.Errorf("%s: got %q, %v", link, got, err)
		}
	}
}

func TestATargetLikeOurOwnRequestIsAPosition(t *testing.T) {
	const own = "https://shop.test/list?q=a%20b&size=5"
	for target, want := range map[string]string{
		"/list?q=a+b&size=5&page=2":        "2",
		"/list?page=2&size=5&q=a%20b":      "2",
		"/list?q=a+b&size=5":               "",
		"/list?q=a+b&size=5&page=":         "",
		"/list?q=a+b&page=2":               "",
		"/list?q=b&size=5&page=2":          "",
		"/list?q=a+b&size=5&page=2&x=y":    "",
		"/list?q=a+b&size=5&page=2&page=3": "",
		"/lists?q=a+b&size=5&page=2":       "",
	} {
		if got, ok := position(target, own, "page"); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %t", target, got, ok)
		}
	}
}
