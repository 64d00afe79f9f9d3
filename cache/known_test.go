package cache_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
)

// TestNothingIsServedBeforeItIsKnownWhatWasForgotten starts over a store, with a stray copy of what was forgotten, while
// the journal cannot be heard.
func TestNothingIsServedBeforeItIsKnownWhatWasForgotten(t *testing.T) {
	for name, forget := range map[string]bool{"a forgotten copy": true, "an answer": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, journal := cache.NewSharedMemory(0), &cachetest.FaultyJournal{Journal: cache.NewMemoryJournal()}
				begin := func() *cache.Cache {
					c, err := cache.New(cache.Config{}, store, cache.WithJournal(journal))
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = c.Close(context.Background()) })
					return c
				}
				first := begin()
				time.Sleep(time.Second)
				e := &cache.Entry{Key: "k", AsOf: first.AsOf(), Tags: []cache.Tag{7}, Received: time.Now()}
				first.Put(e, time.Hour)
				if err := first.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				if forget {
					if _, err := journal.Append(t.Context(), cache.Bump{Tags: e.Tags, Forget: true}); err != nil {
						t.Fatal(err)
					}
				}
				journal.Silent.Store(true)
				c := begin()
				serves := func(when string, want bool) {
					t.Helper()
					got := c.Get(t.Context(), "k", "")
					if serves := got != nil && c.JudgeEntry(got) != cache.Forgotten; serves != want {
						t.Errorf("%s: it serves it %t, want %t", when, serves, want)
					}
				}
				for range 5 {
					serves("before it is known what was forgotten", false)
					time.Sleep(time.Second)
				}
				journal.Silent.Store(false)
				time.Sleep(5 * time.Second)
				serves("when it is known", !forget)
				journal.Silent.Store(true)
				time.Sleep(10 * time.Second)
				serves("when it was known, and nothing is heard any more", !forget)
			})
		})
	}
}
