package cache

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// told is an [Item] as the tests compare it.
type told struct {
	Body              string
	InMemory, InStore bool
	Until             time.Duration // from now on
}

func tell(i Item) told {
	return told{string(i.Entry.Body), i.InMemory, i.InStore, time.Until(i.Until)}
}

func search(t *testing.T, c *Cache, tags ...Tag) map[string]told {
	t.Helper()
	all := map[string]told{}
	err := c.Search(t.Context(), func(i Item) bool {
		if _, twice := all[i.Entry.Key]; twice || i.ID != IDOf(i.Entry.Key, i.Entry.Scope) {
			t.Errorf("%s of %v is told twice, or not under its name", i.Entry.Key, i.ID)
		}
		all[i.Entry.Key] = tell(i)
		return true
	}, tags...)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWhatIsFound has a few answers wherever answers may be, and looks for them.
func TestWhatIsFound(t *testing.T) {
	const red, blue, green Tag = 7, 8, 9
	colored := func(key string, tags ...Tag) *Entry {
		e := entry(key, "", key)
		e.Tags = tags
		return e
	}
	tests := map[string]struct {
		play func(*testing.T, *Cache, *hanging)
		tags []Tag
		want map[string]told
	}{
		"nothing is there": {want: map[string]told{}},
		"in memory and in the store": {
			play: func(t *testing.T, c *Cache, _ *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Hour)
				time.Sleep(time.Minute)
			},
			want: map[string]told{"a": {"a", true, true, 59 * time.Minute}},
		},
		"in the store alone, put there by another process": {
			play: func(t *testing.T, _ *Cache, s *hanging) {
				t.Helper()
				put(t, newCache(t, s), colored("a", red), time.Hour)
			},
			want: map[string]told{"a": {"a", false, true, time.Hour}},
		},
		"in memory alone, since the store does not answer": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				s.hangs.Store(true)
				c.Put(colored("a", red), time.Hour)
			},
			want: map[string]told{"a": {"a", true, false, time.Hour}},
		},
		"on its way into the store, and no more in memory": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				s.hangs.Store(true)
				c.Put(colored("a", red), time.Hour)
				time.Sleep(100 * time.Millisecond) // it is being saved
				c.Put(colored("b", red), time.Hour)
				c.memory.mu.Lock()
				defer c.memory.mu.Unlock()
				for _, h := range c.memory.byName {
					c.memory.evict(h)
				}
			},
			want: map[string]told{"a": {"a", true, false, time.Hour - 100*time.Millisecond}, "b": {"b", true, false, time.Hour}},
		},
		"newer in memory than in the store": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Hour)
				s.hangs.Store(true)
				time.Sleep(time.Minute)
				e := colored("a", red)
				e.Body = []byte("newer")
				c.Put(e, time.Hour)
			},
			want: map[string]told{"a": {"newer", true, true, time.Hour}},
		},
		"being deleted": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Hour)
				put(t, c, colored("b", red), time.Hour)
				s.hangs.Store(true)
				_ = c.Delete(t.Context(), []string{"a"}, "")
			},
			want: map[string]told{"b": {"b", true, true, time.Hour}},
		},
		"deleted and put again": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Hour)
				s.hangs.Store(true)
				_ = c.Delete(t.Context(), []string{"a"}, "")
				time.Sleep(100 * time.Millisecond) // it is being deleted
				again := colored("a", red)
				again.AsOf = c.AsOf()
				c.Put(again, time.Hour)
			},
			want: map[string]told{"a": {"a", true, true, time.Hour}},
		},
		"past its time": {
			play: func(t *testing.T, c *Cache, _ *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Minute)
				put(t, c, colored("b", red), time.Hour)
				time.Sleep(time.Minute)
			},
			want: map[string]told{"b": {"b", true, true, 59 * time.Minute}},
		},
		"of no known version": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Hour)
				bad := Change{ID: IDOf("b", ""), Value: []byte("what is this?"), Keep: time.Hour}
				if _, err := s.Memory.Save(t.Context(), []Change{bad}); err != nil {
					t.Fatal(err)
				}
			},
			want: map[string]told{"a": {"a", true, true, time.Hour}},
		},
		"one of several tags": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a", red), time.Hour)
				put(t, c, colored("b", green, blue), time.Hour)
				put(t, newCache(t, s), colored("c", blue), time.Hour)
				put(t, newCache(t, s), colored("d", green), time.Hour)
				put(t, c, colored("e"), time.Hour)
			},
			tags: []Tag{red, blue},
			want: map[string]told{
				"a": {"a", true, true, time.Hour}, "b": {"b", true, true, time.Hour}, "c": {"c", false, true, time.Hour},
			},
		},
		"a tag that it had before": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a", blue), time.Hour)
				s.hangs.Store(true)
				c.Put(colored("a", red), time.Hour)
			},
			tags: []Tag{blue},
			want: map[string]told{},
		},
		"everything, with its tags or without": {
			play: func(t *testing.T, c *Cache, s *hanging) {
				t.Helper()
				put(t, c, colored("a"), time.Hour)
				put(t, newCache(t, s), colored("b", red), time.Hour)
			},
			tags: []Tag{All},
			want: map[string]told{"a": {"a", true, true, time.Hour}, "b": {"b", false, true, time.Hour}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newHanging(false)
				store.hangs.Store(false)
				c := newCache(t, store)
				if tt.play != nil {
					tt.play(t, c, store)
				}
				if diff := cmp.Diff(tt.want, search(t, c, tt.tags...)); diff != "" {
					t.Error(diff)
				}
				before := c.Stats().Memory.Hits
				for _, key := range []string{"a", "b", "c", "d", "e"} {
					i := IDOf(key, "")
					store.hangs.Store(false)
					item, ok, err := c.Find(t.Context(), i)
					want, listed := tt.want[key]
					switch {
					case err != nil || item.ID != i || ok != (item.Entry != nil):
						t.Errorf("%s: %+v, %t, %v", key, item, ok, err)
					case listed && (!ok || tell(item) != want):
						t.Errorf("%s: found %+v, want %+v", key, item, want)
					case !listed && len(tt.tags) == 0 && ok:
						t.Errorf("%s: found %+v, want nothing", key, item)
					}
				}
				if c.Stats().Memory.Hits != before {
					t.Error("to look is not to read")
				}
			})
		})
	}
}

