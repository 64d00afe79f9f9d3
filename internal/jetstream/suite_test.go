package jetstream

import (
	"context"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
	"holdfast/internal/jetstream/jetstreamtest"
)

func TestTheSuite(t *testing.T) {
	embedded := func(t *testing.T) *Store {
		t.Helper()
		s := start(t, Options{Dir: t.TempDir(), Bytes: 64 << 20})
		awaitOpen(t, s)
		return s
	}
	nodes := External{Servers: jetstreamtest.Start(t).Addresses()}
	names := make(chan string, 100)
	for i := range cap(names) {
		names <- string(rune('a'+i/26)) + string(rune('a'+i%26))
	}
	clustered := func(t *testing.T) *Store {
		t.Helper()
		e := nodes
		e.Name = <-names
		ctx, done := context.WithTimeout(t.Context(), soon)
		defer done()
		if _, err := Init(ctx, e, InitOptions{Bytes: 16 << 20, Entries: 10_000}); err != nil {
			t.Fatal(err)
		}
		s := start(t, Options{External: &e})
		awaitOpen(t, s)
		return s
	}
	for name, open := range map[string]func(*testing.T) *Store{"embedded": embedded, "three nodes": clustered} {
		t.Run(name, func(t *testing.T) {
			t.Run("store", func(t *testing.T) { cachetest.Run(t, func(t *testing.T) cache.Store { t.Helper(); return open(t) }) })
			t.Run("journal", func(t *testing.T) {
				cachetest.RunJournal(t, func(t *testing.T) cache.Journal { t.Helper(); return open(t).Journal() })
			})
			t.Run("leases", func(t *testing.T) {
				cachetest.RunLeases(t, func(t *testing.T) cache.Leases { t.Helper(); return open(t).Leases() })
			})
		})
	}
	t.Run("a lease lasts as long as its holder lives", func(t *testing.T) {
		e := nodes
		e.Name = <-names
		if _, err := Init(t.Context(), e, InitOptions{Bytes: 16 << 20, Entries: 10_000}); err != nil {
			t.Fatal(err)
		}
		holder, other := start(t, Options{External: &e}), start(t, Options{External: &e})
		awaitOpen(t, holder)
		awaitOpen(t, other)
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
	})
}
