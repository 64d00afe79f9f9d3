package upstreams_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// TestStorm has fifty callers of five users ask for ten things of a source that does everything wrong,
// and leave at random. Nobody may get what is another's, and nothing may be left over.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		var mu sync.Mutex
		pick := func(n int) int {
			mu.Lock()
			defer mu.Unlock()
			return random.IntN(n)
		}
		s := open(t, upstreams.Config{Timeout: 2 * time.Second, Breaker: upstreams.Breaker{Share: 0.9}},
			upstreamtest.Play(func(req *http.Request) (*http.Response, error) {
				good := upstreamtest.Answer(200, `{"n":`+req.Header.Get("X-Want")+`}`)
				steps := []upstreamtest.Step{
					good, good, good, good, upstreamtest.Hang(), upstreamtest.Refuse(), upstreamtest.Answer(503, ``),
					upstreamtest.Answer(429, ``, "Retry-After", "1"), upstreamtest.Truncate(200, `{"n":666}  `),
					upstreamtest.Answer(200, `<html>`), upstreamtest.After(time.Second, good),
				}
				return steps[pick(len(steps))](req)
			}))
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				for range 100 {
					want := 1000*pick(5) + pick(10)
					ctx, leave := context.WithTimeout(t.Context(), time.Duration(1+pick(3000))*time.Millisecond)
					r := order()
					r.Scope = fmt.Sprint("user ", want/1000)
					r.URL = fmt.Sprint("https://shop.test/orders/", want%10)
					r.Header = http.Header{"X-Want": {strconv.Itoa(want)}}
					r.Policy.Fresh = new(time.Second)
					ask := s.Read
					if pick(10) == 0 {
						ask = s.Write
					}
					if got, err := ask(ctx, r); err == nil && got.Value != want {
						t.Errorf("got %v, want %v", got.Value, want)
					} else if err != nil && kindOf(err) == 0 {
						t.Errorf("not an error of ours: %v", err)
					}
					leave()
				}
			})
		}
		callers.Wait()
		time.Sleep(time.Minute)
		if n := s.Status().Quota.UnderWay; n != 0 {
			t.Errorf("%d calls still under way", n)
		}
		s.api.Now(upstreamtest.Answer(200, `{"n":1}`))
		for range 2 {
			if _, err := s.Read(t.Context(), unremembered()); err != nil {
				t.Errorf("after the storm: %v", err)
			}
		}
	})
}
