package upstreams_test

import (
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

func distinct(n int) []*upstreams.Request {
	all := many(n, unremembered)
	for i, r := range all {
		r.Body = []byte{byte(i), byte(i >> 8)}
	}
	return all
}

func TestConcurrencyLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Quota: quota.Config{Concurrent: 4, Wait: 1500 * time.Millisecond}},
			upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":1}`))))
		done := readers(t.Context(), s.Client, distinct(12)...)
		synctest.Wait()
		if got := s.Status().Quota; got.UnderWay != 4 || got.Concurrent != 4 || s.api.Calls() != 4 {
			t.Errorf("%+v, %d calls; want 4 under way", got, s.api.Calls())
		}
		limited := 0
		for _, got := range done() {
			if kindOf(got.err) == upstreams.Limit && reasonOf(got.err) == upstreams.ReasonQuota {
				limited++
			}
		}
		if limited != 4 {
			t.Errorf("%d were turned away, want the 4 whose turn did not come within the wait", limited)
		}
		if got := s.Status().Quota.UnderWay; got != 0 {
			t.Errorf("%d turns were not given back", got)
		}
		if breakerOf(s) != "CLOSED" {
			t.Error("our own limit reached the breaker")
		}
	})
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Quota: quota.Config{Rate: 5, Wait: time.Second}}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		began := time.Now()
		var limited int
		for _, got := range readers(t.Context(), s.Client, distinct(16)...)() {
			if reasonOf(got.err) == upstreams.ReasonQuota {
				limited++
			}
		}
		if s.api.Calls() != 10 || limited != 6 {
			t.Errorf("%d calls, %d limited; want 5 at once and 5 within the wait", s.api.Calls(), limited)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestRetryTakesATokenWithoutWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Quota: quota.Config{Rate: 0.01, Burst: 2}}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		if _, err := s.Read(t.Context(), unremembered()); reasonOf(err) != upstreams.ReasonStatus {
			t.Error(err)
		}
		if s.api.Calls() != 2 {
			t.Errorf("%d calls with 2 tokens", s.api.Calls())
		}
	})
}

func TestSpentQuotaIsCoveredByAnOldAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{Quota: quota.Config{Rate: 1e-6, Burst: 1}}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
		if _, err := s.Read(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		got, err := s.Read(t.Context(), order())
		if err != nil || got.State != upstreams.StateStandingIn || got.Reason != upstreams.ReasonQuota {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestOpenBreakerTakesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{
			Retry: upstreams.Retry{Max: new(0)}, Quota: quota.Config{Rate: 10, Burst: 30, Wait: time.Millisecond},
		}, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		for i, got := range readers(t.Context(), s.Client, distinct(20)...)() {
			if reasonOf(got.err) != upstreams.ReasonStatus {
				t.Fatalf("call %d: %v", i, got.err)
			}
		}
		for i, got := range readers(t.Context(), s.Client, distinct(100)...)() {
			if reasonOf(got.err) != upstreams.ReasonBreakerOpen {
				t.Fatalf("call %d over an open breaker: %v", i, got.err)
			}
		}
	})
}

// TestProbesOutTakeNoTurn has more callers than tokens while a call probes.
func TestProbesOutTakeNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := unprobed()
		cfg.Quota = quota.Config{Rate: 1e-6, Burst: 23, Wait: time.Millisecond}
		s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(503, ``)))
		readers(t.Context(), s.Client, distinct(20)...)()
		time.Sleep(7 * time.Second)
		s.api.Now(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":1}`)))
		probe := readers(t.Context(), s.Client, unremembered())
		synctest.Wait()
		for i, got := range readers(t.Context(), s.Client, distinct(100)[1:]...)() {
			if reasonOf(got.err) != upstreams.ReasonBreakerOpen {
				t.Fatalf("call %d while a probe is out: %v", i, got.err)
			}
		}
		probe()
		for i := range 2 {
			if _, err := s.Read(t.Context(), unremembered()); err != nil {
				t.Errorf("call %d with 2 tokens left: %v", i, err)
			}
		}
	})
}
