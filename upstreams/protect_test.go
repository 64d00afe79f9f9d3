package upstreams_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// nothing is a policy under which nothing is remembered.
func nothing() freshness.Policy {
	return freshness.Policy{Fresh: new(time.Duration), Refresh: new(time.Duration), Stale: new(time.Duration)}
}

func unremembered() *upstreams.Request {
	r := order()
	r.Policy = nothing()
	return r
}

func breakerOf(s source) string { return s.Status().Connectors["Query.order"].Breaker }

// unprobed does not retry, and probes only with its callers' calls.
func unprobed() upstreams.Config {
	return upstreams.Config{Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Probe: new(false)}}
}

// tripped returns a source whose breaker has just opened, and stays so for 5 to 6.25 seconds.
func tripped(t *testing.T, options ...upstreams.Option) source {
	t.Helper()
	s := open(t, unprobed(), upstreamtest.Play(upstreamtest.Answer(503, "")), options...)
	for range 20 {
		_, _ = s.Read(t.Context(), unremembered())
	}
	if breakerOf(s) != "OPEN" {
		t.Fatal("the breaker did not open")
	}
	return s
}

func TestOpenBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := tripped(t, upstreams.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		_, err := s.Read(t.Context(), unremembered())
		if kindOf(err) != upstreams.Unavailable || reasonOf(err) != upstreams.ReasonBreakerOpen || s.api.Calls() != 20 {
			t.Errorf("got %v after %d calls", err, s.api.Calls())
		}
		other := unremembered()
		other.Connector = "Query.other"
		if _, err := s.Read(t.Context(), other); reasonOf(err) != upstreams.ReasonStatus {
			t.Errorf("another connector of the source got %v", err)
		}
		got := s.Status().Connectors["Query.order"]
		if wait := time.Until(*got.ProbeAt); wait < 5*time.Second || wait > 6250*time.Millisecond {
			t.Errorf("will probe in %v", wait)
		}
		if !strings.Contains(log.String(), "to=open") || strings.Count(log.String(), "\n") != 1 {
			t.Errorf("log: %s", log.String())
		}
	})
}

// TestHalfOpen has a thousand readers at the moment of recovery: one probes, then one more, and what becomes
// of the probes decides. All others are turned away at once.
func TestHalfOpen(t *testing.T) {
	tests := map[string]struct {
		then   upstreamtest.Step
		probes int
		want   string
	}{
		"good answers close it":              {upstreamtest.Answer(200, `{"n":1}`), 2, "CLOSED"},
		"so does a no: the source is alive":  {upstreamtest.Answer(403, ``), 2, "CLOSED"},
		"so does not so fast":                {upstreamtest.Answer(429, ``), 2, "CLOSED"},
		"a bad status opens it again":        {upstreamtest.Answer(500, ``), 1, "OPEN"},
		"an unusable answer is one":          {upstreamtest.Answer(200, `<html>`), 2, "CLOSED"}, // it may be this record only
		"a broken connection opens it again": {upstreamtest.Refuse(), 1, "OPEN"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := tripped(t)
				time.Sleep(7 * time.Second)
				s.api.Now(upstreamtest.After(time.Second, tt.then))
				for probe := 1; probe <= 2; probe++ {
					all := distinct(1000)
					first := readers(t.Context(), s.Client, all[:10]...)
					synctest.Wait()
					if sent := s.api.Calls() - 20; sent != min(probe, tt.probes) {
						t.Errorf("%d probes, want %d", sent, min(probe, tt.probes))
					}
					for i, got := range readers(t.Context(), s.Client, all[10:]...)() {
						if reasonOf(got.err) != upstreams.ReasonBreakerOpen {
							t.Fatalf("reader %d was not turned away: %v", i, got)
						}
					}
					first()
				}
				if got := breakerOf(s); got != tt.want {
					t.Errorf("breaker %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// TestLateCallsDecideNothing has calls that began before the breaker opened and end while it probes.
func TestLateCallsDecideNothing(t *testing.T) {
	tests := map[string]upstreamtest.Step{
		"good ones do not close it": upstreamtest.Answer(200, `{"n":1}`),
		"bad ones do not open it":   upstreamtest.Refuse(),
	}
	for name, late := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := unprobed()
				cfg.Timeout, cfg.Breaker.Delay = time.Minute, 5*time.Second
				s := open(t, cfg, upstreamtest.Play(upstreamtest.After(10*time.Second, late)))
				began := readers(t.Context(), s.Client, distinct(5)...)
				synctest.Wait()
				s.api.Now(upstreamtest.Answer(503, ``))
				trip(t, s)
				time.Sleep(9 * time.Second)
				s.api.Now(upstreamtest.After(2*time.Second, upstreamtest.Answer(200, `{"n":1}`)))
				probe := readers(t.Context(), s.Client, unremembered())
				began()
				if got := breakerOf(s); got != "HALF_OPEN" {
					t.Errorf("breaker %s while it probes", got)
				}
				for range 2 {
					if got := probe(); got[0].err != nil {
						t.Errorf("probe: %v", got[0].err)
					}
					probe = readers(t.Context(), s.Client, unremembered())
				}
				if got := breakerOf(s); got != "CLOSED" {
					t.Errorf("breaker %s after two good probes", got)
				}
				probe()
			})
		})
	}
}

func TestCancelledProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := tripped(t)
		time.Sleep(7 * time.Second)
		s.api.Now(upstreamtest.Hang())
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		if _, err := s.Read(ctx, unremembered()); reasonOf(err) != upstreams.ReasonTimeout {
			t.Error(err)
		}
		synctest.Wait()
		if got := breakerOf(s); got != "OPEN" {
			t.Errorf("after a cancelled probe the breaker is %s, want OPEN", got)
		}
		time.Sleep(7 * time.Second)
		s.api.Now(upstreamtest.Answer(200, `{"n":1}`))
		for range 2 {
			if _, err := s.Read(t.Context(), unremembered()); err != nil {
				t.Errorf("its permit is lost: %v", err)
			}
		}
		if got := breakerOf(s); got != "CLOSED" {
			t.Errorf("breaker %s after two good probes", got)
		}
	})
}

func TestCallersWhoLeaveDoNotOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Hang()))
		for range 50 {
			ctx, leave := context.WithTimeout(t.Context(), time.Second)
			_, _ = s.Read(ctx, unremembered())
			_, _ = s.Write(ctx, unremembered())
			leave()
		}
		if got := breakerOf(s); got != "CLOSED" {
			t.Errorf("breaker %s", got)
		}
	})
}

func TestWhatIsRepeated(t *testing.T) {
	post := unremembered()
	post.Method = http.MethodPost
	keyed := unremembered()
	keyed.Method, keyed.Idempotent = http.MethodPost, true
	tests := map[string]struct {
		ask   func(*upstreams.Client, context.Context) error
		tries int
	}{
		"a read is": {func(u *upstreams.Client, ctx context.Context) error {
			_, err := u.Read(ctx, unremembered())
			return err
		}, 3},
		"a read by POST is": {func(u *upstreams.Client, ctx context.Context) error { _, err := u.Read(ctx, post); return err }, 3},
		"a write is not":    {func(u *upstreams.Client, ctx context.Context) error { _, err := u.Write(ctx, post); return err }, 1},
		"a write with a key that the source honours is": {func(u *upstreams.Client, ctx context.Context) error { _, err := u.Write(ctx, keyed); return err }, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
				if err := tt.ask(s.Client, t.Context()); kindOf(err) != upstreams.Unavailable {
					t.Error(err)
				}
				if s.api.Calls() != tt.tries {
					t.Errorf("%d tries, want %d", s.api.Calls(), tt.tries)
				}
			})
		})
	}
}

func TestWritesAreNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(201, `{"n":1}`))))
		w := order()
		w.Method = http.MethodPost
		for range 3 {
			go func() { _, _ = s.Write(t.Context(), w) }()
		}
		got, err := s.Write(t.Context(), w)
		if err != nil || got.Value != 1 || got.Status != 201 || got.State != upstreams.StateFresh {
			t.Errorf("got %+v, %v", got, err)
		}
		synctest.Wait()
		if s.api.Calls() != 4 {
			t.Errorf("%d calls for 4 writes", s.api.Calls())
		}
	})
}

