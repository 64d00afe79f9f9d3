package upstreams_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// source is a client of a scripted API, for use inside a synctest bubble.
type source struct {
	*upstreams.Client
	api   *upstreamtest.API
	cache *cache.Cache
}

func open(t *testing.T, cfg upstreams.Config, api *upstreamtest.API, options ...upstreams.Option) source {
	t.Helper()
	c, err := cache.New(cache.Config{Memory: 1 << 20}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Name == "" {
		cfg.Name = "shop"
	}
	u := upstreams.New(cfg, c, api, options...)
	t.Cleanup(func() {
		if err := u.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
		_ = c.Close(context.Background())
	})
	return source{u, api, c}
}

// fresh30 is fresh for a minute, refreshed behind for another, and stands in for a day.
func policy() freshness.Policy {
	return freshness.Policy{Fresh: new(time.Minute), Stale: new(24 * time.Hour)}
}

// order is a read whose value is the number in {"n":…}.
func order() *upstreams.Request {
	return &upstreams.Request{
		Connector: "Query.order", Method: http.MethodGet, URL: "https://shop.test/orders/1",
		Slot: "Query.order#1", Policy: policy(), Accept: number,
	}
}

// number is an Accept as connect writes them: status first, then the shape; 404 is "not there".
func number(r upstreams.Reply) (any, error) {
	if r.NotThere() {
		return nil, nil
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(r.Body) == 0 {
		return nil, nil // nothing is null
	}
	var v struct{ N *int }
	if err := json.Unmarshal(r.Body, &v); err != nil {
		return nil, err
	}
	if v.N == nil {
		return nil, &upstreams.Error{Kind: upstreams.Contract, Err: errors.New("no n")}
	}
	return *v.N, nil
}

func kindOf(err error) upstreams.Kind {
	if e, ok := errors.AsType[*upstreams.Error](err); ok {
		return e.Kind
	}
	return 0
}

func reasonOf(err error) upstreams.Reason {
	if e, ok := errors.AsType[*upstreams.Error](err); ok {
		return e.Reason
	}
	return ""
}

// TestAge asks once while the API is well, waits, and asks again when it answers with then.
func TestAge(t *testing.T) {
	tests := map[string]struct {
		wait   time.Duration
		then   int // status
		calls  int
		state  upstreams.State
		reason upstreams.Reason
		age    time.Duration
		kind   upstreams.Kind
	}{
		"a fresh answer is not asked for again": {wait: 59 * time.Second, then: 503, state: "FRESH", age: 59 * time.Second},
		"an older one is":                       {wait: time.Minute, then: 200, calls: 1, state: "FRESH"},
		"an old one beats an error":             {wait: time.Minute, then: 503, calls: 3, state: "STANDING_IN", reason: "STATUS", age: time.Minute},
		"but not a plain no":                    {wait: time.Minute, then: 403, calls: 1, kind: upstreams.Refused},
		"and not for ever":                      {wait: 25 * time.Hour, then: 503, calls: 3, kind: upstreams.Unavailable},
		"it stands in up to the last moment":    {wait: 24*time.Hour - 10*time.Second, then: 503, calls: 3, state: "STANDING_IN", reason: "STATUS", age: 24*time.Hour - 10*time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.wait)
				s.api.Now(upstreamtest.Answer(tt.then, `{"n":2}`))
				got, err := s.Read(t.Context(), order())
				if kindOf(err) != tt.kind {
					t.Fatalf("error %v, want kind %v", err, tt.kind)
				}
				if calls := s.api.Calls() - 1; calls != tt.calls {
					t.Errorf("%d calls, want %d", calls, tt.calls)
				}
				if err != nil {
					return
				}
				if got.State != tt.state || got.Reason != tt.reason {
					t.Errorf("state %s %s, want %s %s", got.State, got.Reason, tt.state, tt.reason)
				}
				if got.Age.Round(time.Second) != tt.age {
					t.Errorf("age %v, want %v", got.Age, tt.age)
				}
			})
		})
	}
}
