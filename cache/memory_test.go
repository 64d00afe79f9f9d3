package cache_test

import (
	"strconv"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
)

func TestMemoryIsAStore(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache.Store { return cache.NewMemory(64 << 20) })
}

func TestMemoryJournal(t *testing.T) {
	cachetest.RunJournal(t, func(*testing.T) cache.Journal { return cache.NewMemoryJournal() })
}

func TestMemoryLeases(t *testing.T) {
	cachetest.RunLeases(t, func(*testing.T) cache.Leases { return &cache.MemoryLeases{} })
}

func TestMemoryIsBounded(t *testing.T) {
	m := cache.NewMemory(10_000)
	save := func(key string, bytes int) {
		t.Helper()
		ch := cache.Change{ID: cache.IDOf(key, ""), Value: make([]byte, bytes), Keep: time.Hour}
		if got, err := m.Save(t.Context(), []cache.Change{ch}); err != nil || got[0] == 0 {
			t.Fatal(got, err)
		}
	}
	there := func(key string) bool {
		t.Helper()
		got, err := m.Load(t.Context(), []cache.ID{cache.IDOf(key, "")})
		if err != nil {
			t.Fatal(err)
		}
		return got[0].Revision != 0
	}
	for i := range 100 {
		save(strconv.Itoa(i), 1000)
		if !there("0") {
			t.Fatalf("the most used value went after %d puts", i)
		}
	}
	left := 0
	for i := range 100 {
		if there(strconv.Itoa(i)) {
			left++
		}
	}
	if left < 5 || left > 10 {
		t.Errorf("%d values of 1000 bytes in 10,000", left)
	}
	save("huge", 20_000)
	if there("huge") {
		t.Error("a value larger than the store is there")
	}
}
