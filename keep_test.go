package main

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
	"holdfast/outbox"
)

// TestStatusSaysWhatAStartWaitsFor has a gateway start on a store that takes three seconds to open.
func TestStatusSaysWhatAStartWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := cachetest.NewOpening(cache.NewMemory(0), cache.NewMemoryJournal())
		c, err := cache.New(cache.Config{}, o, cache.WithJournal(o))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(context.WithoutCancel(t.Context())) }()
		box := outbox.New(outbox.Config{}, outbox.NewMemory(outbox.Bounds{}))
		defer func() { _ = box.Close(context.WithoutCancel(t.Context())) }()
		b := &builder{cache: c, box: box}
		says := func(want string, reasons ...string) {
			t.Helper()
			if got, why := b.health(); got != want || !slices.Equal(why, reasons) {
				t.Errorf("it is %s, %q; want %s, %q", got, why, want, reasons)
			}
		}
		time.Sleep(time.Second)
		says("degraded", "the store is being opened, for 1s so far: there is much in it")
		time.Sleep(2 * time.Second)
		o.Become(cache.StoreOpen)
		synctest.Wait()
		time.Sleep(time.Second)
		says("ok")
	})
}
