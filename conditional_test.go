package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// orderNow asks for an order and returns its number, state and reason, and the headers of the answer.
func (p *program) orderNow() (got []any, h http.Header) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.url+"/graphql", strings.NewReader(`{"query":"{ order(id: 1) { number } }"}`))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Holdfast-Trace", "1")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var a struct {
		Data       struct{ Order struct{ Number string } }
		Extensions struct {
			Freshness []struct{ State, Reason, Cache string }
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil || len(a.Extensions.Freshness) != 1 {
		p.t.Fatalf("%+v, %v", a, err)
	}
	f := a.Extensions.Freshness[0]
	return []any{a.Data.Order.Number, f.State, f.Reason, f.Cache}, res.Header
}

// An API with tags and a clock of its own, asked by the program over real sockets.
func TestAnAPIThatSaysNotModified(t *testing.T) {
	const order = `{"id":1,"number":"1001","status":"pending","currency":"EUR","total":"1.00","date_created_gmt":"2026-01-01T00:00:00",
		"date_modified_gmt":"2026-01-01T00:00:00","line_items":[],"customer_id":0,"meta_data":[]}`
	steps := []struct {
		name   string
		says   func(w http.ResponseWriter, conditional bool)
		want   []any
		status string // Cache-Status
	}{
		{"the first answer", func(w http.ResponseWriter, _ bool) {
			_, _ = w.Write([]byte(order))
		}, []any{"1001", "FRESH", "", "miss"}, "holdfast; fwd=miss"},
		{"not modified", func(w http.ResponseWriter, conditional bool) {
			if !conditional {
				t.Error("asked without a condition")
			}
			w.WriteHeader(http.StatusNotModified)
		}, []any{"1001", "FRESH", "", "revalidated"}, "holdfast; fwd=stale; fwd-status=304"},
		{"not modified, by its strong name and nothing else", func(w http.ResponseWriter, _ bool) {
			w.Header().Set("Etag", `"1"`)
			w.WriteHeader(http.StatusNotModified)
		}, []any{"1001", "FRESH", "", "revalidated"}, "holdfast; fwd=stale; fwd-status=304"},
		{"a part that nobody asked for", func(w http.ResponseWriter, _ bool) {
			w.WriteHeader(http.StatusPartialContent)
			_, _ = w.Write([]byte(strings.ReplaceAll(order, "1001", "9")))
		}, []any{"1001", "STANDING_IN", "CONTRACT", "stale"}, "holdfast; fwd=stale"},
		{"something else is not modified", func(w http.ResponseWriter, _ bool) {
			w.Header().Set("Etag", `"7"`)
			w.WriteHeader(http.StatusNotModified)
		}, []any{"1001", "STANDING_IN", "CONTRACT", "stale"}, "holdfast; fwd=stale"},
		{"it has changed", func(w http.ResponseWriter, _ bool) {
			_, _ = w.Write([]byte(strings.ReplaceAll(order, "1001", "1002")))
		}, []any{"1002", "FRESH", "", "miss"}, "holdfast; fwd=miss"},
		{"an outage", func(w http.ResponseWriter, _ bool) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}, []any{"1002", "STANDING_IN", "STATUS", "stale"}, "holdfast; fwd=stale"},
	}
	var at atomic.Int64
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Etag", `W/"1"`)
		w.Header().Set("Date", time.Now().Add(-2*time.Hour).UTC().Format(http.TimeFormat))
		steps[at.Load()].says(w, r.Header.Get("If-None-Match") != "")
	}))
	defer api.Close()
	p := start(t, "-set", "sources.woocommerce.url="+api.URL, "-set", "sources.woocommerce.cache.stale=1h", "-set", "sources.woocommerce.cache.fresh=0s",
		"-set", "sources.woocommerce.retry.max=0", "-set", "sources.woocommerce.patience=5s")
	for i, step := range steps {
		at.Store(int64(i))
		got, h := p.orderNow()
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: %s", step.name, diff)
		}
		if is := h.Get("Cache-Status"); is != step.status {
			t.Errorf("%s: Cache-Status %q, want %q", step.name, is, step.status)
		}
	}
	var status struct {
		Sources map[string]struct {
			ClockSkew  string
			Connectors map[string]struct{ NotModified int }
		}
	}
	if err := json.Unmarshal([]byte(p.do(http.MethodGet, p.url+"/status", "")), &status); err != nil {
		t.Fatal(err)
	}
	shop := status.Sources["woocommerce"]
	if skew, err := time.ParseDuration(shop.ClockSkew); err != nil || (skew+2*time.Hour).Abs() > time.Minute {
		t.Errorf("its clock is ahead by %q, want -2h", shop.ClockSkew)
	}
	if n := shop.Connectors["Query.order"].NotModified; n != 2 {
		t.Errorf("%d answers were not modified, want 2", n)
	}
}

// A clock that is behind takes nothing from what the settings say, and max-age counts from where Age does.
func TestAClockThatIsOffDoesNotAgeAnswers(t *testing.T) {
	calls := atomic.Int64{}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", time.Now().Add(-2*time.Hour).UTC().Format(http.TimeFormat))
		w.Header().Set("Age", "600")
		_, _ = w.Write([]byte(`{"id":1,"number":"1001","status":"pending","currency":"EUR","total":"1.00","date_created_gmt":"2026-01-01T00:00:00",
			"date_modified_gmt":"2026-01-01T00:00:00","line_items":[],"customer_id":0,"meta_data":[]}`))
	}))
	defer api.Close()
	p := start(t, "-set", "sources.woocommerce.url="+api.URL, "-set", "sources.woocommerce.cache.fresh=1h",
		"-set", "cache.jitter=0")
	for _, want := range [][]any{{"1001", "FRESH", "", "miss"}, {"1001", "FRESH", "", "hit"}} {
		got, h := p.orderNow()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if age := h.Get("Age"); !strings.HasPrefix(age, "60") {
			t.Errorf("Age %s, want the 600 that it had", age)
		}
		if control := h.Get("Cache-Control"); control != "public, max-age=3599" && control != "public, max-age=3600" {
			t.Errorf("Cache-Control %s, want an hour from when it was new", control)
		}
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}
