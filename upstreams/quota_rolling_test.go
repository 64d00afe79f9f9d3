package upstreams_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// rolling is an API that allows so many calls within any span of one length, whoever makes them.
type rolling struct {
	limit  int
	window time.Duration
	says   func(left int) []string // headers

	mu       sync.Mutex
	came     []time.Time // those it allowed
	rejected int
}

// count counts a call, and returns how many are left and whether it is allowed.
func (r *rolling) count() (left int, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for len(r.came) > 0 && now.Sub(r.came[0]) >= r.window {
		r.came = r.came[1:]
	}
	if len(r.came) >= r.limit {
		return 0, false
	}
	r.came = append(r.came, now)
	return r.limit - len(r.came), true
}

func (r *rolling) answer(req *http.Request) (*http.Response, error) {
	left, ok := r.count()
	status, body := 200, `{"n":1}`
	if !ok {
		r.mu.Lock()
		r.rejected++
		r.mu.Unlock()
		status, body = 429, ``
	}
	return upstreamtest.After(40*time.Millisecond, upstreamtest.Answer(status, body, r.says(left)...))(req)
}

// windows are ways to speak of 100 calls in 10 seconds.
func windows() map[string]func(left int) []string {
	return map[string]func(left int) []string{
		"as HubSpot does": func(left int) []string {
			return []string{
				"X-HubSpot-RateLimit-Max", "100", "X-HubSpot-RateLimit-Remaining", strconv.Itoa(left),
				"X-HubSpot-RateLimit-Interval-Milliseconds", "10000",
			}
		},
		"without its limit": func(left int) []string {
			return []string{"X-RateLimit-Remaining", strconv.Itoa(left), "X-RateLimit-Window", "10"}
		},
		"by a policy": func(left int) []string {
			return []string{"RateLimit-Policy", `"burst";q=100;w=10`, "RateLimit", fmt.Sprintf(`"burst";r=%d`, left)}
		},
		"in its limit": func(left int) []string {
			return []string{"RateLimit-Limit", "100, 100;w=10", "RateLimit-Remaining", strconv.Itoa(left)}
		},
		"with an end that moves away": func(left int) []string {
			return []string{"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", strconv.Itoa(left), "X-RateLimit-Reset", "10"}
		},
		"with an end that moves away, as a time": func(left int) []string {
			return []string{
				"X-RateLimit-Limit", "100", "X-RateLimit-Remaining", strconv.Itoa(left),
				"X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(10*time.Second).Unix(), 10),
			}
		},
	}
}

// TestRollingWindow asks an API that allows 100 calls in any 10 seconds, evenly and in bursts, alone and beside
// others.
func TestRollingWindow(t *testing.T) {
	tests := map[string]struct {
		burst, bursts int // so many at once, so often
		every         time.Duration
		others        time.Duration // between calls that others make; 0: none
		fail          int           // at most
		rejected      int           // at most, by the API
	}{
		"half of what it allows":               {burst: 1, bursts: 600, every: 200 * time.Millisecond},
		"almost all it allows":                 {burst: 1, bursts: 1000, every: 105 * time.Millisecond},
		"half of it, in bursts":                {burst: 50, bursts: 12, every: 10 * time.Second},
		"half of it, beside others":            {burst: 1, bursts: 600, every: 200 * time.Millisecond, others: 220 * time.Millisecond},
		"half more than it allows":             {burst: 1, bursts: 1500, every: 67 * time.Millisecond, fail: 550},
		"twice of what it allows, in bursts":   {burst: 200, bursts: 10, every: 10 * time.Second, fail: 1500, rejected: 300}, // nobody knows of a limit at the first,
		"all it allows, and half as by others": {burst: 1, bursts: 1000, every: 100 * time.Millisecond, others: 200 * time.Millisecond, fail: 750, rejected: 120},
	}
	for name, tt := range tests {
		for form, says := range windows() {
			t.Run(name+", "+form, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					api := &rolling{limit: 100, window: 10 * time.Second, says: says}
					cfg := unprobed()
					cfg.Quota = quota.Config{Header: "X-HubSpot-RateLimit"}
					s := open(t, cfg, upstreamtest.Play(api.answer))
					if tt.others > 0 {
						stop := time.NewTicker(tt.others)
						defer stop.Stop()
						done := make(chan struct{})
						defer close(done)
						go func() {
							for {
								select {
								case <-stop.C:
									api.count()
								case <-done:
									return
								}
							}
						}()
					}
					var failed int
					var mu sync.Mutex
					var all sync.WaitGroup
					for range tt.bursts {
						for _, r := range distinct(tt.burst) {
							all.Go(func() {
								r.Header = http.Header{"X-Number": {time.Now().String()}}
								_, err := s.Read(t.Context(), r)
								mu.Lock()
								defer mu.Unlock()
								if err != nil {
									failed++
								}
							})
						}
						time.Sleep(tt.every)
					}
					all.Wait()
					t.Logf("%d of %d failed, %d rejected", failed, tt.burst*tt.bursts, api.rejected)
					if failed > tt.fail || api.rejected > tt.rejected {
						t.Errorf("want at most %d failed, %d rejected", tt.fail, tt.rejected)
					}
				})
			})
		}
	}
}
