package cache

import (
	"context"
	"crypto/sha256"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// asked is an entry that c asked for now.
func asked(c *Cache, body string, tags ...Tag) *Entry {
	e := entry("k", "", body)
	e.AsOf, e.Tags = c.AsOf(), tags
	return e
}

// remove deletes what is under k.
func remove(t *testing.T, c *Cache) {
	t.Helper()
	if err := c.Delete(t.Context(), []string{"k"}, ""); err != nil {
		t.Fatal(err)
	}
}

// servable returns the body under k, "-" for none, or for one that was forgotten.
func servable(t *testing.T, c *Cache) string {
	t.Helper()
	if e := c.Get(t.Context(), "k", ""); e != nil && c.JudgeEntry(e) != Forgotten {
		return string(e.Body)
	}
	return "-"
}

// fickle is a store that takes nothing while it is told so.
type fickle struct {
	*Memory
	refuses atomic.Bool
}

func (s *fickle) Save(ctx context.Context, changes []Change) ([]Revision, error) {
	if s.refuses.Load() {
		return make([]Revision, len(changes)), errBroken
	}
	return s.Memory.Save(ctx, changes)
}

// TestWhatWasDeletedStaysSo deletes what a gateway put, which another has in memory, too.
func TestWhatWasDeletedStaysSo(t *testing.T) {
	type gateways struct {
		one, other *Cache
		store      *fickle
		late       *Entry
		again      func() *Cache // begins another
	}
	tests := map[string]struct {
		before, after func(*testing.T, *gateways) // of the deletion
		want          string
	}{
		"when the other has it in memory": {},
		"when the other writes it again at half its life": {after: func(t *testing.T, g *gateways) {
			t.Helper()
			time.Sleep(40 * time.Minute)
			g.other.Get(t.Context(), "k", "")
			flush(t, g.other)
		}},
		"when it was killed before the store had the deletion": {
			before: func(_ *testing.T, g *gateways) { g.store.refuses.Store(true) },
			after: func(_ *testing.T, g *gateways) {
				killed(g.one)
				g.store.refuses.Store(false)
				g.one = g.again()
			},
		},
		"when the queue had no room for the deletion": {
			before: func(_ *testing.T, g *gateways) { g.store.refuses.Store(true) },
			after: func(t *testing.T, g *gateways) {
				t.Helper()
				for g.one.behind.find(IDOf("k", "")) != nil {
					g.one.behind.mu.Lock()
					if g.one.behind.line.oldest != nil {
						g.one.behind.dropOldest(nil)
					}
					g.one.behind.mu.Unlock()
					time.Sleep(time.Second)
				}
				g.store.refuses.Store(false)
			},
		},
		"but not what the other asked for since": {
			before: func(_ *testing.T, g *gateways) { g.store.refuses.Store(true) },
			after: func(t *testing.T, g *gateways) {
				t.Helper()
				time.Sleep(time.Second) // it hears of it
				g.store.refuses.Store(false)
				put(t, g.other, asked(g.other, "newer"), time.Hour)
				flush(t, g.one)
			},
			want: "newer",
		},
		"but not what the other asked for since, which is not known of": {
			before: func(_ *testing.T, g *gateways) {
				g.one.memory.mu.Lock()
				g.one.memory.drop(g.one.memory.byName[IDOf("k", "")])
				g.one.memory.mu.Unlock()
				g.store.refuses.Store(true)
			},
			after: func(t *testing.T, g *gateways) {
				t.Helper()
				time.Sleep(time.Second) // it hears of it
				g.store.refuses.Store(false)
				put(t, g.other, asked(g.other, "newer"), time.Hour)
				flush(t, g.one)
			},
			want: "newer",
		},
		"and what left before comes too late": {
			before: func(_ *testing.T, g *gateways) { g.late = asked(g.one, "late") },
			after:  func(t *testing.T, g *gateways) { t.Helper(); put(t, g.one, g.late, time.Hour) },
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, journal := &fickle{Memory: NewSharedMemory(0)}, NewMemoryJournal()
				g := &gateways{store: store, again: func() *Cache { return newCache(t, store, WithJournal(journal)) }}
				g.one, g.other = g.again(), g.again()
				time.Sleep(time.Second)
				put(t, g.one, asked(g.one, "old"), time.Hour)
				if got := servable(t, g.other); got != "old" {
					t.Fatalf("the other has %s", got)
				}
				if tt.before != nil {
					tt.before(t, g)
				}
				remove(t, g.one)
				if tt.after != nil {
					tt.after(t, g)
				}
				time.Sleep(time.Second)
				want := tt.want
				if want == "" {
					want = "-"
				}
				for who, c := range map[string]*Cache{"the other": g.other, "a third": g.again(), "it": g.one} {
					c.Newer(t.Context(), []string{"k"}, "")
					if got := servable(t, c); got != want {
						t.Errorf("%s serves %s, want %s", who, got, want)
					}
				}
			})
		})
	}
}

// killed ends c without a word to store and journal.
func killed(c *Cache) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	_ = c.Close(ctx)
}

