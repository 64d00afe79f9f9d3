package quota_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/quota"
)

var errBusy = errors.New("busy")

// refusal returns how a call was refused; nil: it went out.
func refusal(t *testing.T, q *quota.Quota, c quota.Call) *quota.Error {
	t.Helper()
	err := q.Acquire(t.Context(), c)
	if err == nil {
		q.Release()
		return nil
	}
	r, ok := errors.AsType[*quota.Error](err)
	if !ok {
		t.Fatal(err)
	}
	return r
}

// TestStateOutlivesSettings hands what was learned to a quota with other settings.
func TestStateOutlivesSettings(t *testing.T) {
	tests := map[string]struct {
		before, after quota.Config
		learn         func(*quota.Quota)
		refused       bool
	}{
		"a hold": {
			learn:   func(q *quota.Quota) { q.Hold(quota.Call{}, time.Minute, errBusy) },
			refused: true,
		},
		"a hold, also where nothing is learned of limits": {
			after:   quota.Config{Learn: new(false)},
			learn:   func(q *quota.Quota) { q.Hold(quota.Call{}, time.Minute, errBusy) },
			refused: true,
		},
		"that nothing is left": {
			learn: func(q *quota.Quota) {
				q.Learn(quota.Call{}, false, headers("RateLimit", `"default";r=0;t=60`))
			},
			refused: true,
		},
		"but not where that is not learned any more": {
			after: quota.Config{Learn: new(false)},
			learn: func(q *quota.Quota) {
				q.Learn(quota.Call{}, false, headers("RateLimit", `"default";r=0;t=60`))
			},
		},
		"a spent rate": {
			before: quota.Config{Rate: 0.01}, after: quota.Config{Rate: 0.02},
			learn:   func(q *quota.Quota) { _, _ = q.Retry(quota.Call{}, 0) },
			refused: true,
		},
		"not a rate that is no longer set": {
			before: quota.Config{Rate: 0.01},
			learn:  func(q *quota.Quota) { _, _ = q.Retry(quota.Call{}, 0) },
		},
		"nothing of another credential": {
			learn: func(q *quota.Quota) { q.Hold(quota.Call{Credential: "ann"}, time.Minute, errBusy) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var state quota.State
				tt.learn(quota.New(tt.before, &state))
				if r := refusal(t, quota.New(tt.after, &state), quota.Call{}); (r != nil) != tt.refused {
					t.Errorf("refused: %v", r)
				}
			})
		})
	}
}

// TestGenerationsShareTheRoom changes how many calls may be under way while some are, and some wait.
func TestGenerationsShareTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var state quota.State
		before := quota.New(quota.Config{Concurrent: 2}, &state)
		for range 2 {
			if err := before.Acquire(t.Context(), quota.Call{}); err != nil {
				t.Fatal(err)
			}
		}
		got := make(chan error, 2)
		for range 2 {
			go func() { got <- before.Acquire(t.Context(), quota.Call{}) }()
		}
		synctest.Wait()
		quota.New(quota.Config{Concurrent: 3}, &state)
		if err := <-got; err != nil {
			t.Errorf("one more has room: %v", err)
		}
		after := quota.New(quota.Config{Concurrent: 1, Wait: time.Second}, &state)
		if r := refusal(t, after, quota.Call{}); r == nil {
			t.Error("went out beside three others")
		}
		before.Release()
		before.Release()
		synctest.Wait()
		if s := after.Status(); s.UnderWay != 1 || s.Concurrent != 1 || len(got) != 0 {
			t.Errorf("%+v, %d given", s, len(got))
		}
		before.Release()
		if err := <-got; err != nil {
			t.Error(err)
		}
	})
}

// TestWhoLeavesTheQueueTakesNoTurn has callers go away at the moment when the turn is given.
func TestWhoLeavesTheQueueTakesNoTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := quota.New(quota.Config{Concurrent: 1, Wait: time.Minute}, nil)
		if err := q.Acquire(t.Context(), quota.Call{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan error, 20)
		for range cap(got) {
			go func() { got <- q.Acquire(ctx, quota.Call{}) }()
		}
		synctest.Wait()
		cancel()
		q.Release()
		for range cap(got) {
			if err := <-got; err == nil {
				q.Release()
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
		if n := q.Status().UnderWay; n != 0 {
			t.Errorf("%d turns were lost", n)
		}
	})
}
