package upstreams_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// cluster is some gateways on one store.
func cluster(t *testing.T, n int, api *upstreamtest.API, leases cache.Leases) []source {
	t.Helper()
	store, journal := cache.NewSharedMemory(64<<20), cache.NewMemoryJournal()
	all := make([]source, n)
	for i := range all {
		c, err := cache.New(cache.Config{Memory: 1 << 20}, store, cache.WithJournal(journal))
		if err != nil {
			t.Fatal(err)
		}
		u := upstreams.New(upstreams.Config{Name: "shop"}, c, api, upstreams.WithLeases(leases))
		t.Cleanup(func() {
			ctx := context.WithoutCancel(t.Context())
			if err := errors.Join(u.Close(ctx), c.Close(ctx)); err != nil {
				t.Error(err)
			}
		})
		all[i] = source{u, api, c}
	}
	time.Sleep(2 * time.Second) // they know where the journal is
	return all
}

// known is an answer that all of them have, and that is too old.
func known(t *testing.T, all []source) {
	t.Helper()
	for _, s := range all {
		if _, err := s.Read(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
		if err := s.cache.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(time.Hour)
}

func TestOneOfAClusterAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`))
		all := cluster(t, 2, api, new(cache.MemoryLeases))
		known(t, all)
		check(t, "calls until all know it", 1, api.Calls())
		api.Now(upstreamtest.After(200*time.Millisecond, upstreamtest.Answer(200, `{"n":2}`)))
		const askers = 10_000
		var wait sync.WaitGroup
		for i := range askers {
			wait.Go(func() {
				a, err := all[i%2].Read(t.Context(), order())
				if err != nil || a.State != upstreams.StateFresh && a.Reason != upstreams.ReasonSlow {
					t.Errorf("got %+v, %v", a, err)
				}
			})
		}
		wait.Wait()
		time.Sleep(time.Second)
		for _, s := range all {
			a, ok := s.Held(t.Context(), order())
			if !ok || a.Value != 2 || a.State != upstreams.StateFresh {
				t.Errorf("afterwards: %+v", a)
			}
		}
		check(t, "calls of 10,000 who ask for what is too old, on two gateways", 1, api.Calls()-1)
	})
}

// Where no answer is fresh when it comes, nobody waits for another's.
func TestWhatIsNeverFreshIsAskedForByEachOfACluster(t *testing.T) {
	for name, fresh := range map[string]time.Duration{"at all": 0, "for long": 100 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const latency = 200 * time.Millisecond
				api := upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`))
				all := cluster(t, 4, api, new(cache.MemoryLeases))
				known(t, all)
				api.Now(upstreamtest.After(latency, upstreamtest.Answer(200, `{"n":2}`)))
				var wait sync.WaitGroup
				for _, s := range all {
					wait.Go(func() {
						r := order()
						r.Policy.Fresh = &fresh
						began := time.Now()
						a, err := s.Read(t.Context(), r)
						if err != nil || a.State != upstreams.StateFresh || a.Value != 2 {
							t.Errorf("got %+v, %v", a, err)
						}
						check(t, "it took", latency, time.Since(began))
					})
				}
				wait.Wait()
			})
		})
	}
}

// Whatever becomes of the lease, who asks is answered in time.
func TestNobodyIsHeldUpByALease(t *testing.T) {
	for name, tt := range map[string]struct {
		leases leasing
		calls  int
		most   time.Duration // somebody waits
	}{
		"that nobody has":                 {leases: new(cache.MemoryLeases).Take, calls: 1},
		"whose holder died":               {leases: never, calls: 1, most: 5 * time.Second},
		"of a store that fails":           {leases: fails, calls: 1},
		"of a store that does not answer": {leases: hangs, calls: 1, most: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`))
				s := cluster(t, 1, api, tt.leases)[0]
				known(t, []source{s})
				api.Now(upstreamtest.Answer(200, `{"n":2}`))
				r := order()
				r.Policy.Stale = new(time.Minute) // nothing stands in
				began := time.Now()
				a, err := s.Read(t.Context(), r)
				if err != nil || a.Value != 2 {
					t.Errorf("got %+v, %v", a, err)
				}
				if took := time.Since(began); took > tt.most {
					t.Errorf("it took %v, want %v at most", took, tt.most)
				}
				check(t, "calls", tt.calls, api.Calls()-1)
			})
		})
	}
}

// A store that was late within a minute has one second more of anybody's time, and then again three.
func TestAStoreThatWasLateIsWaitedForLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`))
		s := cluster(t, 1, api, leasing(hangs))[0]
		known(t, []source{s})
		for _, step := range []struct{ pause, most time.Duration }{{0, 3 * time.Second}, {time.Second, 0}, {10 * time.Second, time.Second}, {2 * time.Minute, 3 * time.Second}} {
			time.Sleep(step.pause)
			r := order()
			r.Policy.Fresh, r.Policy.Stale = new(time.Second), new(time.Second) // nothing stands in
			began := time.Now()
			if _, err := s.Read(t.Context(), r); err != nil {
				t.Error(err)
			}
			check(t, "it took", step.most, time.Since(began))
		}
	})
}

type leasing func(context.Context, string, time.Duration) (func(), bool, error)

func (l leasing) Take(ctx context.Context, name string, ttl time.Duration) (func(), bool, error) {
	return l(ctx, name, ttl)
}

func never(context.Context, string, time.Duration) (func(), bool, error) { return nil, false, nil }

func fails(context.Context, string, time.Duration) (func(), bool, error) {
	return nil, false, errors.New("no store")
}

func hangs(ctx context.Context, _ string, _ time.Duration) (func(), bool, error) {
	<-ctx.Done()
	return nil, false, ctx.Err()
}

// Items of a batch that another gateway has put into the store are not asked for.
func TestOfABatchWhatAnotherHasIsNotAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := upstreamtest.Play(warehouse(t, nil))
		all := cluster(t, 2, api, new(cache.MemoryLeases))
		for _, s := range all {
			s.ReadBatch(t.Context(), orders("001", "002"))
			_ = s.cache.Flush(t.Context())
		}
		time.Sleep(time.Hour)
		all[0].ReadBatch(t.Context(), orders("001"))
		_ = all[0].cache.Flush(t.Context())
		check(t, "the other", []string{"10 FRESH hit", "20 FRESH miss"}, told(all[1].ReadBatch(t.Context(), orders("001", "002"))))
		check(t, "asked for", []string{"001,002", "001", "002"}, asked(t, all[0]))
	})
}
