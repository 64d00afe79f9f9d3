package cache

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// hanging is a store that does not answer while it hangs; deaf, it does not notice either that nobody waits any more.
type hanging struct {
	*Memory
	hangs atomic.Bool
	deaf  bool
	asked atomic.Int64
	awake chan struct{}
}

func newHanging(deaf bool) *hanging {
	h := &hanging{Memory: NewMemory(0), deaf: deaf, awake: make(chan struct{})}
	h.hangs.Store(true)
	return h
}

func (h *hanging) wait(ctx context.Context) error {
	h.asked.Add(1)
	switch {
	case !h.hangs.Load():
		return nil
	case h.deaf:
		<-h.awake
		return errBroken
	}
	<-ctx.Done()
	return ctx.Err()
}

func (h *hanging) Load(ctx context.Context, ids []ID) ([]Stored, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.Memory.Load(ctx, ids)
}

func (h *hanging) Save(ctx context.Context, changes []Change) ([]Revision, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.Memory.Save(ctx, changes)
}

// hung runs test in a bubble, over a cache whose store hangs.
func hung(t *testing.T, test func(*testing.T, *Cache, *hanging)) {
	t.Helper()
	for name, deaf := range map[string]bool{"obeys contexts": false, "is deaf": true} {
		t.Run("a store that "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newHanging(deaf)
				c := newCache(t, store)
				test(t, c, store)
				close(store.awake)
			})
		})
	}
}

func TestAHangingStoreCostsASecondAtMost(t *testing.T) {
	hung(t, func(t *testing.T, c *Cache, _ *hanging) {
		t.Helper()
		began := time.Now()
		for i := range 100 {
			c.Put(entry(strconv.Itoa(i), "", "1"), time.Hour)
			if got := get(t, c, strconv.Itoa(i), ""); got != "1" {
				t.Fatalf("key %d: got %s while it is on its way", i, got)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("what memory has took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if e := c.Get(ctx, "not there", ""); e != nil {
			t.Error(e)
		}
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("a Get with a deadline of 300 ms took %v", took)
		}
		if e := c.Get(t.Context(), "not there", ""); e != nil || time.Since(began) > 300*time.Millisecond+storeTimeout {
			t.Errorf("got %v after %v", e, time.Since(began))
		}
	})
}

func TestAStoreThatHangsIsLeftAlone(t *testing.T) {
	hung(t, func(t *testing.T, c *Cache, store *hanging) {
		t.Helper()
		for i := range storeLate {
			c.Get(t.Context(), strconv.Itoa(i), "")
		}
		asked, began := store.asked.Load(), time.Now()
		for range 100 {
			c.Get(t.Context(), "x", "")
		}
		if s := c.Stats(); store.asked.Load() != asked || time.Since(began) != 0 || !s.Store.LeftAlone || s.Store.Skipped != 100 {
			t.Errorf("asked %d times more, took %v: %+v", store.asked.Load()-asked, time.Since(began), s)
		}

		time.Sleep(storeRest)
		for range 10 { // one of them tries whether the store is back
			go c.Get(context.Background(), "x", "")
		}
		time.Sleep(2 * storeTimeout)
		if store.asked.Load() != asked+1 {
			t.Errorf("asked %d times more, want once", store.asked.Load()-asked)
		}

		c.Put(entry("y", "", "1"), time.Hour)
		time.Sleep(storeRest)
		store.hangs.Store(false)
		time.Sleep(storeRest + mostPause)
		if s := c.Stats(); s.Store.LeftAlone || s.Queue.Entries != 0 {
			t.Errorf("it is back: %+v %+v", s.Store, s.Queue)
		}
		if get(t, newCache(t, store), "y", "") != "1" {
			t.Error("it does not have what was put when it was away")
		}
	})
}

// TestOnlyTheNewestIsWritten puts a key many times while its first write hangs.
func TestOnlyTheNewestIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHanging(true)
		c := newCache(t, store)
		for i := range 10 {
			c.Put(entry("k", "", strconv.Itoa(i)), time.Hour)
			time.Sleep(10 * time.Millisecond)
		}
		if got := get(t, c, "k", ""); got != "9" {
			t.Errorf("got %s", got)
		}
		store.hangs.Store(false)
		close(store.awake)
		flush(t, c)
		if got := get(t, newCache(t, store), "k", ""); got != "9" {
			t.Errorf("the store has %s", got)
		}
		if store.asked.Load() > 3 {
			t.Errorf("asked %d times", store.asked.Load())
		}
	})
}

