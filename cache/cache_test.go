package cache

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newCache(t *testing.T, store KeyValue) *Cache {
	t.Helper()
	c, err := New(Config{Memory: 1 << 20}, store)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func entry(key, scope, body string) *Entry {
	return &Entry{Key: key, Scope: scope, Status: 200, Body: []byte(body), Asked: time.Now(), Received: time.Now()}
}

func put(t *testing.T, c *Cache, e *Entry, keep time.Duration) {
	t.Helper()
	if err := c.Put(t.Context(), e, keep); err != nil {
		t.Fatal(err)
	}
}

// get returns the body under key and scope, "-" for none.
func get(t *testing.T, c *Cache, key, scope string) string {
	t.Helper()
	if e := c.Get(t.Context(), key, scope); e != nil {
		return string(e.Body)
	}
	return "-"
}

func TestOwnWritesAreVisibleWithTheirValues(t *testing.T) {
	for name, store := range map[string]KeyValue{"with a store": NewMemory(0), "memory only": nil} {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, store)
			for i := range 2000 {
				e := entry(strconv.Itoa(i), "", "x")
				if _, err := e.Value("slot", func() (any, error) { return i, nil }); err != nil {
					t.Fatal(err)
				}
				put(t, c, e, time.Hour)
				got := c.Get(t.Context(), e.Key, "")
				if got != e {
					t.Fatalf("entry %d: not what was put: %v", i, got)
				}
			}
			if s := c.Stats(); s.MemoryHits != 2000 || s.Misses != 0 || s.StoreHits != 0 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestKeyAndScopeAreCompared(t *testing.T) {
	c := newCache(t, NewMemory(0))
	c.id = func(string, string) ID { return ID{1} } // everything collides
	put(t, c, entry("a", "tenant 1", "one"), time.Hour)
	for _, other := range [][2]string{{"a", "tenant 2"}, {"a", ""}, {"b", "tenant 1"}} {
		if got := get(t, c, other[0], other[1]); got != "-" {
			t.Errorf("%q got a foreign answer: %s", other, got)
		}
	}
	put(t, c, entry("a", "tenant 2", "two"), time.Hour)
	if get(t, c, "a", "tenant 2") != "two" || get(t, c, "a", "tenant 1") != "-" {
		t.Error("a collision is a miss for the one who came first")
	}
	if IDOf("ab", "c") == IDOf("a", "bc") {
		t.Error("key and scope run into each other")
	}
}

func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, NewMemory(0))
		put(t, c, entry("a", "", "1"), time.Minute)
		put(t, c, entry("b", "", "1"), 0)
		put(t, c, entry("c", "", "1"), -time.Second)
		if got := get(t, c, "b", "") + get(t, c, "c", ""); got != "--" {
			t.Errorf("kept for no time: %s", got)
		}
		time.Sleep(time.Minute - time.Millisecond)
		if got := get(t, c, "a", ""); got != "1" {
			t.Errorf("within its time: %s", got)
		}
		time.Sleep(time.Millisecond)
		if got := get(t, c, "a", ""); got != "-" {
			t.Errorf("after its time: %s", got)
		}
	})
}

func TestReplacingKeepsTheLongerTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, NewMemory(0))
		put(t, c, entry("a", "", "1"), time.Hour)
		time.Sleep(30 * time.Minute)
		put(t, c, entry("a", "", "2"), time.Minute)
		time.Sleep(59 * time.Minute)
		if got := get(t, c, "a", ""); got != "2" {
			t.Errorf("got %s", got)
		}
	})
}

