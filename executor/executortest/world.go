package executortest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/gateway"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
)

// A Settings is what the operator of a golden file says of one source: the section
// settings.json holds them by name.
type Settings struct {
	URL      string            `json:"url"`
	Config   map[string]any    `json:"config"`
	Env      map[string]string `json:"env"`
	Retry    int               `json:"retry"`   // default: none
	Breaker  bool              `json:"breaker"` // default: off
	Timeout  string            `json:"timeout"`
	Patience string            `json:"patience"`
	Fresh    string            `json:"fresh"`
	Refresh  string            `json:"refresh"`
	Stale    string            `json:"stale"`
	Bearer   string            `json:"bearer"`
	MaxBody  int64             `json:"maxBody"`
}

func settingsOf(a *txtar.Archive) (map[string]Settings, error) {
	set := map[string]Settings{}
	text := section(a, "settings.json")
	if text == "" {
		return set, nil
	}
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		return nil, fmt.Errorf("settings.json: %w", err)
	}
	return set, nil
}

// A World is where one case happens: scripted APIs, a cache that remembers nothing
// yet, and a gateway. It lives in the bubble of its test.
type World struct {
	t     *testing.T
	set   map[string]Settings
	api   *api // of a golden file
	rt    http.RoundTripper
	cache *cache.Cache
	front http.Handler
}

// NewWorld is a world whose sources ask rt. What has to be closed is closed with the
// test.
func NewWorld(t *testing.T, rt http.RoundTripper, set map[string]Settings) *World {
	t.Helper()
	answers, err := cache.New(cache.Config{}, cache.NewMemory(64<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answers.Close(context.Background()) })
	return &World{t: t, set: set, rt: rt, cache: answers}
}

// Settings are those of a source.
func (w *World) Settings(source string) Settings { return w.set[source] }

// Client returns a client of a source, which asks the scripted APIs. The world
// closes it.
func (w *World) Client(source, base string) *upstreams.Client {
	s := w.set[source]
	cfg := upstreams.Config{
		Name: source, URL: base, MaxBody: s.MaxBody,
		Retry:   upstreams.Retry{Max: &s.Retry},
		Breaker: upstreams.Breaker{Off: new(!s.Breaker)},
		Auth:    credential.Auth{Bearer: credential.Secret{Text: s.Bearer}},
		Cache: upstreams.Lifetimes{Policy: freshness.Policy{
			Fresh: w.duration(s.Fresh), Refresh: w.duration(s.Refresh), Stale: w.duration(s.Stale),
		}},
		Patience: w.duration(s.Patience),
	}
	if d := w.duration(s.Timeout); d != nil {
		cfg.Timeout = *d
	}
	client := upstreams.New(cfg, w.cache, w.rt)
	w.t.Cleanup(func() {
		if err := client.Close(context.WithoutCancel(w.t.Context())); err != nil {
			w.t.Error(err)
		}
	})
	return client
}

func (w *World) duration(text string) *time.Duration {
	w.t.Helper()
	if text == "" {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		w.t.Fatal(err)
	}
	return &d
}

// Serve puts a gateway in front of the graph.
func (w *World) Serve(open Open) {
	w.t.Helper()
	graph, err := open(w)
	if err != nil {
		w.t.Fatal(err)
	}
	front, err := gateway.New(gateway.Config{Trace: new(true), Computing: 1000}, graph.Schema, nil, gateway.Telemetry{}, graph.Extensions...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(front.Close)
	w.front = front
}

// Ask sends an operation with headers, pairs of name and value, and returns the answer.
func (w *World) Ask(op *Operation, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	body, err := json.Marshal(op)
	if err != nil {
		w.t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "http://localhost/graphql", bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.front.ServeHTTP(rec, req)
	return rec
}
