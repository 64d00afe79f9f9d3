package upstreams_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// clocked notes when each request arrives.
type clocked struct {
	upstreamtest.Step

	mu    sync.Mutex
	times []time.Time
}

func (c *clocked) answer(req *http.Request) (*http.Response, error) {
	c.mu.Lock()
	c.times = append(c.times, time.Now())
	c.mu.Unlock()
	return c.Step(req)
}

func TestABreakerClosesWithoutCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		for range 20 {
			_, _ = s.Read(t.Context(), order())
		}
		s.api.Now(upstreamtest.Answer(200, `{"n":7}`))
		time.Sleep(8 * time.Second)
		if got := breakerOf(s); got != "CLOSED" {
			t.Errorf("breaker %s", got)
		}
		calls := s.api.Calls()
		if got, err := s.Read(t.Context(), order()); err != nil || got.Value != 7 || s.api.Calls() != calls {
			t.Errorf("a probe's good answer is not remembered: %+v, %v", got, err)
		}
	})
}

// TestProbesAreRare has an outage of ten minutes, with callers and without: a connector is probed at most
// once in five seconds, and not in step.
func TestProbesAreRare(t *testing.T) {
	tests := map[string]struct {
		cfg   upstreams.Breaker
		asked time.Duration // between callers; 0: nobody asks
	}{
		"nobody asks":                   {upstreams.Breaker{}, 0},
		"nobody asks, short delay":      {upstreams.Breaker{Delay: time.Second}, 0},
		"people ask":                    {upstreams.Breaker{}, 50 * time.Millisecond},
		"people ask, no probing of its": {upstreams.Breaker{Probe: new(false)}, 50 * time.Millisecond},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{Breaker: tt.cfg, Retry: upstreams.Retry{Max: new(0)}}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
				trip(t, s)
				api := &clocked{Step: upstreamtest.Answer(503, ``)}
				s.api.Now(api.answer)
				for began := time.Now(); time.Since(began) < 10*time.Minute; {
					if tt.asked > 0 {
						_, _ = s.Read(t.Context(), unremembered())
					}
					time.Sleep(max(tt.asked, time.Millisecond*10))
				}
				api.mu.Lock()
				defer api.mu.Unlock()
				times := api.times
				if len(times) < 70 || len(times) > 120 {
					t.Errorf("%d probes in ten minutes", len(times))
				}
				gaps := map[time.Duration]bool{}
				for i := 1; i < len(times); i++ {
					gap := times[i].Sub(times[i-1])
					gaps[gap.Truncate(time.Millisecond)] = true
					if gap < 5*time.Second {
						t.Errorf("%v between two probes", gap)
					}
				}
				if len(gaps) < 10 {
					t.Errorf("no jitter: %v", gaps)
				}
			})
		})
	}
}

func TestWhatIsNotRepeatedToProbe(t *testing.T) {
	tests := map[string]struct {
		ask  func(context.Context, *upstreams.Client)
		want int // probes in a minute, at least
	}{
		"a read is": {func(ctx context.Context, u *upstreams.Client) { _, _ = u.Read(ctx, unremembered()) }, 7},
		"a caller's own read is not": {func(ctx context.Context, u *upstreams.Client) {
			r := unremembered()
			r.Scope = "ann"
			_, _ = u.Read(ctx, r)
		}, 0},
		"a write is not": {func(ctx context.Context, u *upstreams.Client) { _, _ = u.Write(ctx, unremembered()) }, 0},
		"a write with a key is not": {func(ctx context.Context, u *upstreams.Client) {
			r := unremembered()
			r.Idempotent = true
			_, _ = u.Write(ctx, r)
		}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
				for range 20 {
					tt.ask(t.Context(), s.Client)
				}
				time.Sleep(time.Minute)
				if got := s.api.Calls() - 20; got < tt.want || tt.want == 0 && got > 0 {
					t.Errorf("%d probes, want %d", got, tt.want)
				}
			})
		})
	}
}

// TestAProbeIsKnownToWork has one order that always fails and the others that do not.
func TestAProbeIsKnownToWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}, upstreamtest.Play(ill("orders/666")))
		bad := unremembered()
		bad.URL = "https://shop.test/orders/666"
		if _, err := s.Read(t.Context(), unremembered()); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			_, _ = s.Read(t.Context(), bad)
		}
		time.Sleep(8 * time.Second)
		if got := breakerOf(s); got != "CLOSED" {
			t.Errorf("breaker %s: the bad order was asked for again", got)
		}
	})
}

func TestABatchProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		batch := orders(from(1, 3)...)
		for range 20 {
			s.ReadBatch(t.Context(), batch)
		}
		s.api.Now(upstreamtest.Answer(200, `{"items":[]}`))
		if got := s.Status().Connectors[batch.Connector].Breaker; got != "OPEN" {
			t.Fatalf("breaker %s", got)
		}
		calls := s.api.Calls()
		time.Sleep(8 * time.Second)
		if s.api.Calls() == calls {
			t.Error("it was not probed")
		}
	})
}

func TestCloseEndsProbes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		trip(t, s)
		s.api.Now(upstreamtest.Hang())
		time.Sleep(8 * time.Second) // a probe is under way
		began := time.Now()
		if err := s.Close(t.Context()); err != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		calls := s.api.Calls()
		time.Sleep(time.Minute)
		if s.api.Calls() != calls {
			t.Error("it goes on probing")
		}
	})
}

// TestCloseEndsCallsThatNobodyMayJoin has a write retire a read that hangs.
func TestCloseEndsCallsThatNobodyMayJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Hang(), upstreamtest.Answer(200, `{"n":1}`)))
		read := readers(t.Context(), s.Client, unremembered())
		synctest.Wait()
		if _, err := s.Write(t.Context(), unremembered()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := s.Close(t.Context()); err != nil || time.Since(began) > 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		read()
	})
}