// TestDeletedIsNotReadBack deletes while somebody reads what the store still has.
func TestDeletedIsNotReadBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slow{Memory: NewMemory(0)}
		put(t, newCache(t, store), entry("k", "", "1"), time.Hour)
		c := newCache(t, store)
		store.by = 100 * time.Millisecond
		go c.Get(context.Background(), "k", "")
		time.Sleep(50 * time.Millisecond)
		_ = c.Delete(t.Context(), []string{"k"}, "")
		flush(t, c)
		time.Sleep(time.Second)
		if got := get(t, c, "k", ""); got != "-" {
			t.Errorf("got %s", got)
		}
	})
}

// TestDeletedDoesNotComeBack puts something anew before a deletion is done, by its clock older than what was deleted.
func TestDeletedDoesNotComeBack(t *testing.T) {
	for name, fails := range map[string]bool{"waits": false, "failed": true} {
		t.Run("while the deletion "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newHanging(false)
				store.hangs.Store(false)
				early := entry("k", "", "early")
				time.Sleep(time.Second)
				put(t, newCache(t, store), entry("k", "", "deleted"), time.Hour)
				c := newCache(t, store)
				store.hangs.Store(fails)
				_ = c.Delete(t.Context(), []string{"k"}, "")
				if fails {
					time.Sleep(100 * time.Millisecond) // it is being deleted
				}
				early.AsOf = c.AsOf()
				c.Put(early, time.Hour)
				time.Sleep(2 * storeTimeout)
				store.hangs.Store(false)
				flush(t, c)
				if a, b := get(t, c, "k", ""), get(t, newCache(t, store), "k", ""); a != "early" || b != "early" {
					t.Errorf("memory has %s, the store %s", a, b)
				}
			})
		})
	}
}

// slow is a store whose reads take a while.
type slow struct {
	*Memory
	by time.Duration
}

func (s *slow) Load(ctx context.Context, ids []ID) ([]Stored, error) {
	all, err := s.Memory.Load(ctx, ids)
	time.Sleep(s.by)
	return all, err
}

// TestTheQueueIsBounded puts more than may wait while the store is away: the oldest goes, deletions last.
func TestTheQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHanging(false)
		c := newCache(t, store)
		c.Put(entry("first", "", "1"), time.Hour)
		time.Sleep(100 * time.Millisecond) // it is being saved
		c.Put(entry("deleted", "", "1"), time.Hour)
		_ = c.Delete(t.Context(), []string{"deleted"}, "")
		body := string(make([]byte, 64<<10))
		for i := range 400 {
			c.Put(entry(strconv.Itoa(i), "", body), time.Hour)
		}
		s := c.Stats().Queue
		if s.Bytes > s.Budget || s.Bytes < s.Budget*9/10 || int(s.Dropped) != 402-s.Entries {
			t.Errorf("%+v", s)
		}
		store.hangs.Store(false)
		flush(t, c)
		other := newCache(t, store)
		if get(t, other, "399", "") != body || get(t, other, "first", "") != "1" || get(t, other, "0", "") != "-" {
			t.Error("want the newest there, and the oldest not")
		}
	})
}

// picky is a store that does not take one of the values, though it is well.
type picky struct{ *Memory }

func (p picky) Save(ctx context.Context, changes []Change) ([]Revision, error) {
	revisions := make([]Revision, len(changes))
	for n, ch := range changes {
		if ch.ID == IDOf("bad", "") {
			return revisions, errors.New("not this one")
		}
		got, err := p.Memory.Save(ctx, changes[n:n+1])
		if err != nil {
			return revisions, err
		}
		revisions[n] = got[0]
	}
	return revisions, nil
}

func TestWhatTheStoreNeverTakesIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, picky{NewMemory(0)})
		c.Put(entry("a", "", "1"), time.Hour)
		c.Put(entry("bad", "", "1"), time.Hour)
		c.Put(entry("b", "", "1"), time.Hour)
		flush(t, c)
		if s := c.Stats().Queue; s.Entries != 0 || s.Dropped == 0 {
			t.Errorf("%+v", s)
		}
		if get(t, c, "bad", "") != "1" {
			t.Error("memory does not have it")
		}
	})
}

func TestCloseHasTheStoreHaveAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, journal := NewMemory(0), NewMemoryJournal()
		c, err := New(Config{}, store, WithJournal(journal))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			c.Put(entry(strconv.Itoa(i), "", "1"), time.Hour)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if n := store.State().Entries; n != 1000 {
			t.Errorf("%d are there", n)
		}
		hangs := newHanging(false)
		if c, err = New(Config{}, hangs); err != nil {
			t.Fatal(err)
		}
		c.Put(entry("a", "", "1"), time.Hour)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if err := c.Close(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
