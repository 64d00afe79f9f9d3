package cache

import (
	"context"
	"math/rand/v2"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// fifo is a store from which what was written first goes first, as from a stream.
type fifo struct{ *counted }

// Load implements [Store], without a word of what was used.
func (f fifo) Load(_ context.Context, ids []ID) ([]Stored, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make([]Stored, len(ids))
	for n, i := range ids {
		if at := f.find(i); at != nil {
			all[n] = keptIn(at).Stored
		}
	}
	return all, nil
}

// State says that the older half of what is there goes next, once it is full.
func (f fifo) State() StoreState {
	s := f.Memory.State()
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.Bytes >= s.Budget*9/10 {
		oldest := keptIn(f.order.Back()).Revision
		s.Leaving = oldest + (f.revision-oldest)/2
	}
	return s
}

// TestWhatIsReadStaysInTheStore has a store of which memory holds a half, and asks for ten times as much as it has room
// for, by Zipf's law. A crash at any time loses nothing of what was asked for just before, whether the API, the store or
// memory had it.
func TestWhatIsReadStaysInTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			things, asked, bytes = 5000, 50_000, 1000
			room                 = things / 10 // in the store
			// What is read while it is in the older half of the store is written again. So nothing that was read goes before
			// as much was written since as the older half has room for; of which half is meant, the cache hears when it writes.
			kept, between = room / 8, 20
		)
		store := fifo{&counted{Memory: NewMemory(room * bytes)}}
		c, err := New(Config{Memory: room / 2 * bytes}, store)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { closed(c) }()
		z := newZipf(rand.New(rand.NewPCG(1, 2)), things, 0.9) //nolint:gosec // the same every time
		misses := 0
		var last []string
		for n := 1; n <= asked; n++ {
			key := strconv.Itoa(z.next())
			last = append(last, key)
			if c.Get(t.Context(), key, "") == nil {
				c.Put(&Entry{Key: key, Body: make([]byte, bytes), Received: time.Now()}, 24*time.Hour)
				misses++
			}
			if n%between == 0 {
				time.Sleep(2 * gather)
			}
			if n%1000 > 0 {
				continue
			}
			flush(t, c)
			after := newCache(t, store) // as after a crash
			for _, key := range last[len(last)-kept:] {
				if after.Get(t.Context(), key, "") == nil {
					t.Errorf("after %d: %s, which was asked for just before, is gone", n, key)
				}
			}
			last = last[:0]
			closed(after)
		}
		if written := store.changes.Load(); int(written) > misses*3/2 {
			t.Errorf("%d writes for %d misses", written, misses)
		}
	})
}
