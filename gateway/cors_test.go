package gateway_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/gateway"
	"holdfast/upstreams/field"
)

const shop, other = "https://shop.example", "https://other.example"

func TestCORS(t *testing.T) {
	t.Parallel()
	preflight := func(origin string) *http.Request {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/graphql", nil)
		return with(r, "Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	}
	listed := gateway.CORS{Origins: []string{shop}}
	const (
		headers = "Accept, Content-Type, GraphQL-Require-Preflight, X-Holdfast-Trace"
		shown   = "Age, Cache-Status, Retry-After"
	)
	tests := map[string]struct {
		cors    gateway.CORS
		request *http.Request
		status  int
		want    map[string]string // by the end of Access-Control-…
	}{
		"a listed origin is told what it may": {listed, preflight(shop), 204, map[string]string{
			"Allow-Origin": shop, "Allow-Methods": "GET, POST", "Allow-Headers": headers, "Expose-Headers": shown, "Max-Age": "600",
		}},
		"and reads the answer":              {listed, query(t, "{hello}", "Origin", shop), 200, map[string]string{"Allow-Origin": shop, "Expose-Headers": shown}},
		"an error too":                      {listed, query(t, "{hello}", "Origin", shop, "Accept", "text/html"), 406, map[string]string{"Allow-Origin": shop, "Expose-Headers": shown}},
		"another one is refused":            {listed, preflight(other), 403, nil},
		"and reads nothing":                 {listed, query(t, "{hello}", "Origin", other), 200, nil},
		"another port is another origin":    {listed, preflight(shop + ":8443"), 403, nil},
		"another scheme too":                {listed, preflight("http://shop.example"), 403, nil},
		"what only begins so is not listed": {listed, preflight(shop + ".evil.example"), 403, nil},
		"an origin that is hidden is not":   {listed, preflight("null"), 403, nil},
		"credentials are said":              {gateway.CORS{Origins: []string{shop}, Credentials: true}, query(t, "{hello}", "Origin", shop), 200, map[string]string{"Allow-Origin": shop, "Expose-Headers": shown, "Allow-Credentials": "true"}},
		"headers are added": {gateway.CORS{Origins: []string{shop}, Headers: []string{"Authorization"}, Expose: []string{"Traceparent"}, MaxAge: time.Hour}, preflight(shop), 204, map[string]string{
			"Allow-Origin": shop, "Allow-Methods": "GET, POST", "Allow-Headers": headers + ", Authorization", "Expose-Headers": shown + ", Traceparent", "Max-Age": "3600",
		}},
		"every origin may be":              {gateway.CORS{Origins: []string{"*"}}, query(t, "{hello}", "Origin", other), 200, map[string]string{"Allow-Origin": "*", "Expose-Headers": shown}},
		"no page asks: nothing is said":    {listed, query(t, "{hello}"), 200, nil},
		"no setting: no page may":          {gateway.CORS{}, query(t, "{hello}", "Origin", shop), 200, nil},
		"nor ask":                          {gateway.CORS{}, preflight(shop), 405, nil},
		"OPTIONS that asks nothing is 405": {listed, with(preflight(shop), "Access-Control-Request-Method", ""), 405, map[string]string{"Allow-Origin": shop, "Expose-Headers": shown}},
		"a GET still needs its header": {listed, with(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query={hello}", nil),
			"Origin", shop, "Sec-Fetch-Site", "cross-site"), 403, map[string]string{"Allow-Origin": shop, "Expose-Headers": shown}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, _ := serve(t, gateway.Config{CORS: test.cors}, map[string]resolver{"Query.hello": always("world")})
			w := httptest.NewRecorder()
			g.ServeHTTP(w, test.request)
			if w.Code != test.status {
				t.Errorf("status %d, want %d: %s", w.Code, test.status, w.Body)
			}
			got := map[string]string{}
			for name := range w.Header() {
				if what, ok := strings.CutPrefix(name, "Access-Control-"); ok {
					got[what] = w.Header().Get(name)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" && len(test.want)+len(got) > 0 {
				t.Errorf("(-want +got):\n%s", diff)
			}
			varies := slices.Contains(w.Header().Values("Vary"), "Origin")
			if varies != (len(test.cors.Origins) > 0) {
				t.Errorf("Vary %v", w.Header().Values("Vary"))
			}
		})
	}
}

// Only /graphql is for other origins.
func TestOtherPathsAreForNoOtherOrigin(t *testing.T) {
	t.Parallel()
	g, _ := serve(t, gateway.Config{CORS: gateway.CORS{Origins: []string{"*"}}}, nil)
	for _, path := range []string{"/", "/status", "/readyz"} {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, with(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), "Origin", shop))
		if header := w.Header().Get("Access-Control-Allow-Origin"); w.Code != http.StatusOK || header != "" {
			t.Errorf("%s: status %d, allowed %q", path, w.Code, header)
		}
	}
}

func TestSettingsThatNobodyCanMean(t *testing.T) {
	t.Parallel()
	origins := func(all ...string) gateway.Config { return gateway.Config{CORS: gateway.CORS{Origins: all}} }
	tests := map[string]struct {
		config gateway.Config
		path   string // "": it is fine
	}{
		"the zero value":                    {},
		"a limit below zero":                {gateway.Config{Depth: -1}, "depth"},
		"a name":                            {gateway.Config{Hosts: []string{"graph.example", "*"}}, ""},
		"a URL for a name":                  {gateway.Config{Hosts: []string{"a.example", "https://graph.example"}}, "hosts.1"},
		"a name with a port":                {gateway.Config{Hosts: []string{"graph.example:80"}}, "hosts.0"},
		"a pattern of names":                {gateway.Config{Hosts: []string{"*.example"}}, "hosts.0"},
		"an origin":                         {origins("https://shop.example", "http://localhost:3000", "http://[::1]:3000", "*", "capacitor://localhost"), ""},
		"an origin with a path":             {origins("https://shop.example/"), "cors.origins.0"},
		"an origin without a scheme":        {origins("https://a.example", "shop.example"), "cors.origins.1"},
		"an origin in capitals":             {origins("https://Shop.example"), "cors.origins.0"},
		"the scheme's own port":             {origins("https://shop.example:443"), "cors.origins.0"},
		"a port that is none":               {origins("https://shop.example:"), "cors.origins.0"},
		"letters browsers write otherwise":  {origins("https://läden.example"), "cors.origins.0"},
		"a pattern of origins":              {origins("https://*.shop.example"), "cors.origins.0"},
		"an origin that is hidden":          {origins("null"), "cors.origins.0"},
		"every origin with credentials":     {gateway.Config{CORS: gateway.CORS{Origins: []string{"*"}, Credentials: true}}, "cors.origins.0"},
		"every header with credentials":     {gateway.Config{CORS: gateway.CORS{Headers: []string{"*"}, Credentials: true}}, "cors.headers.0"},
		"what is no name of a header":       {gateway.Config{CORS: gateway.CORS{Expose: []string{"Age", "a b"}}}, "cors.expose.1"},
		"to be remembered for less than no": {gateway.Config{CORS: gateway.CORS{MaxAge: -1}}, "cors.maxAge"},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		test := tests[name]
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong, _ := errors.AsType[*field.Error](test.config.Validate())
			if wrong == nil {
				wrong = &field.Error{}
			}
			if wrong.Path != test.path {
				t.Errorf("got %q (%s), want %q", wrong.Path, wrong.Reason, test.path)
			}
		})
	}
}