// TestRetryBudget holds that an outage is not multiplied: every answer is 503, the breaker is off.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Breaker: upstreams.Breaker{Off: new(true)}}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		const calls = 1000
		for range calls / 50 {
			all := many(50, unremembered)
			for i, r := range all {
				r.Body = []byte{byte(i)}
			}
			readers(t.Context(), s.Client, all...)()
		}
		if ratio := float64(s.api.Calls()) / calls; ratio > 1.1 {
			t.Errorf("%.3f attempts for each call, want at most 1.1", ratio)
		}
	})
}

// TestRetryAfterIsKept has a source that turns a caller away once.
func TestRetryAfterIsKept(t *testing.T) {
	at := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	tests := map[string]struct {
		status int
		header func() []string
		waits  time.Duration
		jitter time.Duration
		held   bool
	}{
		"seconds":                    {429, func() []string { return []string{"Retry-After", "2"} }, 2 * time.Second, 50 * time.Millisecond, true},
		"seconds as Shopify says":    {429, func() []string { return []string{"Retry-After", "2.0"} }, 2 * time.Second, 50 * time.Millisecond, true},
		"seconds and a fraction":     {503, func() []string { return []string{"Retry-After", "1.2"} }, 2 * time.Second, 0, true},
		"a date":                     {429, func() []string { return []string{"Retry-After", at(2 * time.Second)} }, 2*time.Second - time.Millisecond, 51 * time.Millisecond, true},
		"a date by another clock":    {429, func() []string { return []string{"Retry-After", at(time.Hour + 2*time.Second), "Date", at(time.Hour)} }, 2 * time.Second, 50 * time.Millisecond, true},
		"at once":                    {429, func() []string { return []string{"Retry-After", "0"} }, 0, 0, false},
		"at once, out of order":      {503, func() []string { return []string{"Retry-After", "0"} }, 0, 0, false},
		"the past":                   {429, func() []string { return []string{"Retry-After", at(-time.Minute)} }, 0, 0, false},
		"the past by its own clock":  {429, func() []string { return []string{"Retry-After", at(time.Minute), "Date", at(time.Hour)} }, 0, 0, false},
		"nothing: backoff":           {429, func() []string { return nil }, 0, 50 * time.Millisecond, false},
		"garbage: backoff":           {429, func() []string { return []string{"Retry-After", "soon"} }, 0, 50 * time.Millisecond, false},
		"less than nothing: backoff": {429, func() []string { return []string{"Retry-After", "-1"} }, 0, 50 * time.Millisecond, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(
					upstreamtest.After(time.Millisecond, upstreamtest.Answer(tt.status, ``, tt.header()...)), upstreamtest.Answer(200, `{"n":1}`)))
				began := time.Now().Add(time.Millisecond)
				got := readers(t.Context(), s.Client, order())
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if _, held := s.Status().Quota.Held["Query.order"]; held != tt.held {
					t.Errorf("held: %v", held)
				}
				if err := got()[0].err; err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(began); waited < tt.waits || waited > tt.waits+tt.jitter {
					t.Errorf("waited %v, want %v and up to %v", waited, tt.waits, tt.jitter)
				}
			})
		})
	}
}

func TestTimeouts(t *testing.T) {
	tests := map[string]struct {
		cfg  upstreams.Config
		want time.Duration
	}{
		"ten seconds for all tries": {upstreams.Config{}, 10 * time.Second},
		"as configured":             {upstreams.Config{Timeout: 3 * time.Second}, 3 * time.Second},
		"one try": {
			upstreams.Config{TryTimeout: 2 * time.Second, Retry: upstreams.Retry{Max: new(0)}}, 2 * time.Second,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, tt.cfg, upstreamtest.Play(upstreamtest.Hang()))
				began := time.Now()
				_, err := s.Read(t.Context(), order())
				if reasonOf(err) != upstreams.ReasonTimeout {
					t.Errorf("got %v", err)
				}
				if waited := time.Since(began); waited > tt.want || waited < tt.want-100*time.Millisecond {
					t.Errorf("took %v, want %v", waited, tt.want)
				}
			})
		})
	}
}
