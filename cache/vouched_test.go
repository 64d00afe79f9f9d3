package cache

import (
	"context"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// putBack has m be what it was at p, as from a backup.
func (m *MemoryJournal) putBack(p Place) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = p
	maps.DeleteFunc(m.kept, func(_ keptBump, b Bump) bool { return b.Sequence > p.Sequence })
}

// answered is an answer that was asked for through c just now.
func answered(c *Cache, key string, tags ...Tag) *Entry {
	e := entry(key, "", key)
	e.AsOf, e.Tags = c.AsOf(), tags
	return e
}

// judged is what c says of what it has under key.
func judged(t *testing.T, c *Cache, key string) Verdict {
	t.Helper()
	e := c.Get(t.Context(), key, "")
	if e == nil {
		t.Fatalf("%s is not there", key)
	}
	return c.JudgeEntry(e)
}

// TestAJournalThatWasPutBackVouchesForNothing has a store whose answers know of bumps that its journal has lost.
func TestAJournalThatWasPutBackVouchesForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, journal := NewSharedMemory(0), NewMemoryJournal()
		first := newCache(t, store, WithJournal(journal))
		time.Sleep(time.Second)
		backup := bump(t, first, 1).Place
		put(t, first, answered(first, "a", 2), time.Hour)
		bump(t, first, 2) // which is lost
		bump(t, first, 3)
		put(t, first, answered(first, "b", 2), time.Hour)
		closed(first)
		journal.putBack(backup)
		for _, when := range []string{"at once", "after other bumps"} {
			c := newCache(t, store, WithJournal(journal))
			if got := judged(t, c, "b"); got != Changed { // the first that is ahead says that something is wrong
				t.Errorf("%s: what was asked for after it is judged %v", when, got)
			}
			time.Sleep(time.Second)
			if got := judged(t, c, "a"); got != Changed {
				t.Errorf("%s: what was asked for before a bump that is lost is judged %v", when, got)
			}
			for range 3 {
				bump(t, c, 4)
			}
			closed(c)
		}
		c := newCache(t, store, WithJournal(journal))
		time.Sleep(time.Second)
		put(t, c, answered(c, "b", 2), time.Hour)
		if got := judged(t, newCache(t, store, WithJournal(journal)), "b"); got != Fresh {
			t.Errorf("what was asked for since then is judged %v", got)
		}
	})
}

func bump(t *testing.T, c *Cache, tags ...Tag) AsOf {
	t.Helper()
	asOf, err := c.Bump(t.Context(), tags...)
	if err != nil {
		t.Fatal(err)
	}
	return asOf
}

// forgetful is a journal that keeps the newest of many.
type forgetful struct {
	*MemoryJournal
	most int
}

func (f *forgetful) Append(ctx context.Context, b Bump) (Place, error) {
	p, err := f.MemoryJournal.Append(ctx, b)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, forget := range []bool{false, true} {
		var oldest keptBump
		kept := 0
		for k, b := range f.kept {
			if k.forget != forget {
				continue
			}
			if kept++; oldest == (keptBump{}) || b.Sequence < f.kept[oldest].Sequence {
				oldest = k
			}
		}
		if kept > f.most {
			delete(f.kept, oldest)
		}
	}
	return p, err
}

// TestWhoIsNotToldOfAllBumpsKnows has a journal keep fewer bumps than there are, and a process remember fewer than that:
// whatever is older than what was lost is not fresh, and may stand in unless it may be one that forgets.
func TestWhoIsNotToldOfAllBumpsKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		journal := &forgetful{NewMemoryJournal(), 11}
		following := func() (*Epochs, func()) {
			e := newEpochs(10)
			ctx, stop := context.WithCancel(t.Context())
			var running sync.WaitGroup
			e.keepIn(ctx, journal, &running, func([]Tag) int { return 0 })
			synctest.Wait()
			return e, func() { stop(); running.Wait() }
		}
		e, stop := following()
		must := func(asOf AsOf, err error) AsOf {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return asOf
		}
		start := must(e.Bump(t.Context(), 1))
		must(e.Forget(t.Context(), 2))
		for tag := range Tag(30) {
			must(e.Bump(t.Context(), 100+tag))
		}
		end := e.AsOf()
		must(e.Bump(t.Context(), 5))
		stop()
		e, stop = following()
		if got := e.Judge(start, []Tag{7}); got != Changed {
			t.Errorf("what is older than all bumps that are left is judged %v", got)
		}
		if got := e.Judge(start, []Tag{2}); got != Forgotten {
			t.Errorf("what was forgotten is judged %v after many bumps", got)
		}
		if e.Judge(end, []Tag{7}) != Fresh || e.Judge(end, []Tag{5}) != Changed {
			t.Error("what is newer is not judged by its own bumps")
		}
		for tag := range Tag(30) {
			must(e.Forget(t.Context(), 200+tag))
		}
		stop()
		e, stop = following()
		defer stop()
		if got := e.Judge(start, []Tag{2}); got != Forgotten {
			t.Errorf("what may have been forgotten is judged %v", got)
		}
	})
}

