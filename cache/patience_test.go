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

func (h *hanging) Get(ctx context.Context, key string) ([]byte, error) {
	if err := h.wait(ctx); err != nil {
		return nil, err
	}
	return h.Memory.Get(ctx, key)
}

func (h *hanging) Put(ctx context.Context, key string, value []byte, keep time.Duration) error {
	if err := h.wait(ctx); err != nil {
		return err
	}
	return h.Memory.Put(ctx, key, value, keep)
}

func (h *hanging) Delete(ctx context.Context, key string) error {
	if err := h.wait(ctx); err != nil {
		return err
	}
	return h.Memory.Delete(ctx, key)
}

// hung runs test in a bubble, over a cache whose keys share one stripe and whose store hangs.
func hung(t *testing.T, test func(*testing.T, *Cache, *hanging)) {
	t.Helper()
	for name, deaf := range map[string]bool{"obeys contexts": false, "is deaf": true} {
		t.Run("a store that "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newHanging(deaf)
				c, err := New(Config{}, store)
				if err != nil {
					t.Fatal(err)
				}
				c.id = func(key, scope string) ID {
					i := IDOf(key, scope)
					i[0] = 7
					return i
				}
				test(t, c, store)
				close(store.awake)
				c.Close()
			})
		})
	}
}

func TestManyPutsOnAHangingStoreTakeASecondTogether(t *testing.T) {
	hung(t, func(t *testing.T, c *Cache, _ *hanging) {
		t.Helper()
		began := time.Now()
		for i := range 5 {
			go func() { _ = c.Put(context.Background(), entry(strconv.Itoa(i), "", "1"), time.Hour) }()
		}
		synctest.Wait()
		for i := range 5 {
			if got := get(t, c, strconv.Itoa(i), ""); got != "1" {
				t.Errorf("key %d: got %s while it is on its way", i, got)
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
		if err := c.Put(ctx, entry("late", "", "1"), time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a Put whose context has ended: %v", err)
		}
		if took := time.Since(began); took != 300*time.Millisecond {
			t.Errorf("a Put whose context has ended took until %v", took)
		}
		time.Sleep(2 * time.Second)
	})
}

func TestPutsOneAfterAnother(t *testing.T) {
	hung(t, func(t *testing.T, c *Cache, _ *hanging) {
		t.Helper()
		began := time.Now()
		for i := range 100 {
			_ = c.Put(t.Context(), entry(strconv.Itoa(i), "", "1"), time.Hour)
		}
		if took := time.Since(began); took > (storeLate+1)*storeTimeout { // the last may begin before it is known
			t.Errorf("took %v: want no more than until the store is left alone", took)
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
		if err := c.Put(t.Context(), entry("y", "", "1"), time.Hour); !errors.Is(err, errLeftAlone) {
			t.Errorf("put: %v", err)
		}
		if s := c.Stats(); store.asked.Load() != asked || time.Since(began) != 0 || !s.StoreLeftAlone || s.StoreSkipped != 101 {
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

		time.Sleep(storeRest)
		store.hangs.Store(false)
		put(t, c, entry("y", "", "2"), time.Hour)
		if s := c.Stats(); s.StoreLeftAlone {
			t.Errorf("it is back: %+v", s)
		}
		other := newCache(t, store)
		if other.id = c.id; get(t, other, "y", "") != "2" {
			t.Error("it does not have what was put when it was back")
		}
	})
}

// TestOnlyTheNewestIsWritten puts a key many times while its first write hangs.
func TestOnlyTheNewestIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newHanging(true)
		c := newCache(t, store)
		for i := range 10 {
			go func() { _ = c.Put(context.Background(), entry("k", "", strconv.Itoa(i)), time.Hour) }()
			synctest.Wait()
			time.Sleep(time.Millisecond)
		}
		if got := get(t, c, "k", ""); got != "9" {
			t.Errorf("got %s", got)
		}
		time.Sleep(storeTimeout)
		synctest.Wait()
		store.hangs.Store(false)
		close(store.awake)
		put(t, c, entry("k", "", "last"), time.Hour)
		if got := get(t, newCache(t, store), "k", ""); got != "last" {
			t.Errorf("the store has %s", got)
		}
		if store.asked.Load() > 6 {
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
		if err := c.Delete(t.Context(), "k", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := get(t, c, "k", ""); got != "-" {
			t.Errorf("got %s", got)
		}
	})
}

// slow is a store whose reads take a while.
type slow struct {
	*Memory
	by time.Duration
}

func (s *slow) Get(ctx context.Context, key string) ([]byte, error) {
	b, err := s.Memory.Get(ctx, key)
	time.Sleep(s.by)
	return b, err
}

func TestPutBehindWaitsForNothing(t *testing.T) {
	hung(t, func(t *testing.T, c *Cache, store *hanging) {
		t.Helper()
		began := time.Now()
		for i := range 100 {
			c.PutBehind(entry(strconv.Itoa(i), "", "1"), time.Hour)
			if got := get(t, c, strconv.Itoa(i), ""); got != "1" {
				t.Fatalf("got %s", got)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("took %v", took)
		}
		time.Sleep(storeTimeout + storeRest)
		store.hangs.Store(false)
		c.PutBehind(entry("later", "", "1"), time.Hour)
		c.PutBehind(entry("later", "", "2"), time.Hour)
		c.PutBehind(entry("later", "", "no time"), 0)
		synctest.Wait()
		other := newCache(t, store)
		if other.id = c.id; get(t, other, "later", "") != "2" {
			t.Error("the store did not get it")
		}
	})
}
