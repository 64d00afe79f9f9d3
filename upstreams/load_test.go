package upstreams_test

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// most notes the largest number of requests that were under way at once.
func most(peak *atomic.Int64, step upstreamtest.Step) upstreamtest.Step {
	var now atomic.Int64
	return func(req *http.Request) (*http.Response, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for p := peak.Load(); n > p && !peak.CompareAndSwap(p, n); p = peak.Load() {
			continue
		}
		return step(req)
	}
}

// TestRecovery has a thousand callers with old answers, each of its own thing, at the moment a source comes
// back: nobody waits, and one probe at a time is under way.
func TestRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		things := many(1000, order)
		for i, r := range things {
			r.Body = []byte{byte(i), byte(i >> 8)}
			if _, err := s.Read(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		s.api.Now(upstreamtest.Refuse())
		for breakerOf(s) != "OPEN" {
			_, _ = s.Read(t.Context(), things[0])
		}
		var peak atomic.Int64
		s.api.Now(most(&peak, upstreamtest.After(50*time.Millisecond, upstreamtest.Answer(200, `{"n":2}`))))
		var waited atomic.Int64
		var callers sync.WaitGroup
		for range 12 {
			for _, r := range things {
				callers.Go(func() {
					began, before := time.Now(), breakerOf(s)
					got, err := s.Read(t.Context(), r)
					if err != nil {
						t.Error(err)
						return
					}
					if took := time.Since(began); took > 0 && got.State == upstreams.StateStandingIn && before != "CLOSED" {
						waited.Add(1)
					}
				})
			}
			time.Sleep(time.Second)
			if breakerOf(s) != "CLOSED" && peak.Load() > 1 {
				t.Fatalf("%d probes under way at once", peak.Load())
			}
		}
		callers.Wait()
		if got := breakerOf(s); got != "CLOSED" {
			t.Errorf("breaker %s twelve seconds after the source came back", got)
		}
		if waited.Load() > 0 {
			t.Errorf("%d callers waited for an old answer while the breaker was open", waited.Load())
		}
		if peak.Load() > 16 {
			t.Errorf("%d calls under way at once after the recovery", peak.Load())
		}
	})
}

// TestOneSourceHangs asks four sources at once, of which one hangs: what the others take must not grow.
func TestOneSourceHangs(t *testing.T) {
	p99 := func(t *testing.T, first upstreamtest.Step) time.Duration {
		t.Helper()
		well := upstreamtest.After(20*time.Millisecond, upstreamtest.Answer(200, `{"n":1}`))
		sources := []source{open(t, upstreams.Config{}, upstreamtest.Play(first))}
		for range 3 {
			sources = append(sources, open(t, upstreams.Config{}, upstreamtest.Play(well)))
		}
		var mu sync.Mutex
		var took []time.Duration
		var callers sync.WaitGroup
		for i := range 500 {
			for n, s := range sources {
				callers.Go(func() {
					r := unremembered()
					r.Body = []byte{byte(i), byte(i >> 8)}
					began := time.Now()
					_, err := s.Read(t.Context(), r)
					if n == 0 {
						return
					}
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					took = append(took, time.Since(began))
				})
			}
			time.Sleep(5 * time.Millisecond)
		}
		callers.Wait()
		if used := sources[0].Status().Quota.UnderWay; used != 0 {
			t.Errorf("%d turns were not given back", used)
		}
		slices.Sort(took)
		return took[len(took)*99/100]
	}
	synctest.Test(t, func(t *testing.T) {
		warm := p99(t, upstreamtest.After(20*time.Millisecond, upstreamtest.Answer(200, `{"n":1}`)))
		hung := p99(t, upstreamtest.Hang())
		if hung > warm*12/10 {
			t.Errorf("p99 of the healthy sources %v, %v when none hangs", hung, warm)
		}
	})
}

// TestAmplification has every answer fail, with the breaker off: retries die out, and stay few for as long as
// it lasts.
func TestAmplification(t *testing.T) {
	tests := map[string]upstreamtest.Step{
		"503":           upstreamtest.Answer(503, ``),
		"429 and wait":  upstreamtest.Answer(429, ``, "Retry-After", "0"),
		"no connection": upstreamtest.Refuse(),
	}
	for name, step := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{Breaker: upstreams.Breaker{Off: new(true)}, Quota: quota.Config{Learn: new(false)}}, upstreamtest.Play(step))
				for range 30 {
					readers(t.Context(), s.Client, distinct(50)...)()
					time.Sleep(time.Second)
				}
				got := s.Status().Connectors["Query.order"]
				if got.Calls < 1500 || got.Amplification > 1.1 {
					t.Errorf("%d attempts for 1500 calls: %.3f for each", got.Calls, got.Amplification)
				}
			})
		})
	}
}
