package quota_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/quota"
)

// crowd has n people ask at once, and returns when each went out, and how many did not.
func crowd(t *testing.T, q *quota.Quota, n int) (went []time.Duration, refused int) {
	t.Helper()
	began := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			err := q.Acquire(t.Context(), quota.Call{})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				refused++
				return
			}
			q.Release()
			went = append(went, time.Since(began))
		})
	}
	all.Wait()
	return went, refused
}

// TestACrowdDoesNotGoAtTheSameInstant has 100 people wait for one moment.
func TestACrowdDoesNotGoAtTheSameInstant(t *testing.T) {
	tests := map[string]struct {
		learn   func(*quota.Quota)
		from    time.Duration
		refused int
	}{
		"when the count begins again": {
			learn: func(q *quota.Quota) {
				q.Learn(quota.Call{}, false, headers("RateLimit-Limit", "1000", "RateLimit-Remaining", "0", "RateLimit-Reset", "2"))
			},
			from: 2 * time.Second,
		},
		"no more than the next count allows": {
			learn: func(q *quota.Quota) {
				q.Learn(quota.Call{}, false, headers("RateLimit-Limit", "30", "RateLimit-Remaining", "0", "RateLimit-Reset", "2"))
			},
			from: 2 * time.Second, refused: 70,
		},
		"when calls leave a window that rolls": {
			learn: func(q *quota.Quota) {
				say := func(left string) {
					q.Learn(quota.Call{}, false, headers("RateLimit-Limit", "100;w=2", "RateLimit-Remaining", left))
				}
				say("100")
				for range 100 {
					_, _ = q.Retry(quota.Call{}, 0)
				}
				say("0")
			},
			from: 2 * time.Second,
		},
		"when a hold ends": {
			learn: func(q *quota.Quota) { q.Hold(quota.Call{}, 2*time.Second, errBusy) },
			from:  2 * time.Second,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := quota.New(quota.Config{Concurrent: 1000}, nil)
				tt.learn(q)
				went, refused := crowd(t, q, 100)
				if refused != tt.refused {
					t.Errorf("%d refused, want %d", refused, tt.refused)
				}
				most, at := map[time.Duration]int{}, time.Duration(0)
				for _, d := range went {
					most[d.Truncate(50*time.Millisecond)]++
					at = max(at, d)
					if d < tt.from {
						t.Errorf("one went after %v", d)
					}
				}
				for d, n := range most {
					if n > 25 {
						t.Errorf("%d went within 50 ms after %v", n, d)
					}
				}
				if at > tt.from+2*time.Second {
					t.Errorf("the last one went after %v", at)
				}
			})
		})
	}
}

// TestWhoGoesAwayGivesBack has a caller go away who waits, for a hold or for the rate, with all that he has
// taken. Another comes later.
func TestWhoGoesAwayGivesBack(t *testing.T) {
	tests := map[string]struct {
		cfg   quota.Config
		learn func(*quota.Quota)
		after time.Duration // it comes, and must go at once
	}{
		"a token that was there": {
			cfg:   quota.Config{Rate: 0.001, Burst: 1},
			learn: func(q *quota.Quota) { q.Hold(quota.Call{}, 2*time.Second, errBusy) },
			after: 3 * time.Second,
		},
		"a token that was to come": {
			cfg:   quota.Config{Rate: 0.5, Burst: 1},
			learn: func(q *quota.Quota) { _, _ = q.Retry(quota.Call{}, 0) },
			after: 2 * time.Second,
		},
		"one of what the source says is left": {
			learn: func(q *quota.Quota) {
				q.Learn(quota.Call{}, false, headers("RateLimit", `"default";r=1;t=100`))
				q.Hold(quota.Call{}, 2*time.Second, errBusy)
			},
			after: 3 * time.Second,
		},
		"one of a window that rolls": {
			learn: func(q *quota.Quota) {
				q.Learn(quota.Call{}, false, headers("RateLimit-Limit", "1;w=100", "RateLimit-Remaining", "1"))
				q.Hold(quota.Call{}, 2*time.Second, errBusy)
			},
			after: 3 * time.Second,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := quota.New(tt.cfg, nil)
				tt.learn(q)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				time.AfterFunc(time.Second, cancel)
				if err := q.Acquire(ctx, quota.Call{}); !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				time.Sleep(tt.after - time.Since(began))
				if went, _ := crowd(t, q, 1); len(went) != 1 || went[0] > 0 {
					t.Errorf("went after %v", went)
				}
			})
		})
	}
}

// TestWhoFindsNoTurnGivesBack has a caller give up while another has the only turn.
func TestWhoFindsNoTurnGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := quota.New(quota.Config{Concurrent: 1, Rate: 0.001, Burst: 2, Wait: time.Second}, nil)
		if err := q.Acquire(t.Context(), quota.Call{}); err != nil {
			t.Fatal(err)
		}
		if _, refused := crowd(t, q, 1); refused != 1 {
			t.Fatal("two at once")
		}
		q.Release()
		if _, refused := crowd(t, q, 1); refused != 0 {
			t.Error("its token was not given back")
		}
	})
}

// TestARetryThatIsNotMadeGivesBack undoes one.
func TestARetryThatIsNotMadeGivesBack(t *testing.T) {
	q := quota.New(quota.Config{Rate: 0.001, Burst: 1}, nil)
	undo, ok := q.Retry(quota.Call{}, 0)
	if _, again := q.Retry(quota.Call{}, 0); !ok || again {
		t.Fatal("not the only token")
	}
	undo()
	if _, ok := q.Retry(quota.Call{}, 0); !ok {
		t.Error("its token was not given back")
	}
}

// A 429 at the end of a burst says little of the call that it came for.
func TestThePaceAfterABurstIsThatOfTheBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := quota.New(quota.Config{Concurrent: 1000}, nil)
		crowd(t, q, 100)
		time.Sleep(2 * time.Second)
		crowd(t, q, 1)
		q.Learn(quota.Call{}, true, nil)
		if got := q.Status().Pace; got != 25 { // half of what is left of 100 a second, two seconds later
			t.Errorf("%v calls a second", got)
		}
	})
}
