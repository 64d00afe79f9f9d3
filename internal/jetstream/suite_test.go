package jetstream

import (
	"context"
	"testing"

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
}