// TestAWriteThatNobodyEnds has a process die between a write and the bump that follows it.
func TestAWriteThatNobodyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, journal := NewSharedMemory(0), NewMemoryJournal()
		writer, reader := newCache(t, store, WithJournal(journal)), newCache(t, store, WithJournal(journal))
		time.Sleep(time.Second)
		end := writer.Begin(t.Context(), 1)
		writer.Begin(t.Context(), 2)(t.Context(), 3)
		time.Sleep(time.Second)
		put(t, writer, answered(writer, "here", 1), time.Hour)
		put(t, writer, answered(writer, "other", 2), time.Hour)
		put(t, reader, answered(reader, "there", 1), time.Hour)
		time.Sleep(5 * time.Minute)
		if judged(t, writer, "here") != Fresh || judged(t, reader, "there") != Fresh || judged(t, reader, "here") != Fresh {
			t.Error("a write that takes long changes something before it ends")
		}
		dead, kill := context.WithCancel(t.Context())
		kill()
		_ = writer.Close(dead)
		c := newCache(t, store, WithJournal(journal))
		if judged(t, c, "here") != Changed || judged(t, c, "there") != Changed || judged(t, c, "other") != Fresh {
			t.Errorf("after a restart what was asked for meanwhile is judged %v and %v, and the rest %v",
				judged(t, c, "here"), judged(t, c, "there"), judged(t, c, "other"))
		}
		put(t, c, answered(c, "since", 1), time.Hour)
		time.Sleep(2*goneAfter + time.Second)
		if got := judged(t, reader, "there"); got != Changed {
			t.Errorf("another process judges %v", got)
		}
		put(t, c, answered(c, "since", 1), time.Hour)
		time.Sleep(lateWrite + time.Second)
		if got := judged(t, c, "since"); got != Changed {
			t.Errorf("before the change may have been made late, it is judged %v", got)
		}
		put(t, c, answered(c, "late", 1), time.Hour)
		time.Sleep(time.Hour - time.Second)
		for _, c := range []*Cache{c, reader, newCache(t, store, WithJournal(journal))} {
			if got := judged(t, c, "late"); got != Fresh {
				t.Errorf("for ever after it is judged %v", got)
			}
		}
		end(t.Context()) // of a process that is gone: nobody hears it
	})
}

// late is a journal that tells nothing for a while.
type late struct {
	*MemoryJournal
	by time.Duration
}

func (l *late) Follow(ctx context.Context, each func(Bump, bool)) error {
	sleep(ctx, l.by)
	return l.MemoryJournal.Follow(ctx, each)
}

// TestBumpsThatComeLateAreWaitedFor holds that who waited for them has not lost the time to look into the store: he is
// answered within its second.
func TestBumpsThatComeLateAreWaitedFor(t *testing.T) {
	for name, tt := range map[string]struct {
		late  time.Duration
		there bool
	}{
		"they come in time": {storeTimeout - time.Millisecond, true},
		"they come late":    {2 * storeTimeout, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, journal := &slow{NewMemory(0), 10 * time.Millisecond}, NewMemoryJournal()
				first := newCache(t, store, WithJournal(journal))
				time.Sleep(time.Second)
				put(t, first, answered(first, "k", 1), time.Hour)
				closed(first)
				c := newCache(t, store, WithJournal(&late{journal, tt.late}))
				began := time.Now()
				got := c.Get(t.Context(), "k", "")
				if (got != nil) != tt.there || got != nil && c.JudgeEntry(got) != Fresh || time.Since(began) > storeTimeout {
					t.Errorf("got %+v after %v", got, time.Since(began))
				}
			})
		})
	}
}

// TestWhatIsStoredGrowsOldByTheClockThatNobodySets looks for what a time has besides the one that is shown.
func TestWhatIsStoredGrowsOldByTheClockThatNobodySets(t *testing.T) {
	store := NewMemory(0)
	e := entry("k", "", "1")
	put(t, newCache(t, store), e, time.Hour)
	c := newCache(t, store)
	got := c.Get(t.Context(), "k", "")
	for name, at := range map[string]time.Time{"asked": got.Asked, "received": got.Received, "until": got.place.until} {
		if at == at.Round(0) { //nolint:staticcheck // that is the question
			t.Errorf("%s: the clock decides", name)
		}
	}
	if !sameTime(got.Received, e.Received) || got.supersedes(e) || e.supersedes(got) || !e.says(got) {
		t.Error("it is another one")
	}
}

// TestOneOfManyWritesAgain has many caches on a store read what is past half its life.
func TestOneOfManyWritesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewSharedMemory(0)
		var all []*Cache
		for range 5 {
			all = append(all, newCache(t, store))
		}
		put(t, all[0], entry("k", "", "1"), 10*time.Hour)
		before := revisionOf(store, "k")
		for range 7 {
			for _, c := range all {
				get(t, c, "k", "")
				flush(t, c)
			}
			time.Sleep(time.Hour)
		}
		if got := revisionOf(store, "k") - before; got != 1 {
			t.Errorf("%d writes", got)
		}
	})
}

// revisionOf is the newest of key, and counts the changes of a store that has nothing else.
func revisionOf(s Store, key string) Revision {
	got, _ := s.Load(context.Background(), []ID{IDOf(key, "")})
	return got[0].Revision
}
