package upstreams_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// TestHold has one caller told to come back later, and then more callers: how long is the source left alone?
func TestHold(t *testing.T) {
	at := func(d time.Duration) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	}
	text := func(s string) func() string { return func() string { return s } }
	tests := map[string]struct {
		status     int
		retryAfter func() string
		held       time.Duration // to the second
	}{
		"a second":                          {429, text("1"), time.Second},
		"ten seconds":                       {429, text("10"), 10 * time.Second},
		"a date in a minute":                {429, at(time.Minute), time.Minute},
		"a day is not believed":             {429, text("86400"), 5 * time.Minute},
		"2099 is not believed":              {429, text("Thu, 01 Jan 2099 00:00:00 GMT"), 5 * time.Minute},
		"garbage":                           {429, text("soon"), 0},
		"the past":                          {429, text("Thu, 01 Jan 1970 00:00:00 GMT"), 0},
		"a source that is out of order":     {503, text("60"), time.Minute},
		"out of order, without Retry-After": {503, text(""), 0},
		"a limited no":                      {403, text("60"), time.Minute},
		"another no says nothing":           {422, text("60"), 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := unprobed()
				cfg.Quota.Wait = time.Millisecond // nobody waits for the end of a hold
				s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Hour)
				began := time.Now()
				s.api.Now(upstreamtest.Answer(tt.status, ``, "Retry-After", tt.retryAfter()), upstreamtest.Answer(200, `{"n":2}`))
				first, err := s.Read(t.Context(), order())
				for err != nil || first.State == upstreams.StateStandingIn {
					time.Sleep(100 * time.Millisecond)
					first, err = s.Read(t.Context(), order())
					if err == nil && first.State == upstreams.StateStandingIn && first.Age < time.Hour {
						t.Fatalf("not the old answer: %+v", first)
					}
				}
				if held := time.Since(began) - 100*time.Millisecond; held < tt.held-time.Second || held > tt.held+time.Second {
					t.Errorf("left alone for %v, want %v", held, tt.held)
				}
				if calls := s.api.Calls() - 1; calls != 2 {
					t.Errorf("%d calls, want the one that was told and the one after", calls)
				}
			})
		})
	}
}

func TestAHoldIsForOneEndpointAndCredential(t *testing.T) {
	tests := map[string]struct {
		ask  func() *upstreams.Request
		held bool
	}{
		"the same": {func() *upstreams.Request { return callersOwn("ann") }, true},
		"another thing of the same endpoint": {func() *upstreams.Request {
			r := callersOwn("ann")
			r.URL = "https://shop.test/orders/2"
			return r
		}, true},
		"another endpoint": {func() *upstreams.Request {
			r := callersOwn("ann")
			r.Connector = "Query.products"
			return r
		}, false},
		"another caller's credential": {func() *upstreams.Request { return callersOwn("ben") }, false},
		"the service's own":           {unremembered, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(
					upstreamtest.Answer(429, ``, "Retry-After", "60"), upstreamtest.Answer(200, `{"n":1}`)))
				if _, err := s.Read(t.Context(), callersOwn("ann")); reasonOf(err) != upstreams.ReasonRateLimited {
					t.Fatal(err)
				}
				_, err := s.Read(t.Context(), tt.ask())
				if held := reasonOf(err) == upstreams.ReasonRateLimited; held != tt.held {
					t.Errorf("held: %v (%v), want %v", held, err, tt.held)
				}
			})
		})
	}
}

// callersOwn is a read with the caller's own credential.
func callersOwn(name string) *upstreams.Request {
	r := unremembered()
	r.Scope, r.Header = name, http.Header{"Authorization": {"Bearer " + name}}
	return r
}

// TestAShortHoldIsWaitedFor has callers come while the first waits to repeat what got a 429.
func TestAShortHoldIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(
			upstreamtest.Answer(429, ``, "Retry-After", "2"), upstreamtest.Answer(200, `{"n":1}`)))
		began := time.Now()
		first := readers(t.Context(), s.Client, distinct(1)...)
		synctest.Wait()
		if held := s.Status().Quota.Held["Query.order"]; held.Sub(began) != 2*time.Second {
			t.Errorf("held until %v", held)
		}
		for i, got := range append(readers(t.Context(), s.Client, distinct(4)[1:]...)(), first()...) {
			if got.err != nil {
				t.Errorf("caller %d: %v", i, got.err)
			}
		}
		if s.api.Calls() != 5 {
			t.Errorf("%d calls, want 5: nobody asked during the hold", s.api.Calls())
		}
	})
}

// TestWhoHasAnOldAnswerDoesNotWaitForAHold has a reader with an old answer come while there is a short hold.
func TestWhoHasAnOldAnswerDoesNotWaitForAHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		if _, err := s.Read(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		s.api.Now(upstreamtest.Answer(429, ``, "Retry-After", "4"), upstreamtest.Answer(200, `{"n":2}`))
		told := readers(t.Context(), s.Client, distinct(2)[1])
		synctest.Wait()
		began := time.Now()
		got, err := s.Read(t.Context(), order())
		if err != nil || got.State != upstreams.StateStandingIn || got.Reason != upstreams.ReasonRateLimited {
			t.Errorf("got %+v, %v", got, err)
		}
		if waited := time.Since(began); waited > 0 {
			t.Errorf("waited %v", waited)
		}
		told()
	})
}
