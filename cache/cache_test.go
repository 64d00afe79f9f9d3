package cache

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newCache(t *testing.T, store Store, options ...Option) *Cache {
	t.Helper()
	c, err := New(Config{Memory: 1 << 20}, store, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closed(c) })
	return c
}

// closed ends c, whose store may be of no use.
func closed(c *Cache) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

func entry(key, scope, body string) *Entry {
	return &Entry{Key: key, Scope: scope, Status: 200, Body: []byte(body), Asked: time.Now(), Received: time.Now()}
}

func put(t *testing.T, c *Cache, e *Entry, keep time.Duration) {
	t.Helper()
	c.Put(e, keep)
	flush(t, c)
}

// flush has the store have it.
func flush(t *testing.T, c *Cache) {
	t.Helper()
	if err := c.Flush(t.Context()); err != nil {
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
	for name, store := range map[string]Store{"with a store": NewMemory(0), "memory only": nil} {
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
			if s := c.Stats(); s.Memory.Hits != 2000 || s.Misses != 0 {
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
	if s := c.Stats(); s.Store.Hits != 1 || s.Memory.Hits != 1 {
		t.Errorf("%+v", s)
	}
}

func TestDelete(t *testing.T) {
	c := newCache(t, NewMemory(0))
	for i := range 1000 {
		key := strconv.Itoa(i)
		put(t, c, entry(key, "", "1"), time.Hour)
		for range 2 {
			_ = c.Delete(t.Context(), []string{key}, "")
			if got := get(t, c, key, ""); got != "-" {
				t.Fatalf("key %d: got %s", i, got)
			}
		}
	}
}

// broken is a store that is out of order.
type broken struct{ *Memory }

var errBroken = errors.New("disk full")

func (broken) Load(context.Context, []ID) ([]Stored, error)       { return nil, errBroken }
func (broken) Save(context.Context, []Change) ([]Revision, error) { return nil, errBroken }
func (broken) Scan(context.Context, func(ID, Stored) bool) error  { return errBroken }
func (broken) State() StoreState                                  { return StoreState{Condition: StoreBroken} }

func TestBrokenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, broken{})
		began := time.Now()
		if got := get(t, c, "a", ""); got != "-" {
			t.Errorf("got %s", got)
		}
		c.Put(entry("a", "", "1"), time.Hour)
		if got := get(t, c, "a", ""); got != "1" {
			t.Errorf("memory must answer without its store, got %s", got)
		}
		_ = c.Delete(t.Context(), []string{"a"}, "")
		if got := get(t, c, "a", ""); got != "-" {
			t.Errorf("got %s after delete", got)
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("took %v", took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.Flush(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("flush: %v", err)
		}
		if s := c.Stats(); s.Store.Errors < 10 || s.Store.Errors > 25 || s.Queue.Entries != 1 {
			t.Errorf("%+v, %+v", s.Store, s.Queue)
		}
	})
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
	if s := c.Stats(); s.Memory.Hits != 3 || s.Store.Hits != 1 || s.Misses != 4 {
		t.Errorf("%+v", s)
	}
	if got := c.GetAll(t.Context(), nil, "me"); len(got) != 0 {
		t.Errorf("no keys: %v", got)
	}
}

// dead is a store that never answers.
type dead struct{ *Memory }

func (dead) Load(ctx context.Context, _ []ID) ([]Stored, error) {
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

// counted is a store that counts what it is asked.
type counted struct {
	*Memory
	loads, saves, changes atomic.Int64
}

func (s *counted) Load(ctx context.Context, ids []ID) ([]Stored, error) {
	s.loads.Add(1)
	return s.Memory.Load(ctx, ids)
}

func (s *counted) Save(ctx context.Context, changes []Change) ([]Revision, error) {
	s.saves.Add(1)
	s.changes.Add(int64(len(changes)))
	return s.Memory.Save(ctx, changes)
}

func TestManyKeysAreOneCall(t *testing.T) {
	store := &counted{Memory: NewMemory(0)}
	c := newCache(t, store)
	var keys []string
	for i := range 200 {
		keys = append(keys, strconv.Itoa(i))
		c.Put(entry(keys[i], "", "x"), time.Hour)
	}
	flush(t, c)
	other := newCache(t, store)
	for i, e := range other.GetAll(t.Context(), append(keys, "none"), "") {
		if (e == nil) != (i == 200) {
			t.Errorf("key %d: %v", i, e)
		}
	}
	if loads, saves := store.loads.Load(), store.saves.Load(); loads != 1 || saves > 5 {
		t.Errorf("%d loads and %d saves", loads, saves)
	}
}

func TestDamagedEnvelopeIsAMiss(t *testing.T) {
	store := NewMemory(0)
	put(t, newCache(t, store), entry("a", "", "1"), time.Hour)
	i := IDOf("a", "")
	stored, err := store.Load(t.Context(), []ID{i})
	if err != nil {
		t.Fatal(err)
	}
	b, known := stored[0].Value, stored[0].Revision
	for n := range b {
		bad := append([]byte(nil), b...)
		bad[n] ^= 1
		revisions, err := store.Save(t.Context(), []Change{{ID: i, Value: bad, Keep: time.Hour, Known: known}})
		if err != nil || revisions[0] == 0 {
			t.Fatal(revisions, err)
		}
		known = revisions[0]
		c := newCache(t, store)
		if got := get(t, c, "a", ""); got != "-" {
			t.Fatalf("byte %d flipped: got %s", n, got)
		}
		if s := c.Stats(); s.Store.Unreadable != 1 {
			t.Errorf("byte %d flipped: %+v", n, s.Store)
		}
	}
	c := newCache(t, store)
	put(t, c, entry("a", "", "2"), time.Hour)
	if got := get(t, newCache(t, store), "a", ""); got != "2" {
		t.Errorf("what was damaged was not replaced: %s", got)
	}
}

// TestTwoCachesOnOneStore has two processes on one store: what one learned the other serves; what it has no use for any
// more it looks up again.
func TestTwoCachesOnOneStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewSharedMemory(0)
		a, b := newCache(t, store), newCache(t, store)
		newer := func(c *Cache) string {
			if e := c.Newer(t.Context(), []string{"k"}, "")[0]; e != nil {
				return string(e.Body)
			}
			return "-"
		}
		mine := entry("k", "", "a's")
		put(t, a, mine, time.Hour)
		if a.Get(t.Context(), "k", "") != mine || newer(a) != "-" || a.Get(t.Context(), "k", "") != mine {
			t.Error("its own write was thrown away")
		}
		if got := get(t, b, "k", ""); got != "a's" {
			t.Errorf("the other sees %s", got)
		}
		time.Sleep(time.Second)
		put(t, b, entry("k", "", "b's"), time.Hour)
		if get(t, a, "k", "") != "a's" || newer(a) != "b's" || get(t, a, "k", "") != "b's" || newer(a) != "-" {
			t.Error("what is newer was not found, or is not held")
		}
		time.Sleep(time.Second)
		put(t, a, entry("k", "", "a's again"), time.Hour) // over what b wrote, which a knows of
		time.Sleep(time.Second)
		put(t, b, entry("k", "", "b's again"), time.Hour) // over what a wrote, which b does not know of
		if got := newer(a); got != "b's again" {
			t.Errorf("after a conflict: %s", got)
		}
		if s := b.Stats(); s.Store.Conflicts != 1 {
			t.Errorf("%+v", s.Store)
		}
	})
}

