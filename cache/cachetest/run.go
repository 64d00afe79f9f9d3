// Package cachetest is what every [cache.KeyValue] must pass.
package cachetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast/cache"
)

// patience is how long a store may take to do what it promises to do soon.
const patience = 10 * time.Second

// Run tests the stores that open returns, which are empty and closed by open's own t.Cleanup. It takes a
// few seconds of real time: a store may keep whole seconds.
func Run(t *testing.T, open func(t *testing.T) cache.KeyValue) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, cache.KeyValue){
		"what was put is there":                  testPut,
		"what was not put is not":                testNotFound,
		"the last put wins":                      testOverwrite,
		"what was deleted is gone":               testDelete,
		"nothing is kept too long":               testKeep,
		"a value may be large":                   testLarge,
		"a value may be empty":                   testEmpty,
		"many may use it at once":                testConcurrent,
		"changes are told":                       testWatch,
		"watching ends with its context":         testWatchEnds,
		"an operation ends with its context":     testContext,
		"two watchers are both told of a change": testTwoWatchers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func key(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func put(t *testing.T, s cache.KeyValue, k, v string) {
	t.Helper()
	if err := s.Put(t.Context(), k, []byte(v), time.Hour); err != nil {
		t.Fatalf("put: %v", err)
	}
}

func want(t *testing.T, s cache.KeyValue, k, v string) {
	t.Helper()
	got, err := s.Get(t.Context(), k)
	if err != nil || string(got) != v {
		t.Errorf("got %d bytes, %v; want %d bytes", len(got), err, len(v))
	}
}

func wantNone(t *testing.T, s cache.KeyValue, k string) {
	t.Helper()
	if got, err := s.Get(t.Context(), k); !errors.Is(err, cache.ErrNotFound) {
		t.Errorf("got %q, %v; want ErrNotFound", got, err)
	}
}

// soon waits until done says yes.
func soon(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func testPut(t *testing.T, s cache.KeyValue) {
	t.Helper()
	put(t, s, key("a"), "1")
	put(t, s, key("b"), "2")
	want(t, s, key("a"), "1")
	want(t, s, key("b"), "2")
}

func testNotFound(t *testing.T, s cache.KeyValue) {
	t.Helper()
	put(t, s, key("a"), "1")
	wantNone(t, s, key("b"))
}

func testOverwrite(t *testing.T, s cache.KeyValue) {
	t.Helper()
	for i := range 10 {
		put(t, s, key("a"), strconv.Itoa(i))
		want(t, s, key("a"), strconv.Itoa(i))
	}
}

func testDelete(t *testing.T, s cache.KeyValue) {
	t.Helper()
	put(t, s, key("a"), "1")
	put(t, s, key("b"), "2")
	for range 2 { // the second time it is not there, which is no error
		if err := s.Delete(t.Context(), key("a")); err != nil {
			t.Errorf("delete: %v", err)
		}
		wantNone(t, s, key("a"))
	}
	want(t, s, key("b"), "2")
	put(t, s, key("a"), "3")
	want(t, s, key("a"), "3")
}

func testKeep(t *testing.T, s cache.KeyValue) {
	t.Helper()
	if err := s.Put(t.Context(), key("short"), []byte("1"), time.Second); err != nil {
		t.Fatal(err)
	}
	put(t, s, key("long"), "2")
	want(t, s, key("short"), "1")
	soon(t, "forget", func() bool {
		_, err := s.Get(t.Context(), key("short"))
		return errors.Is(err, cache.ErrNotFound)
	})
	want(t, s, key("long"), "2")
}

func testLarge(t *testing.T, s cache.KeyValue) {
	t.Helper()
	large := string(bytes.Repeat([]byte("0123456789abcdef"), 2<<20/16))
	put(t, s, key("a"), large)
	want(t, s, key("a"), large)
}

func testEmpty(t *testing.T, s cache.KeyValue) {
	t.Helper()
	put(t, s, key("a"), "")
	want(t, s, key("a"), "")
}

func testConcurrent(t *testing.T, s cache.KeyValue) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				k, v := key(fmt.Sprint(i, n)), fmt.Sprint(i, n)
				put(t, s, k, v)
				want(t, s, k, v)
				put(t, s, key("all"), v)
			}
		})
	}
	all.Wait()
	if _, err := s.Get(t.Context(), key("all")); err != nil {
		t.Error(err)
	}
}

// watch collects the keys that s tells until the test ends.
func watch(t *testing.T, s cache.KeyValue) (told func(key string) int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	counts := map[string]int{}
	ended := make(chan error, 1)
	go func() {
		ended <- s.Watch(ctx, func(key string) {
			mu.Lock()
			defer mu.Unlock()
			counts[key]++
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	told = func(key string) int {
		mu.Lock()
		defer mu.Unlock()
		return counts[key]
	}
	n := 0
	soon(t, "begin to watch", func() bool {
		n++
		put(t, s, key("begin"), strconv.Itoa(n))
		return told(key("begin")) > 0
	})
	return told
}

func testWatch(t *testing.T, s cache.KeyValue) {
	t.Helper()
	put(t, s, key("before"), "1")
	told := watch(t, s)
	put(t, s, key("new"), "1")
	soon(t, "tell of a new key", func() bool { return told(key("new")) == 1 })
	put(t, s, key("new"), "2")
	soon(t, "tell of a change", func() bool { return told(key("new")) == 2 })
	if err := s.Delete(t.Context(), key("new")); err != nil {
		t.Fatal(err)
	}
	soon(t, "tell of a deletion", func() bool { return told(key("new")) == 3 })
	if n := told(key("before")); n != 0 {
		t.Errorf("told %d times of what was there before", n)
	}
}

func testTwoWatchers(t *testing.T, s cache.KeyValue) {
	t.Helper()
	first, second := watch(t, s), watch(t, s)
	put(t, s, key("a"), "1")
	soon(t, "tell both", func() bool { return first(key("a")) == 1 && second(key("a")) == 1 })
}

func testWatchEnds(t *testing.T, s cache.KeyValue) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Watch(ctx, func(string) {}); err != nil {
		t.Errorf("watch: %v", err)
	}
}

func testContext(t *testing.T, s cache.KeyValue) {
	t.Helper()
	put(t, s, key("a"), "1")
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Get(ctx, key("a")); err == nil || errors.Is(err, cache.ErrNotFound) {
		t.Errorf("get after its context ended: %v", err)
	}
	if err := s.Put(ctx, key("a"), []byte("2"), time.Hour); err == nil {
		t.Error("put after its context ended: no error")
	}
	if err := s.Delete(ctx, key("a")); err == nil {
		t.Error("delete after its context ended: no error")
	}
}
