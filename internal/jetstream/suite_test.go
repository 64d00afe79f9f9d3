package jetstream

import (
	"context"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
	"holdfast/events"
	"holdfast/events/eventstest"
	"holdfast/internal/jetstream/jetstreamtest"
	"holdfast/outbox"
	"holdfast/outbox/outboxtest"
)

func TestTheSuite(t *testing.T) {
	t.Parallel()
	t.Run("embedded", func(t *testing.T) {
		t.Parallel()
		suite(t, func(t *testing.T, b outbox.Bounds, e events.Bounds) *Store {
			t.Helper()
			s := start(t, Options{Dir: t.TempDir(), Bytes: 64 << 20, Writes: b, Events: e})
			awaitOpen(t, s)
			return s
		})
	})
	t.Run("three nodes", func(t *testing.T) {
		t.Parallel()
		nodes := External{Servers: jetstreamtest.Start(t).Addresses()}
		names := make(chan string, 100)
		for i := range cap(names) {
			names <- string(rune('a'+i/26)) + string(rune('a'+i%26))
		}
		initialised := func(t *testing.T, b events.Bounds) External {
			t.Helper()
			e := nodes
			e.Name = <-names
			ctx, done := context.WithTimeout(t.Context(), soon)
			defer done()
			if _, err := Init(ctx, e, InitOptions{Bytes: 16 << 20, Entries: 10_000, Events: b}); err != nil {
				t.Fatal(err)
			}
			return e
		}
		opened := func(t *testing.T, e External, b outbox.Bounds) *Store {
			t.Helper()
			s := start(t, Options{External: &e, Writes: b})
			awaitOpen(t, s)
			return s
		}
		suite(t, func(t *testing.T, b outbox.Bounds, events events.Bounds) *Store {
			t.Helper()
			return opened(t, initialised(t, events), b)
		})
		t.Run("a lease lasts as long as its holder lives", func(t *testing.T) {
			t.Parallel()
			e := initialised(t, events.Bounds{})
			leaseOfOneThatGoes(t, opened(t, e, outbox.Bounds{}), opened(t, e, outbox.Bounds{}))
		})
	})
}

// suite runs what every store, journal, leases and writes must pass.
func suite(t *testing.T, bound func(*testing.T, outbox.Bounds, events.Bounds) *Store) {
	t.Helper()
	open := func(t *testing.T) *Store { t.Helper(); return bound(t, outbox.Bounds{}, events.Bounds{}) }
	t.Run("store", func(t *testing.T) { cachetest.Run(t, func(t *testing.T) cache.Store { t.Helper(); return open(t) }) })
	t.Run("journal", func(t *testing.T) {
		cachetest.RunJournal(t, func(t *testing.T) cache.Journal { t.Helper(); return open(t).Journal() })
	})
	t.Run("leases", func(t *testing.T) {
		cachetest.RunLeases(t, func(t *testing.T) cache.Leases { t.Helper(); return open(t).Leases() })
	})
	t.Run("writes", func(t *testing.T) {
		outboxtest.RunJournal(t, func(t *testing.T, b outbox.Bounds) outbox.Journal {
			t.Helper()
			return bound(t, b, events.Bounds{}).Writes()
		})
	})
	t.Run("events", func(t *testing.T) {
		eventstest.RunJournal(t, func(t *testing.T, b events.Bounds) events.Journal {
			t.Helper()
			return bound(t, outbox.Bounds{}, b).Events()
		})
	})
}

func leaseOfOneThatGoes(t *testing.T, holder, other *Store) {
	t.Helper()
	take := func(s *Store) bool {
		_, ok, err := s.Leases().Take(t.Context(), "a", time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if !take(holder) {
		t.Fatal("nobody has it, and it cannot be had")
	}
	for began := time.Now(); time.Since(began) < 2*leaseLife; <-time.After(leaseBeat) {
		if take(other) {
			t.Fatal("two have it")
		}
	}
	if err := holder.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(soon); !take(other); <-time.After(leaseBeat / 4) {
		if time.Now().After(end) {
			t.Fatal("whoever had it is gone, and it cannot be had")
		}
	}
}
