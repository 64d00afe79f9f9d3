package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"holdfast/gateway"
)

// serve returns a gateway over resolvers, and what it logs.
func serve(t *testing.T, cfg gateway.Config, resolvers map[string]resolver) (*gateway.Gateway, *bytes.Buffer) {
	t.Helper()
	var logs bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g, err := gateway.New(cfg, newSchema(resolvers), nil, gateway.Telemetry{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g, &logs
}

// reply is what a client sees.
type reply struct {
	*httptest.ResponseRecorder

	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
	Data       map[string]any
	Extensions map[string]json.RawMessage
}

func do(t *testing.T, h http.Handler, r *http.Request) reply {
	t.Helper()
	out := reply{ResponseRecorder: httptest.NewRecorder()}
	h.ServeHTTP(out, r)
	if err := json.Unmarshal(out.Body.Bytes(), &out); err != nil {
		t.Fatalf("body %q: %v", out.Body, err)
	}
	return out
}

// post returns a request with a JSON body; headers are pairs, "" leaves one out.
func post(t *testing.T, body string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return with(r, headers...)
}

func with(r *http.Request, headers ...string) *http.Request {
	for i := 0; i < len(headers); i += 2 {
		r.Header.Del(headers[i])
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	return r
}

// query returns a request for an operation.
func query(t *testing.T, text string, headers ...string) *http.Request {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": text})
	if err != nil {
		t.Fatal(err)
	}
	return post(t, string(body), headers...)
}

// always returns a resolver of a constant.
func always(value any) resolver {
	return func(context.Context, map[string]any) (any, error) { return value, nil }
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	_, err := gateway.New(gateway.Config{Depth: -1}, newSchema(nil), nil, gateway.Telemetry{})
	if err == nil || err.Error() != "gateway: depth: -1 is negative" {
		t.Errorf("New = %v", err)
	}
}
