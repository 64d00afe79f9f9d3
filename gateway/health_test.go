package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/gateway"
)

func TestSurface(t *testing.T) {
	t.Parallel()
	status := func() gateway.Status {
		return gateway.Status{Version: "v1", Sources: map[string]any{"stripe": map[string]any{"breaker": "closed"}}, Cache: map[string]int{"entries": 3}}
	}
	g, err := gateway.New(gateway.Config{}, newSchema(nil), status, gateway.Telemetry{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	draining, err := gateway.New(gateway.Config{}, newSchema(nil), nil, gateway.Telemetry{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(draining.Close)
	draining.Drain()

	tests := map[string]struct {
		g            *gateway.Gateway
		method, path string
		status       int
		body         string // a part
	}{
		"it is alive":                     {g, "GET", "/healthz", 200, "ok\n"},
		"it is ready":                     {g, "GET", "/readyz", 200, "ok\n"},
		"draining it is alive":            {draining, "GET", "/healthz", 200, "ok\n"},
		"but not ready":                   {draining, "GET", "/readyz", 503, "draining\n"},
		"though it answers":               {draining, "GET", "/graphql?query={__typename}", 200, "Query"},
		"a balancer may ask by HEAD":      {g, "HEAD", "/readyz", 200, ""},
		"the status names its sources":    {g, "GET", "/status", 200, `"breaker": "closed"`},
		"and its version":                 {g, "GET", "/status", 200, `"version": "v1"`},
		"without a status there is none":  {draining, "GET", "/status", 200, `"sources": null`},
		"the root says what this is":      {g, "GET", "/", 200, "/graphql"},
		"without examples it shows none":  {g, "GET", "/console/examples.json", 200, "[]\n"},
		"its files are below console":     {g, "GET", "/console/licenses.md", 200, "MIT"},
		"and none but its own":            {g, "GET", "/console/nope.js", 404, ""},
		"the page is not to be written":   {g, "POST", "/", 405, ""},
		"nothing else is there":           {g, "GET", "/nope", 404, ""},
		"health is not to be written":     {g, "POST", "/healthz", 405, ""},
		"a path is not a way to anywhere": {g, "GET", "/graphql/../status", 307, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			test.g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), test.method, test.path, http.NoBody))
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.body) {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
}