func TestSearchEndsWhereItIsToldTo(t *testing.T) {
	for name, store := range map[string]Store{"memory only": nil, "with a store": NewMemory(0)} {
		t.Run(name, func(t *testing.T) {
			c := newCache(t, store)
			for _, key := range []string{"a", "b", "c"} {
				put(t, c, entry(key, "", key), time.Hour)
			}
			n := 0
			if err := c.Search(t.Context(), func(Item) bool { n++; return n < 2 }); err != nil || n != 2 {
				t.Errorf("%d calls, %v", n, err)
			}
		})
	}
}

// TestFindInAStoreThatFails holds that what memory has is found all the same, with the error; a search, which would miss
// what it cannot see, fails.
func TestFindInAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, broken{NewMemory(0)})
		c.Put(entry("a", "", "a"), time.Hour)
		item, ok, err := c.Find(t.Context(), IDOf("a", ""))
		if !errors.Is(err, errBroken) || !ok || !item.InMemory || item.InStore {
			t.Errorf("%+v, %t, %v", item, ok, err)
		}
		if item, ok, err = c.Find(t.Context(), IDOf("b", "")); !errors.Is(err, errBroken) || ok {
			t.Errorf("%+v, %t, %v", item, ok, err)
		}
		if err := c.Search(t.Context(), func(Item) bool { t.Error("told of something"); return true }); !errors.Is(err, errBroken) {
			t.Errorf("%v", err)
		}
	})
}
