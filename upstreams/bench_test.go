package upstreams_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

func warm(tb testing.TB, options ...upstreams.Option) (*upstreams.Client, *upstreams.Request) {
	tb.Helper()
	c, err := cache.New(cache.Config{}, cache.NewMemory(0))
	if err != nil {
		tb.Fatal(err)
	}
	api := upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, "Cache-Control", "no-store"))
	u := upstreams.New(upstreams.Config{Name: "shop"}, c, api, options...)
	tb.Cleanup(func() {
		if err := u.Close(context.WithoutCancel(tb.Context())); err != nil {
			tb.Error(err)
		}
		_ = c.Close(context.Background())
	})
	r := order()
	r.Header = http.Header{"Accept": {"application/json"}, "X-Version": {"3"}}
	if _, err := u.Read(tb.Context(), r); err != nil {
		tb.Fatal(err)
	}
	return u, r
}

// BenchmarkWarmHit is one read that memory answers.
func BenchmarkWarmHit(b *testing.B) {
	u, r := warm(b)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if a, err := u.Read(ctx, r); err != nil || a.Cache != "hit" {
			b.Fatal(a, err)
		}
	}
}

// BenchmarkMiss is one read that goes through all layers to a scripted API.
func BenchmarkMiss(b *testing.B) {
	u, r := warm(b)
	r.Policy.Fresh = nil
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if a, err := u.Read(ctx, r); err != nil || a.Cache != "miss" {
			b.Fatal(a, err)
		}
	}
}

// BenchmarkMissAgainstBareClient is one call of a server on this machine: with an http.Client that reads the
// body, and as a read of which nothing is fresh, which is remembered in memory and in a store, or in memory only. What
// the server allocates is counted in all.
func BenchmarkMissAgainstBareClient(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"n":1}`)
	}))
	b.Cleanup(server.Close)
	b.Run("bare", func(b *testing.B) {
		client := &http.Client{Transport: &http.Transport{}}
		b.Cleanup(client.CloseIdleConnections)
		ctx := b.Context()
		b.ReportAllocs()
		for b.Loop() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
			if err != nil {
				b.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err := errors.Join(err, resp.Body.Close()); err != nil || len(body) != 7 {
				b.Fatal(string(body), err)
			}
		}
	})
	pipe := func(b *testing.B, store cache.Store) {
		b.Helper()
		c, err := cache.New(cache.Config{}, store)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close(context.Background()) })
		u := upstreams.New(upstreams.Config{Name: "shop", URL: server.URL, Patience: new(time.Minute)}, c, nil)
		ctx := b.Context()
		r := &upstreams.Request{
			Connector: "Query.order", Method: http.MethodGet, URL: server.URL, Policy: freshness.Policy{Fresh: new(time.Duration)},
		}
		b.ReportAllocs()
		for b.Loop() {
			if a, err := u.Read(ctx, r); err != nil || a.Cache != "miss" {
				b.Fatal(a, err)
			}
		}
		if err := u.Close(ctx); err != nil {
			b.Error(err)
		}
	}
	b.Run("pipe", func(b *testing.B) { pipe(b, cache.NewMemory(0)) })
	b.Run("pipe_without_a_store", func(b *testing.B) { pipe(b, nil) })
}

// TestWarmHitAllocations holds the promise that a warm read parses nothing: it makes the key and the
// answer, and that is all, whoever looks at the counts.
func TestWarmHitAllocations(t *testing.T) {
	m, _ := meters(t)
	u, r := warm(t, upstreams.WithMetrics(m))
	accepts := 0
	accept := r.Accept
	r.Accept = func(reply upstreams.Reply) (any, error) {
		accepts++
		return accept(reply)
	}
	ctx := t.Context()
	got := testing.AllocsPerRun(1000, func() {
		if a, err := u.Read(ctx, r); err != nil || a.Cache != "hit" {
			t.Fatal(a, err)
		}
	})
	if got > 2 {
		t.Errorf("%v allocations for a warm hit, want at most 2", got)
	}
	if accepts != 0 {
		t.Errorf("a warm hit called Accept %d times", accepts)
	}
}

// atHand answers at once, with four allocations.
type atHand struct{}

// RoundTrip implements [http.RoundTripper].
func (atHand) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(`{"n":1}`)), ContentLength: 7, Request: req}, nil
}

// TestMissAllocations holds what a miss makes, without the transport's part and the store's.
func TestMissAllocations(t *testing.T) {
	c, err := cache.New(cache.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	u := upstreams.New(upstreams.Config{Name: "shop"}, c, atHand{})
	r := order()
	r.Policy.Fresh, r.Policy.Stale = new(time.Duration), new(time.Duration)
	r.Accept = func(upstreams.Reply) (any, error) { return nil, nil }
	ctx := t.Context()
	got := testing.AllocsPerRun(1000, func() {
		if a, err := u.Read(ctx, r); err != nil || a.Cache != "miss" {
			t.Fatal(a, err)
		}
	})
	if got > 40 {
		t.Errorf("%v allocations for a miss, want at most 40", got)
	}
	if err := u.Close(ctx); err != nil {
		t.Error(err)
	}
}

// BenchmarkWarmBatch is a hundred things that memory answers.
func BenchmarkWarmBatch(b *testing.B) {
	u, _ := warm(b)
	batch := orders(from(1, 100)...)
	batch.Accept = func(upstreams.Reply) (any, error) { return 1, nil }
	batch.Split = func(upstreams.Reply, []string) (map[string][]byte, error) { return nil, nil }
	ctx := b.Context()
	u.ReadBatch(ctx, batch)
	b.ReportAllocs()
	for b.Loop() {
		if items := u.ReadBatch(ctx, batch); items[99].Cache != "hit" {
			b.Fatal(items[99])
		}
	}
}
