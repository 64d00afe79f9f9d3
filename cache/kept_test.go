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

// TestWhatIsReadStaysInTheStore has a store of which memory holds a third, and asks for ten times as much as it has room
// for, by Zipf's law: nearly all that is asked for most is there after a crash, though it was asked of the API once, long ago.
func TestWhatIsReadStaysInTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const things, asked, bytes = 5000, 50_000, 1000
		store := fifo{&counted{Memory: NewMemory(things * bytes / 10)}}
		c, err := New(Config{Memory: things * bytes / 20}, store)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { closed(c) }()
		z := newZipf(rand.New(rand.NewPCG(1, 2)), things, 0.9) //nolint:gosec // the same every time
		misses := 0
		for n := range asked {
			key := strconv.Itoa(z.next())
			if c.Get(t.Context(), key, "") == nil {
				c.Put(&Entry{Key: key, Body: make([]byte, bytes), Received: time.Now()}, 24*time.Hour)
				misses++
			}
			if n%20 == 0 {
				time.Sleep(2 * gather)
			}
		}
		flush(t, c)
		written := store.changes.Load()
		after := newCache(t, store)
		there := 0
		for k := range 20 {
			if after.Get(t.Context(), strconv.Itoa(k), "") != nil {
				there++
			}
		}
		t.Logf("%d of the 20 that are asked for most are there; %d misses, %d writes", there, misses, written)
		if there < 18 || int(written) > misses*3/2 {
			t.Errorf("%d of the 20 that are asked for most are there; %d misses, %d writes", there, misses, written)
		}
	})
}