// TestWhoDeletesNothingBumpsNothing holds that strangers who are refused leave no trace.
func TestWhoDeletesNothingBumpsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, NewMemory(0), WithJournal(NewMemoryJournal()))
		time.Sleep(time.Second)
		was := c.AsOf()
		for range 3 {
			remove(t, c)
		}
		if c.AsOf() != was {
			t.Error("nothing was deleted, and something bumped")
		}
		put(t, c, asked(c, "1"), time.Hour)
		remove(t, c)
		flush(t, c)
		was = c.AsOf()
		for range 3 {
			remove(t, c)
		}
		if c.AsOf() != was {
			t.Error("it was deleted, and that is bumped again")
		}
	})
}

// TestADeletionIsOfOneEntry holds that what is deleted under one name leaves all others as they are.
func TestADeletionIsOfOneEntry(t *testing.T) {
	store := NewMemory(0)
	c := newCache(t, store)
	for _, scope := range []string{"", "me"} {
		e := asked(c, "1", 7)
		e.Scope = scope
		put(t, c, e, time.Hour)
	}
	if err := c.Delete(t.Context(), []string{"k"}, "me"); err != nil {
		t.Fatal(err)
	}
	flush(t, c)
	if e := c.Get(t.Context(), "k", ""); e == nil || c.JudgeEntry(e) != Fresh {
		t.Errorf("%+v", e)
	}
	if n := store.State().Entries; n != 1 {
		t.Errorf("the store has %d", n)
	}
}

// ofANewerVersion is what a newer version would have kept of e.
func ofANewerVersion(e *Entry) []byte {
	b := seal(e, time.Now().Add(time.Hour))
	content := b[:len(b)-sha256.Size]
	content[len(envelopeMagic)] = envelopeVersion + 1
	sum := sha256.Sum256(content)
	return append(content, sum[:]...)
}

// TestWhatANewerVersionKept holds that who cannot read it leaves it, but for what is to be forgotten: it might be that.
func TestWhatANewerVersionKept(t *testing.T) {
	store := NewMemory(0)
	c := newCache(t, store)
	newer := entry("newer", "", "1")
	save := func() {
		if r, err := store.Save(t.Context(), []Change{{ID: IDOf("newer", ""), Value: ofANewerVersion(newer), Keep: time.Hour}}); err != nil || r[0] == 0 {
			t.Fatal(r, err)
		}
	}
	save()
	if got := get(t, c, "newer", ""); got != "-" {
		t.Errorf("got %s", got)
	}
	if err := c.Delete(t.Context(), []string{"newer"}, ""); err != nil {
		t.Fatal(err)
	}
	flush(t, c)
	if n := store.State().Entries; n != 1 {
		t.Errorf("%d are left by who merely reads", n)
	}
	e := entry("k", "", "1")
	e.AsOf, e.Tags = c.AsOf(), []Tag{7}
	put(t, c, e, time.Hour)
	erased, err := c.Forget(t.Context(), 7)
	if want := (Erased{Memory: 1, Store: 2, Unreadable: 1}); err != nil || erased != want {
		t.Errorf("%+v, %v; want %+v", erased, err, want)
	}
	if n := store.State().Entries; n != 0 {
		t.Errorf("%d are left", n)
	}
}

// TestWhatIsForgottenInPartsIsLookedForOnce has another gateway forget many tags, of which the journal tells one by one.
func TestWhatIsForgottenInPartsIsLookedForOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		journal, walks, told := NewMemoryJournal(), 0, 0
		var running sync.WaitGroup
		NewEpochs().keepIn(ctx, journal, &running, func(tags []Tag) int {
			walks++
			told += len(tags)
			return 0
		})
		defer running.Wait()
		defer stop()
		time.Sleep(time.Second)
		for round := range 3 {
			b := Bump{Forget: true}
			for n := range 500 {
				b.Tags = append(b.Tags, Tag(1000*round+n+1)) //nolint:gosec // small
			}
			if _, err := journal.Append(ctx, b); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if walks > 2 || told != 1500 {
			t.Errorf("looked %d times for %d tags", walks, told)
		}
	})
}

// TestAfterClose holds that nothing that comes too late is kept, or goes wrong.
func TestAfterClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory(0)
		c, err := New(Config{}, store, WithJournal(NewMemoryJournal()))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		c.Put(asked(c, "1"), time.Hour)
		if err := c.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for n := range 20 {
			all.Go(func() {
				e := asked(c, "2")
				e.Key = strconv.Itoa(n)
				c.Put(e, time.Hour)
				c.Get(t.Context(), "k", "")
				c.Get(t.Context(), e.Key, "")
				_ = c.Delete(t.Context(), []string{e.Key}, "")
			})
		}
		all.Wait()
		if n := store.State().Entries; n != 1 || get(t, c, "5", "") != "-" {
			t.Errorf("the store has %d", n)
		}
		if err := c.Close(t.Context()); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

// TestPutWhileItIsBeingSaved is for the race detector: an entry that memory has no room for is put again while the store
// is about to have it.
func TestPutWhileItIsBeingSaved(t *testing.T) {
	store := newHanging(false)
	c := newCache(t, store)
	again := entry("again", "", strings.Repeat("x", 200_000))
	c.Put(again, time.Hour)
	time.Sleep(4 * gather) // nothing else may tell that it is being saved: that would put the two in order
	c.Put(entry("large", "", strings.Repeat("x", 900_000)), time.Hour)
	c.Put(again, 2*time.Hour)
	store.hangs.Store(false)
	flush(t, c)
}
