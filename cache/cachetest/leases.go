package cachetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/cache"
)

// RunLeases tests the leases that open returns, of which none is taken. It takes a few seconds of real time: they may
// be of whole seconds.
func RunLeases(t *testing.T, open func(t *testing.T) cache.Leases) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, cache.Leases){
		"one has it":                              testOne,
		"who comes after it was released has it":  testReleased,
		"one that is not released ends by itself": testEnds,
		"an old one releases nothing":             testOldRelease,
		"of many at once one has it":              testManyLeases,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func taken(t *testing.T, l cache.Leases, name string, ttl time.Duration) (release func(), ok bool) {
	t.Helper()
	release, ok, err := l.Take(t.Context(), name, ttl)
	if err != nil || ok && release == nil {
		t.Fatalf("take %s: %t, %v", name, ok, err)
	}
	return release, ok
}

func testOne(t *testing.T, l cache.Leases) {
	t.Helper()
	if _, ok := taken(t, l, "a", time.Minute); !ok {
		t.Error("nobody has it, and it cannot be had")
	}
	if _, ok := taken(t, l, "a", time.Minute); ok {
		t.Error("two have it")
	}
	if _, ok := taken(t, l, "b", time.Minute); !ok {
		t.Error("another cannot be had")
	}
}

func testReleased(t *testing.T, l cache.Leases) {
	t.Helper()
	for range 5 {
		var release func()
		soon(t, "have it again", func() (ok bool) {
			release, ok = taken(t, l, "a", time.Minute)
			return ok
		})
		release()
	}
}

func testEnds(t *testing.T, l cache.Leases) {
	t.Helper()
	taken(t, l, "a", time.Second)
	soon(t, "end by itself", func() bool {
		_, ok := taken(t, l, "a", time.Minute)
		return ok
	})
}

func testOldRelease(t *testing.T, l cache.Leases) {
	t.Helper()
	old, _ := taken(t, l, "a", time.Second)
	soon(t, "end by itself", func() bool {
		_, ok := taken(t, l, "a", time.Minute)
		return ok
	})
	old()
	<-time.After(100 * time.Millisecond) // a release waits for nothing
	if _, ok := taken(t, l, "a", time.Minute); ok {
		t.Error("two have it")
	}
}

func testManyLeases(t *testing.T, l cache.Leases) {
	t.Helper()
	var all sync.WaitGroup
	var have atomic.Int32
	for range 16 {
		all.Go(func() {
			if _, ok, err := l.Take(t.Context(), "a", time.Minute); err != nil {
				t.Errorf("take: %v", err)
			} else if ok {
				have.Add(1)
			}
		})
	}
	all.Wait()
	if have.Load() != 1 {
		t.Errorf("%d have it", have.Load())
	}
}