func TestOlderNeverReplacesNewer(t *testing.T) {
	for name, forget := range map[string]bool{"in memory": false, "in the store": true} {
		t.Run(name, func(t *testing.T) {
			store := NewMemory(0)
			c := newCache(t, store)
			newer, older := entry("a", "", "newer"), entry("a", "", "older")
			older.Received = newer.Received.Add(-time.Second)
			put(t, c, newer, time.Hour)
			if forget {
				c = newCache(t, store) // another process
			}
			put(t, c, older, time.Hour)
			if got := get(t, c, "a", ""); got != "newer" {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestSurvivesInTheStore(t *testing.T) {
	store := NewMemory(0)
	e := entry("a", "me", "body")
	e.Header, e.Tags, e.AsOf = map[string][]string{"A": {"1", "2"}, "B": nil}, []Tag{7}, AsOf{1, 2, Place{3, 4}}
	put(t, newCache(t, store), e, time.Hour)
	c := newCache(t, store)
	got := c.Get(t.Context(), "a", "me")
	if got == nil {
		t.Fatal("not there")
	}
	if diff := cmp.Diff(plainOf(e), plainOf(got)); diff != "" {
		t.Error(diff)
	}
	if again := c.Get(t.Context(), "a", "me"); again != got {
		t.Error("it was not taken into memory")
	}
	if s := c.Stats(); s.StoreHits != 1 || s.MemoryHits != 1 {
		t.Errorf("%+v", s)
	}
}

func TestDelete(t *testing.T) {
	c := newCache(t, NewMemory(0))
	for i := range 1000 {
		key := strconv.Itoa(i)
		put(t, c, entry(key, "", "1"), time.Hour)
		for range 2 {
			if err := c.Delete(t.Context(), key, ""); err != nil {
				t.Fatal(err)
			}
			if got := get(t, c, key, ""); got != "-" {
				t.Fatalf("key %d: got %s", i, got)
			}
		}
	}
}

// broken is a store that is out of order.
type broken struct{ *Memory }

var errBroken = errors.New("disk full")

func (broken) Get(context.Context, string) ([]byte, error)              { return nil, errBroken }
func (broken) Put(context.Context, string, []byte, time.Duration) error { return errBroken }
func (broken) Delete(context.Context, string) error                     { return errBroken }
func (broken) Watch(context.Context, func(key string)) error            { return errBroken }

func TestBrokenStore(t *testing.T) {
	c := newCache(t, broken{})
	if got := get(t, c, "a", ""); got != "-" {
		t.Errorf("got %s", got)
	}
	if err := c.Put(t.Context(), entry("a", "", "1"), time.Hour); !errors.Is(err, errBroken) {
		t.Errorf("put: %v", err)
	}
	if got := get(t, c, "a", ""); got != "1" {
		t.Errorf("memory must answer without its store, got %s", got)
	}
	if err := c.Run(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("run: %v", err)
	}
	if err := c.Delete(t.Context(), "a", ""); !errors.Is(err, errBroken) {
		t.Errorf("delete: %v", err)
	}
	if got := get(t, c, "a", ""); got != "-" {
		t.Errorf("got %s after delete", got)
	}
	if s := c.Stats(); s.StoreErrors < 4 {
		t.Errorf("%+v", s)
	}
}

func TestGetAll(t *testing.T) {
	store := NewMemory(0)
	put(t, newCache(t, store), entry("stored", "me", "1"), time.Hour)
	c := newCache(t, store)
	put(t, c, entry("held", "me", "2"), time.Hour)
	put(t, c, entry("foreign", "", "3"), time.Hour)
	want := []string{"-", "1", "2", "-"}
	for range 2 {
		var got []string
		for _, e := range c.GetAll(t.Context(), []string{"foreign", "stored", "held", "unknown"}, "me") {
			if e == nil {
				got = append(got, "-")
			} else {
				got = append(got, string(e.Body))
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
	if s := c.Stats(); s.MemoryHits != 3 || s.StoreHits != 1 || s.Misses != 4 {
		t.Errorf("%+v", s)
	}
	if got := c.GetAll(t.Context(), nil, "me"); len(got) != 0 {
		t.Errorf("no keys: %v", got)
	}
}

// dead is a store that never answers.
type dead struct{ *Memory }

func (dead) Get(ctx context.Context, _ string) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestDeadStoreCostsNoMoreForManyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, dead{NewMemory(0)})
		keys := make([]string, 1000)
		for i := range keys {
			keys[i] = strconv.Itoa(i)
		}
		began := time.Now()
		for i, e := range c.GetAll(t.Context(), keys, "") {
			if e != nil {
				t.Errorf("key %d: %v", i, e)
			}
		}
		if took := time.Since(began); took != storeTimeout {
			t.Errorf("took %v, want %v", took, storeTimeout)
		}
	})
}

func TestDamagedEnvelopeIsAMiss(t *testing.T) {
	store := NewMemory(0)
	put(t, newCache(t, store), entry("a", "", "1"), time.Hour)
	name := IDOf("a", "").String()
	b, err := store.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		bad := append([]byte(nil), b...)
		bad[i] ^= 1
		if err := store.Put(t.Context(), name, bad, time.Hour); err != nil {
			t.Fatal(err)
		}
		c := newCache(t, store)
		if got := get(t, c, "a", ""); got != "-" {
			t.Fatalf("byte %d flipped: got %s", i, got)
		}
		if s := c.Stats(); s.Unreadable != 1 {
			t.Errorf("byte %d flipped: %+v", i, s)
		}
	}
}

// TestRun has two processes on one store: what one changes, the other must not answer from memory; what
// it wrote itself stays in memory with its values.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory(0)
		a, b := newCache(t, store), newCache(t, store)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 2)
		for _, c := range []*Cache{a, b} {
			go func() { ended <- c.Run(ctx) }()
		}
		synctest.Wait()

		mine := entry("k", "", "a's")
		put(t, a, mine, time.Hour)
		synctest.Wait()
		if got := a.Get(t.Context(), "k", ""); got != mine {
			t.Error("its own write was thrown away")
		}
		if got := get(t, b, "k", ""); got != "a's" {
			t.Errorf("the other sees %s", got)
		}

		time.Sleep(time.Second)
		put(t, b, entry("k", "", "b's"), time.Hour)
		synctest.Wait()
		if got := get(t, a, "k", ""); got != "b's" {
			t.Errorf("after the other's write: %s", got)
		}

		if err := b.Delete(t.Context(), "k", ""); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := get(t, a, "k", ""); got != "-" {
			t.Errorf("after the other's delete: %s", got)
		}

		stop()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkGet(b *testing.B) {
	c, err := New(Config{}, NewMemory(0))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	e := entry("https://shop.example.com/wp-json/wc/v3/orders/1001?a=1&b=2 accept: application/json", "", "x")
	if err := c.Put(b.Context(), e, time.Hour); err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if c.Get(ctx, e.Key, "") == nil {
			b.Fatal("a miss")
		}
	}
}
