package upstreams_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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
		c.Close()
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
	if r.Status == http.StatusNotFound && r.Header.Get("Content-Type") == "application/json" {
		return nil, nil
	}
	if err := upstreams.StatusError(r.Status, r.Header); err != nil {
		return nil, err
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

// TestOutcomes is the contract of the pipe: what each thing a source can do means. Every row is played
// three times: to a client that knows nothing, to one with an old answer, and often, for the breaker.
func TestOutcomes(t *testing.T) {
	answer, two := upstreamtest.Answer, 2
	tests := map[string]struct {
		step     upstreamtest.Step
		tries    int
		breaker  bool // counts against the source
		standsIn bool
		kind     upstreams.Kind
		reason   upstreams.Reason
	}{
		"a good answer":          {answer(200, `{"n":2}`), 1, false, false, 0, ""},
		"404 in JSON: not there": {answer(404, `{"code":"none"}`), 1, false, false, 0, ""},
		"404 in HTML": {
			answer(404, `<html>`, "Content-Type", "text/html"), 1, false, false, upstreams.Refused, "",
		},
		"400":                         {answer(400, ``), 1, false, false, upstreams.Refused, ""},
		"401":                         {answer(401, ``), 1, false, false, upstreams.Refused, ""},
		"403":                         {answer(403, ``), 1, false, false, upstreams.Refused, ""},
		"409":                         {answer(409, ``), 1, false, false, upstreams.Refused, ""},
		"422":                         {answer(422, ``), 1, false, false, upstreams.Refused, ""},
		"a redirect is not followed":  {answer(302, ``, "Location", "https://evil.test/"), 1, false, false, upstreams.Refused, ""},
		"429 without Retry-After":     {answer(429, ``), 1, false, true, upstreams.Unavailable, "RATE_LIMITED"},
		"429, Retry-After 1":          {answer(429, ``, "Retry-After", "1"), 1 + two, false, true, upstreams.Unavailable, "RATE_LIMITED"},
		"429, Retry-After a day":      {answer(429, ``, "Retry-After", "86400"), 1, false, true, upstreams.Unavailable, "RATE_LIMITED"},
		"429, Retry-After garbage":    {answer(429, ``, "Retry-After", "soon"), 1, false, true, upstreams.Unavailable, "RATE_LIMITED"},
		"500":                         {answer(500, ``), 1 + two, true, true, upstreams.Unavailable, "STATUS"},
		"502":                         {answer(502, ``), 1 + two, true, true, upstreams.Unavailable, "STATUS"},
		"503":                         {answer(503, ``), 1 + two, true, true, upstreams.Unavailable, "STATUS"},
		"503, Retry-After garbage":    {answer(503, ``, "Retry-After", "-1"), 1 + two, true, true, upstreams.Unavailable, "STATUS"},
		"503, Retry-After a day":      {answer(503, ``, "Retry-After", "86400"), 1, true, true, upstreams.Unavailable, "STATUS"},
		"504":                         {answer(504, ``), 1 + two, true, true, upstreams.Unavailable, "STATUS"},
		"connection refused":          {upstreamtest.Refuse(), 1 + two, true, true, upstreams.Unavailable, "UNREACHABLE"},
		"connection reset":            {upstreamtest.Fail(io.EOF), 1 + two, true, true, upstreams.Unavailable, "UNREACHABLE"},
		"no answer at all":            {upstreamtest.Hang(), 2, true, true, upstreams.Unavailable, "TIMEOUT"}, // two tries fill the timeout
		"a body cut short":            {upstreamtest.Truncate(200, `{"n":2}      `), 1 + two, true, true, upstreams.Unavailable, "UNREACHABLE"},
		"an endless body":             {upstreamtest.Endless(), 1, true, true, upstreams.Contract, "OVERSIZE"},
		"200 with HTML":               {answer(200, `<html>down</html>`), 1, true, true, upstreams.Contract, "CONTRACT"},
		"200 with half a JSON":        {answer(200, `{"n":`), 1, true, true, upstreams.Contract, "CONTRACT"},
		"200 with a list":             {answer(200, `[{"n":2}]`), 1, true, true, upstreams.Contract, "CONTRACT"},
		"200 with an object too poor": {answer(200, `{}`), 1, true, true, upstreams.Contract, "CONTRACT"},
		"200 with nothing":            {answer(200, ``), 1, true, true, upstreams.Contract, "CONTRACT"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				off := upstreams.Breaker{Off: new(true)}
				s := open(t, upstreams.Config{MaxBody: 1 << 16, Breaker: off}, upstreamtest.Play(tt.step))
				_, err := s.Read(t.Context(), order())
				if kindOf(err) != tt.kind || reasonOf(err) != tt.reason {
					t.Errorf("knowing nothing: %v, want %v %s", err, tt.kind, tt.reason)
				}
				if s.api.Calls() != tt.tries {
					t.Errorf("%d tries, want %d", s.api.Calls(), tt.tries)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{MaxBody: 1 << 16, Patience: new(time.Minute)},
					upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`), tt.step))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				got, err := s.Read(t.Context(), order())
				standsIn := err == nil && got.State == upstreams.StateStandingIn
				if standsIn != tt.standsIn {
					t.Fatalf("with an old answer: %+v, %v; stands in should be %v", got, err, tt.standsIn)
				}
				if standsIn && (got.Reason != tt.reason || got.Value != 1 || got.TTL != 0) {
					t.Errorf("stands in with %+v, want reason %s", got, tt.reason)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{MaxBody: 1 << 16, Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Window: time.Hour, Delay: time.Hour}},
					upstreamtest.Play(tt.step))
				for range 30 {
					r := order()
					r.Policy = freshness.Policy{}
					_, _ = s.Read(t.Context(), r)
				}
				open := s.Status().Connectors["Query.order"].Breaker == "OPEN"
				if open != tt.breaker {
					t.Errorf("breaker open: %v, want %v", open, tt.breaker)
				}
			})
		})
	}
}
