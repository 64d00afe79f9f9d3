package upstreams_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// What was filled at once is asked for again over a while, evenly (R8), and never later than it may be.
func TestWhatWasFilledAtOnceIsNotAskedForAtOnce(t *testing.T) {
	const fresh, buckets = 100 * time.Second, 15
	keys := 100_000
	if testing.Short() {
		keys = 10_000
	}
	synctest.Test(t, func(t *testing.T) {
		c, err := cache.New(cache.Config{Memory: 1 << 30}, nil)
		if err != nil {
			t.Fatal(err)
		}
		u := upstreams.New(upstreams.Config{Name: "shop"}, c, upstreamtest.Play(warehouse(t, nil)), upstreams.WithJitter(0.15))
		defer func() { _ = u.Close(context.WithoutCancel(t.Context())) }()
		b := orders(from(1, keys)...)
		b.Policy.Fresh, b.Max = new(fresh), 1000
		u.ReadBatch(t.Context(), b)
		var refills []int
		began := time.Now()
		time.Sleep(fresh * 84 / 100)
		for len(b.Keys) > 0 {
			time.Sleep(fresh * 15 / 100 / buckets)
			items := u.ReadBatch(t.Context(), b)
			var left []string
			for i, a := range items {
				if a.Cache != "hit" {
					continue
				}
				if age := time.Since(began); age >= fresh || a.Age+a.TTL > fresh || a.Age+a.TTL < fresh*85/100 {
					t.Fatalf("%v old, and said to be fresh for %v more", age, a.TTL)
				}
				left = append(left, b.Keys[i])
			}
			if n := len(b.Keys) - len(left); n > 0 || len(refills) > 0 {
				refills = append(refills, n)
			}
			b.Keys = left
		}
		peak, mean := slices.Max(refills), keys/len(refills)
		t.Logf("%d answers filled at once, fresh for %v: asked for again over %v, %d a second at most, %d on average: %.2f",
			keys, fresh, fresh*15/100/buckets*time.Duration(len(refills)), peak, mean, float64(peak)/float64(mean))
		if len(refills) < buckets || float64(peak) > 1.5*float64(mean) {
			t.Errorf("refills by second: %v", refills)
		}
	})
}

// What is read much is renewed before anybody has to wait for it, by one call; what is read rarely when it is too old.
func TestWhatIsReadMuchIsAskedForBeforeItIsTooOld(t *testing.T) {
	for name, tt := range map[string]struct {
		every          time.Duration // a reader comes
		jitter         float64
		calls, waiting int // at most, within ten minutes
	}{
		"two hundred readers a second": {every: 5 * time.Millisecond, jitter: 0.01, calls: 11, waiting: 0},
		"and no jitter":                {every: 5 * time.Millisecond, calls: 10, waiting: 9 * 40},
		"one reader in two minutes":    {every: 2 * time.Minute, jitter: 0.01, calls: 5, waiting: 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)), upstreams.WithJitter(tt.jitter))
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				before := s.api.Calls()
				s.api.Now(upstreamtest.After(200*time.Millisecond, upstreamtest.Answer(200, `{"n":1}`)))
				_, _ = s.cache.Bump(t.Context(), cache.TagOf("source:shop"))
				if _, err := s.Read(t.Context(), order()); err != nil { // took a while
					t.Fatal(err)
				}
				waited := 0
				for end := time.Now().Add(10 * time.Minute); time.Now().Before(end); {
					time.Sleep(tt.every)
					r := order()
					if _, ok := s.Held(t.Context(), r); ok {
						continue
					}
					began := time.Now()
					if _, err := s.Read(t.Context(), r); err != nil {
						t.Fatal(err)
					}
					if time.Since(began) > 0 {
						waited++
					}
				}
				calls := s.api.Calls() - before
				t.Logf("%d calls, %d readers waited", calls, waited)
				if calls > tt.calls+1 || waited > tt.waiting {
					t.Errorf("%d calls, %d waited; want at most %d and %d", calls, waited, tt.calls, tt.waiting)
				}
			})
		})
	}
}
