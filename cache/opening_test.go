package cache_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
)

// TestAStoreThatTakesLongToOpen has a process start on a store that has much in it: what is looked for meanwhile costs a
// second, who has nothing else waits, and whatever is put meanwhile does not have the store left alone afterwards.
func TestAStoreThatTakesLongToOpen(t *testing.T) {
	const opens = 7 * time.Second
	for name, tt := range map[string]struct {
		becomes cache.Condition // after opens; "": nothing, for long
		found   bool
		waited  time.Duration // who has nothing else
	}{
		"is waited for":                      {becomes: cache.StoreOpen, found: true, waited: opens - time.Second},
		"is not, once it is out of order":    {becomes: cache.StoreBroken, waited: opens - time.Second},
		"is not, once it is another's":       {becomes: cache.StoreWaiting, waited: opens - time.Second},
		"is waited for ten seconds, at most": {waited: 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, journal := cache.NewMemory(0), cache.NewMemoryJournal()
				over(t, store, journal, func(before *cache.Cache) {
					before.Put(&cache.Entry{Key: "k", Received: time.Now(), AsOf: before.AsOf()}, time.Hour)
				})
				o := cachetest.NewOpening(store, journal)
				over(t, o, o, func(c *cache.Cache) {
					began := time.Now()
					if tt.becomes != "" {
						time.AfterFunc(opens, func() { o.Become(tt.becomes) })
					} else {
						time.AfterFunc(time.Minute, func() { o.Become(cache.StoreOpen) })
					}
					if e := c.Get(t.Context(), "k", ""); e != nil || time.Since(began) != time.Second {
						t.Errorf("found %v after %v, want nothing after a second", e, time.Since(began))
					}
					for i := range 10 {
						c.Put(&cache.Entry{Key: fmt.Sprint("new", i), Received: time.Now(), AsOf: c.AsOf()}, time.Hour)
						go c.Get(t.Context(), fmt.Sprint("nowhere", i), "")
					}
					if got, waited := c.Opened(t.Context()), time.Since(began)-time.Second; got != tt.found || waited < tt.waited || waited > tt.waited+2*time.Second {
						t.Errorf("it is open: %v, after %v; want %v after %v", got, waited, tt.found, tt.waited)
					}
					if c.Opening() == tt.found {
						t.Errorf("it is being opened: %v", !tt.found)
					}
					now := time.Now()
					if e := c.Get(t.Context(), "k", ""); (e != nil) != tt.found || tt.found && time.Since(now) > 0 {
						t.Errorf("found %v after another %v", e, time.Since(now))
					}
					if s := c.Stats().Store; s.LeftAlone || s.Skipped != 0 {
						t.Errorf("it is left alone: %+v", s)
					}
					time.Sleep(time.Minute) // all is carried there
				})
			})
		})
	}
}

// over has do use a cache over a store and a journal, and closes it.
func over(t *testing.T, store cache.Store, journal cache.Journal, do func(*cache.Cache)) {
	t.Helper()
	c, err := cache.New(cache.Config{}, store, cache.WithJournal(journal))
	if err != nil {
		t.Fatal(err)
	}
	do(c)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	_ = c.Close(ctx)
}
