package upstreams_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// result is what one of many concurrent readers got.
type result struct {
	value any
	err   error
}

// readers starts one reader for each request and returns their results when all are done.
func readers(ctx context.Context, u *upstreams.Client, all ...*upstreams.Request) func() []result {
	results := make([]result, len(all))
	var wg sync.WaitGroup
	for i, r := range all {
		wg.Go(func() {
			a, err := u.Read(ctx, r)
			if err != nil {
				results[i].err = err
				return
			}
			results[i].value = a.Value
		})
	}
	return func() []result {
		wg.Wait()
		return results
	}
}

func many(n int, r func() *upstreams.Request) []*upstreams.Request {
	all := make([]*upstreams.Request, n)
	for i := range all {
		all[i] = r()
	}
	return all
}

func TestOneCallForAllWhoAskTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":7}`))))
		for i, got := range readers(t.Context(), s.Client, many(10_000, order)...)() {
			if got.err != nil || got.value != 7 {
				t.Fatalf("reader %d got %v, %v", i, got.value, got.err)
			}
		}
		if s.api.Calls() != 1 {
			t.Errorf("%d calls for 10,000 readers, want 1", s.api.Calls())
		}
	})
}

func TestLeaderLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":7}`))))
		ctx, leave := context.WithCancel(t.Context())
		leader := readers(ctx, s.Client, order())
		synctest.Wait()
		followers := readers(t.Context(), s.Client, many(100, order)...)
		synctest.Wait()
		leave()
		if got := leader()[0]; !errors.Is(got.err, context.Canceled) {
			t.Errorf("the leader got %v", got)
		}
		failed := 0
		for _, got := range followers() {
			if got.err != nil {
				failed++
			}
		}
		if failed > 0 || s.api.Calls() != 1 {
			t.Errorf("%d of 100 followers failed, %d calls", failed, s.api.Calls())
		}
	})
}

func TestCallEndsWhenTheLastOneLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		s := open(t, upstreams.Config{}, upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			ended <- req.Context().Err()
			return nil, req.Context().Err()
		}, upstreamtest.Answer(200, `{"n":7}`)))
		ctx, leave := context.WithCancel(t.Context())
		done := readers(ctx, s.Client, many(10, order)...)
		synctest.Wait()
		leave()
		done()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the call ended with %v", err)
		}
		if a, err := s.Read(t.Context(), order()); err != nil || a.Value != 7 {
			t.Errorf("the next reader got %v, %v", a, err)
		}
		if got := s.Status().Connectors["Query.order"]; got.LastError != "" {
			t.Errorf("a caller who went away counted as %q", got.LastError)
		}
	})
}

// selecting is a read of the same URL by another connector, which selects one field.
func selecting(connector, name string) *upstreams.Request {
	return &upstreams.Request{
		Connector: connector, Method: http.MethodGet, URL: "https://shop.test/orders/1",
		Slot: connector + "#" + name, Policy: policy(),
		Accept: func(r upstreams.Reply) (any, error) {
			if err := r.Err(); err != nil {
				return nil, err
			}
			var v map[string]any
			if err := json.Unmarshal(r.Body, &v); err != nil {
				return nil, err
			}
			if v[name] == nil {
				return nil, &upstreams.Error{Kind: upstreams.Contract}
			}
			return v[name], nil
		},
	}
}

// TestTwoConnectorsOnOneURL asks at the same moment, and again from memory: each keeps its own values,
// and one call serves all.
func TestTwoConnectorsOnOneURL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(
			upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"a":"A","b":"B"}`))))
		requests := []*upstreams.Request{
			selecting("Query.a", "a"), selecting("Query.b", "b"), selecting("Query.missing", "missing"),
			selecting("Query.a", "b"), // one connector, other variables in its selection
			selecting("Query.b", "b"),
		}
		want := []any{"A", "B", nil, "B", "B"}
		for _, when := range []string{"at once", "from memory"} {
			for i, got := range readers(t.Context(), s.Client, requests...)() {
				if diff := cmp.Diff(want[i], got.value); diff != "" {
					t.Errorf("%s, reader %d: %s (%v)", when, i, diff, got.err)
				}
				if want[i] == nil && kindOf(got.err) != upstreams.Contract {
					t.Errorf("%s, reader %d: %v", when, i, got.err)
				}
			}
		}
		if s.api.Calls() > 2 { // the reader who cannot use the remembered answer asks again
			t.Errorf("%d calls", s.api.Calls())
		}
	})
}

// TestLeaderWithTroublesOfItsOwn has a leader whose opinion must not become the follower's.
func TestLeaderWithTroublesOfItsOwn(t *testing.T) {
	tests := map[string]struct {
		leader *upstreams.Request
		calls  int
	}{
		"its Accept refuses the body": {selecting("Query.other", "missing"), 1},
		"its Accept panics": {&upstreams.Request{
			Connector: "Query.other", Method: http.MethodGet, URL: "https://shop.test/orders/1", Slot: "other",
			Accept: func(upstreams.Reply) (any, error) { panic("oh") },
		}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(
					upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"a":"A"}`))))
				leader := readers(t.Context(), s.Client, tt.leader)
				synctest.Wait()
				followers := readers(t.Context(), s.Client, selecting("Query.a", "a"), selecting("Query.a", "a"))
				if got := leader()[0]; kindOf(got.err) != upstreams.Contract {
					t.Errorf("the leader got %v", got)
				}
				for _, got := range followers() {
					if got.err != nil || got.value != "A" {
						t.Errorf("a follower got %v", got)
					}
				}
				if a, err := s.Read(t.Context(), selecting("Query.a", "a")); err != nil || a.Cache != "hit" {
					t.Errorf("what a follower found good was not remembered: %+v, %v", a, err)
				}
				if s.api.Calls() != tt.calls {
					t.Errorf("%d calls, want %d", s.api.Calls(), tt.calls)
				}
			})
		})
	}
}

func TestOpenBreakerOfAnotherConnector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Window: time.Hour, Delay: time.Hour}},
			upstreamtest.Play(upstreamtest.Refuse()))
		for range 20 {
			_, _ = s.Read(t.Context(), selecting("Query.broken", "a"))
		}
		s.api.Now(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"a":"A"}`)))
		requests := append(many(5, func() *upstreams.Request { return selecting("Query.broken", "a") }),
			many(5, func() *upstreams.Request { return selecting("Query.a", "a") })...)
		for i, got := range readers(t.Context(), s.Client, requests...)() {
			if i >= 5 && (got.err != nil || got.value != "A") {
				t.Errorf("a reader of the healthy connector got %v", got)
			}
		}
		if calls := s.api.Calls() - 20; calls != 1 {
			t.Errorf("%d calls, want 1", calls)
		}
	})
}

func TestScopesNeverMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
			return upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":`+req.Header.Get("X-User")+`}`))(req)
		}))
		user := func(name string) *upstreams.Request {
			r := order()
			r.Scope = name
			r.Header = http.Header{"X-User": {name}}
			return r
		}
		for range 2 {
			for i, got := range readers(t.Context(), s.Client, user("1"), user("2"), user("1"))() {
				if want := []any{1, 2, 1}[i]; got.value != want {
					t.Errorf("reader %d got %v, want %v", i, got, want)
				}
			}
		}
		if s.api.Calls() != 2 {
			t.Errorf("%d calls, want 2", s.api.Calls())
		}
	})
}
