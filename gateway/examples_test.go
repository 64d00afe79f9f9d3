package gateway_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/gateway"
	"holdfast/gateway/console"
)

// TestExamples hands the gateway examples of its graph and of others.
func TestExamples(t *testing.T) {
	t.Parallel()
	var logs bytes.Buffer
	fits := console.Example{Name: "2.graphql", Query: "# a comment\nquery Hello { hello }\n"}
	cfg := gateway.Config{Examples: []console.Example{
		{Name: "1.graphql", Query: "{ goodbye }"},
		fits,
		{Name: "3.graphql", Query: "{"},
	}}
	tel := gateway.Telemetry{Log: slog.New(slog.NewTextHandler(&logs, nil))}
	g, err := gateway.New(cfg, newSchema(map[string]resolver{"Query.hello": always("world")}), nil, tel)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()

	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/console/examples.json", http.NoBody))
	var shown []console.Example
	if err := json.Unmarshal(w.Body.Bytes(), &shown); err != nil {
		t.Fatalf("%d %q: %v", w.Code, w.Body, err)
	}
	if diff := cmp.Diff([]console.Example{fits}, shown); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	for _, left := range []string{"name=1.graphql", "name=3.graphql"} {
		if !strings.Contains(logs.String(), left) {
			t.Errorf("the log does not say %s:\n%s", left, &logs)
		}
	}
}