// TestWhatIsNewerInTheStoreStays puts what is older than what another put, which is not known of.
func TestWhatIsNewerInTheStoreStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewSharedMemory(0)
		a, b := newCache(t, store), newCache(t, store)
		early := entry("k", "", "early")
		time.Sleep(time.Second)
		put(t, a, entry("k", "", "late"), time.Hour)
		put(t, b, early, time.Hour)
		if got := get(t, b, "k", ""); got != "late" {
			t.Errorf("got %s: what is newer in the store is not in memory", got)
		}
		if got := get(t, newCache(t, store), "k", ""); got != "late" {
			t.Errorf("the store has %s", got)
		}
	})
}

// TestWhatIsReadIsWrittenAgain holds that a store which drops the oldest write keeps what is read.
func TestWhatIsReadIsWrittenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &counted{Memory: NewMemory(0)}
		c := newCache(t, store)
		put(t, c, entry("read", "", "1"), 10*time.Hour)
		put(t, c, entry("not read", "", "1"), 10*time.Hour)
		for range 9 {
			time.Sleep(time.Hour)
			for range 100 {
				get(t, c, "read", "")
			}
			flush(t, c)
		}
		if got := store.changes.Load(); got != 2+2 { // past half its life, and past half of what was left then
			t.Errorf("%d writes", got)
		}
		time.Sleep(time.Hour)
		if got := get(t, newCache(t, store), "read", ""); got != "-" {
			t.Errorf("it is kept for longer: %s", got)
		}
	})
}

