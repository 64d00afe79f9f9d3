package cache_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
)

func TestMemoryIsAStore(t *testing.T) {
	cachetest.Run(t, func(*testing.T) cache.KeyValue { return cache.NewMemory(64 << 20) })
}

func TestMemoryIsBounded(t *testing.T) {
	m := cache.NewMemory(10_000)
	value := make([]byte, 1000)
	for i := range 100 {
		if err := m.Put(t.Context(), strconv.Itoa(i), value, time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Get(t.Context(), "0"); err != nil {
			t.Fatalf("the most used value went after %d puts: %v", i, err)
		}
	}
	left := 0
	for i := range 100 {
		if _, err := m.Get(t.Context(), strconv.Itoa(i)); err == nil {
			left++
		}
	}
	if left < 5 || left > 10 {
		t.Errorf("%d values of 1000 bytes in 10,000", left)
	}
	if err := m.Put(t.Context(), "huge", make([]byte, 20_000), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Get(t.Context(), "huge"); !errors.Is(err, cache.ErrNotFound) {
		t.Errorf("a value larger than the store: %v", err)
	}
}