// TestClocksThatJump has an entry that comes from the future: it gives way to what comes, and is not fresh if it is far
// from there.
func TestClocksThatJump(t *testing.T) {
	for name, tt := range map[string]struct {
		ahead time.Duration
		fresh bool
	}{
		"another machine's is a little ahead": {2 * time.Second, true},
		"it was set back by an hour":          {time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, journal := NewMemory(0), NewMemoryJournal()
				first := newCache(t, store, WithJournal(journal))
				time.Sleep(time.Second)
				e := entry("k", "", "ahead")
				e.AsOf = first.AsOf()
				e.Asked, e.Received = e.Asked.Add(tt.ahead), e.Received.Add(tt.ahead)
				put(t, first, e, 24*time.Hour)
				c := newCache(t, store, WithJournal(journal))
				got := c.Get(t.Context(), "k", "")
				if got == nil || got.Received.After(time.Now()) || (c.JudgeEntry(got) == Fresh) != tt.fresh {
					t.Fatalf("got %+v, judged %v", got, c.JudgeEntry(got))
				}
				time.Sleep(time.Second)
				next := entry("k", "", "next")
				next.AsOf = c.AsOf()
				put(t, c, next, time.Hour)
				if c.Get(t.Context(), "k", "") != next || get(t, newCache(t, store), "k", "") != "next" {
					t.Error("what came later did not take its place")
				}
			})
		})
	}
}

func BenchmarkGet(b *testing.B) {
	c, err := New(Config{}, NewMemory(0))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	e := entry("https://shop.example.com/wp-json/wc/v3/orders/1001?a=1&b=2 accept: application/json", "", "x")
	c.Put(e, time.Hour)
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if c.Get(ctx, e.Key, "") == nil {
			b.Fatal("a miss")
		}
	}
}

// TestWhatIsPutWhileAForgottenAnswerIsLoadedStays holds that who finds something forgotten in the store takes away that,
// and not what came since.
func TestWhatIsPutWhileAForgottenAnswerIsLoadedStays(t *testing.T) {
	store := NewMemory(0)
	c := newCache(t, store)
	tagged := func(body string) *Entry {
		e := entry("k", "", body)
		e.AsOf, e.Tags = c.AsOf(), []Tag{7}
		return e
	}
	put(t, c, tagged("old"), time.Hour)
	i := c.id("k", "")
	found, err := store.Load(t.Context(), []ID{i})
	if err != nil {
		t.Fatal(err)
	}
	c.memory.mu.Lock()
	c.memory.drop(c.memory.byName[i])
	changes := c.memory.changes[i[0]]
	c.memory.mu.Unlock()
	if _, err := c.Epochs.Forget(t.Context(), 7); err != nil {
		t.Fatal(err)
	}
	c.Put(tagged("new"), time.Hour)
	if e := c.take(i, "k", "", found[0], changes, nil, time.Now()); e == nil || string(e.Body) != "new" {
		t.Errorf("took %+v", e)
	}
	flush(t, c)
	if got := get(t, c, "k", ""); got != "new" {
		t.Errorf("memory has %s", got)
	}
	if got := get(t, newCache(t, store), "k", ""); got != "new" {
		t.Errorf("the store has %s", got)
	}
}
