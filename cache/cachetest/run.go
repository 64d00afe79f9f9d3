// Package cachetest is what every [cache.Store], [cache.Journal] and [cache.Leases] must pass.
package cachetest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"holdfast/cache"
)

// patience is how long a store may take to do what it promises to do soon.
const patience = 30 * time.Second

// Run tests the stores that open returns, which are empty and closed by open's own t.Cleanup. It takes a
// few seconds of real time: a store may keep whole seconds.
func Run(t *testing.T, open func(t *testing.T) cache.Store) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, cache.Store){
		"what was saved is there":                         testSave,
		"what was not saved is not":                       testNotThere,
		"who knows the last revision changes it":          testKnown,
		"who does not know it changes nothing":            testConflict,
		"of two who know the same, one changes it":        testRace,
		"one conflict keeps no others":                    testConflictAmongOthers,
		"what was deleted is gone":                        testDelete,
		"who does not know what is there deletes nothing": testDeleteKnown,
		"what has gone by itself is no conflict":          testGone,
		"nothing is kept too long":                        testKeep,
		"a value may be large":                            testLarge,
		"a large value takes the place of another":        testLargeAfterLarge,
		"a value may be empty":                            testEmpty,
		"many keys in one call":                           testMany,
		"one key twice in one call":                       testTwice,
		"many may use it at once":                         testConcurrent,
		"an operation ends with its context":              testContext,
		"all is found by a scan":                          testScan,
		"a scan ends where it is told to":                 testScanEnds,
		"its state says that it is open, and what it has": testState,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

func id(text string) cache.ID { return cache.IDOf(text, "") }

// save changes one key, and returns its revision.
func save(t *testing.T, s cache.Store, key, value string, known cache.Revision) cache.Revision {
	t.Helper()
	got := saveAll(t, s, cache.Change{ID: id(key), Value: []byte(value), Keep: time.Hour, Known: known})
	return got[0]
}

func saveAll(t *testing.T, s cache.Store, changes ...cache.Change) []cache.Revision {
	t.Helper()
	got, err := s.Save(t.Context(), changes)
	if err != nil || len(got) != len(changes) {
		t.Fatalf("save: %v, %v", got, err)
	}
	return got
}

func saved(t *testing.T, s cache.Store, key, value string, known cache.Revision) cache.Revision {
	t.Helper()
	r := save(t, s, key, value, known)
	if r <= known {
		t.Fatalf("%s: revision %d after %d", key, r, known)
	}
	return r
}

func load(t *testing.T, s cache.Store, keys ...string) []cache.Stored {
	t.Helper()
	ids := make([]cache.ID, len(keys))
	for n, key := range keys {
		ids[n] = id(key)
	}
	got, err := s.Load(t.Context(), ids)
	if err != nil || len(got) != len(keys) {
		t.Fatalf("load: %d values, %v", len(got), err)
	}
	return got
}

func want(t *testing.T, s cache.Store, key, value string, r cache.Revision) {
	t.Helper()
	if got := load(t, s, key)[0]; string(got.Value) != value || got.Revision != r {
		t.Errorf("%s: %d bytes of revision %d; want %d of %d", key, len(got.Value), got.Revision, len(value), r)
	}
}

func wantNone(t *testing.T, s cache.Store, key string) {
	t.Helper()
	if got := load(t, s, key)[0]; got.Revision != 0 {
		t.Errorf("%s: %d bytes of revision %d; want nothing", key, len(got.Value), got.Revision)
	}
}

// soon waits until done says yes.
func soon(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func testSave(t *testing.T, s cache.Store) {
	t.Helper()
	a, b := saved(t, s, "a", "1", 0), saved(t, s, "b", "2", 0)
	want(t, s, "a", "1", a)
	want(t, s, "b", "2", b)
}

func testNotThere(t *testing.T, s cache.Store) {
	t.Helper()
	wantNone(t, s, "a")
	saved(t, s, "a", "1", 0)
	wantNone(t, s, "b")
}

func testKnown(t *testing.T, s cache.Store) {
	t.Helper()
	var r cache.Revision
	for n := range 10 {
		r = saved(t, s, "a", strconv.Itoa(n), r)
		want(t, s, "a", strconv.Itoa(n), r)
	}
}

func testConflict(t *testing.T, s cache.Store) {
	t.Helper()
	first := saved(t, s, "a", "1", 0)
	if r := save(t, s, "a", "blind", 0); r != 0 {
		t.Errorf("a blind write over something: revision %d", r)
	}
	second := saved(t, s, "a", "2", first)
	if r := save(t, s, "a", "late", first); r != 0 {
		t.Errorf("a late write: revision %d", r)
	}
	want(t, s, "a", "2", second)
}

func testRace(t *testing.T, s cache.Store) {
	t.Helper()
	known := saved(t, s, "a", "0", 0)
	revisions := make([]cache.Revision, 8)
	var all sync.WaitGroup
	for n := range revisions {
		all.Go(func() {
			got, err := s.Save(t.Context(), []cache.Change{{ID: id("a"), Value: fmt.Append(nil, n), Keep: time.Hour, Known: known}})
			if err != nil || len(got) != 1 {
				t.Errorf("save: %v, %v", got, err)
				return
			}
			revisions[n] = got[0]
		})
	}
	all.Wait()
	won := -1
	for n, r := range revisions {
		switch {
		case r == 0:
		case won >= 0:
			t.Errorf("%d and %d both changed it", won, n)
		default:
			won = n
		}
	}
	if won < 0 {
		t.Fatal("nobody changed it")
	}
	want(t, s, "a", strconv.Itoa(won), revisions[won])
}

func testConflictAmongOthers(t *testing.T, s cache.Store) {
	t.Helper()
	old := saved(t, s, "b", "old", 0)
	change := func(key string) cache.Change { return cache.Change{ID: id(key), Value: []byte("new"), Keep: time.Hour} }
	got := saveAll(t, s, change("a"), change("b"), change("c"), cache.Change{ID: id("d")})
	if got[0] == 0 || got[1] != 0 || got[2] == 0 || got[3] == 0 {
		t.Errorf("revisions %v", got)
	}
	want(t, s, "a", "new", got[0])
	want(t, s, "b", "old", old)
	want(t, s, "c", "new", got[2])
}

func remove(t *testing.T, s cache.Store, key string, known cache.Revision) cache.Revision {
	t.Helper()
	return saveAll(t, s, cache.Change{ID: id(key), Known: known})[0]
}

func testDeleteKnown(t *testing.T, s cache.Store) {
	t.Helper()
	for key, value := range map[string]string{"small": "1", "large": large(3<<20, 0)} {
		first := saved(t, s, key, value, 0)
		second := saved(t, s, key, value+"2", first)
		for _, known := range []cache.Revision{0, first} {
			if r := remove(t, s, key, known); r != 0 {
				t.Errorf("%s: %d deletes %d: revision %d", key, known, second, r)
			}
		}
		want(t, s, key, value+"2", second)
		if r := remove(t, s, key, second); r == 0 {
			t.Errorf("%s: not deleted by who knows it", key)
		}
		wantNone(t, s, key)
	}
}

func testDelete(t *testing.T, s cache.Store) {
	t.Helper()
	a, b := saved(t, s, "a", "1", 0), saved(t, s, "b", "2", 0)
	for _, known := range []cache.Revision{a, a, 0} { // the second time it is not there; what is known of it does not matter
		if r := remove(t, s, "a", known); r == 0 {
			t.Error("not deleted")
		}
		wantNone(t, s, "a")
	}
	want(t, s, "b", "2", b)
	again := saved(t, s, "a", "3", 0)
	want(t, s, "a", "3", again)
}

func testGone(t *testing.T, s cache.Store) {
	t.Helper()
	known := saved(t, s, "a", "1", 0)
	remove(t, s, "a", known)
	if r := save(t, s, "a", "2", known); r == 0 {
		t.Error("what is not there any more is in the way")
	}
	if got := load(t, s, "a")[0]; string(got.Value) != "2" {
		t.Errorf("got %q", got.Value)
	}
}

func testKeep(t *testing.T, s cache.Store) {
	t.Helper()
	saveAll(t, s, cache.Change{ID: id("short"), Value: []byte("1"), Keep: time.Second})
	long := saved(t, s, "long", "2", 0)
	soon(t, "forget", func() bool { return load(t, s, "short")[0].Revision == 0 })
	want(t, s, "long", "2", long)
	saved(t, s, "short", "3", 0)
}

func large(n int, seed byte) string {
	b := bytes.Repeat([]byte("0123456789abcdef"), n/16)
	for i := range b {
		b[i] += seed + byte(i>>16) //nolint:gosec // any byte will do
	}
	return string(b)
}

func testLarge(t *testing.T, s cache.Store) {
	t.Helper()
	for key, size := range map[string]int{"above a message": 2 << 20, "8 MiB": 8 << 20} {
		r := saved(t, s, key, large(size, 0), 0)
		want(t, s, key, large(size, 0), r)
	}
}

func testLargeAfterLarge(t *testing.T, s cache.Store) {
	t.Helper()
	r := saved(t, s, "a", large(3<<20, 1), 0)
	r = saved(t, s, "a", large(3<<20, 2), r)
	want(t, s, "a", large(3<<20, 2), r)
	r = saved(t, s, "a", "small", r)
	want(t, s, "a", "small", r)
	r = saved(t, s, "a", large(2<<20, 3), r)
	want(t, s, "a", large(2<<20, 3), r)
	remove(t, s, "a", r)
	wantNone(t, s, "a")
}

func testEmpty(t *testing.T, s cache.Store) {
	t.Helper()
	got := saveAll(t, s, cache.Change{ID: id("a"), Value: []byte{}, Keep: time.Hour})
	want(t, s, "a", "", got[0])
}

func testMany(t *testing.T, s cache.Store) {
	t.Helper()
	const n = 3000
	var changes []cache.Change
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprint("there ", i), fmt.Sprint("not there ", i))
		changes = append(changes, cache.Change{ID: id(keys[2*i]), Value: fmt.Append(nil, i), Keep: time.Hour})
	}
	revisions := saveAll(t, s, changes...)
	for i, got := range load(t, s, keys...) {
		switch {
		case i%2 == 1 && got.Revision != 0:
			t.Fatalf("%s: %q", keys[i], got.Value)
		case i%2 == 0 && (string(got.Value) != strconv.Itoa(i/2) || got.Revision != revisions[i/2]):
			t.Fatalf("%s: %q of revision %d", keys[i], got.Value, got.Revision)
		}
	}
}

func testTwice(t *testing.T, s cache.Store) {
	t.Helper()
	r := saved(t, s, "a", "1", 0)
	for n, got := range load(t, s, "a", "b", "a") {
		if (n == 1) != (got.Revision == 0) || n != 1 && (got.Revision != r || string(got.Value) != "1") {
			t.Errorf("%d: %q of revision %d", n, got.Value, got.Revision)
		}
	}
	if got := load(t, s); len(got) != 0 {
		t.Errorf("no keys: %v", got)
	}
	if got := saveAll(t, s); len(got) != 0 {
		t.Errorf("no changes: %v", got)
	}
}

func testConcurrent(t *testing.T, s cache.Store) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 50 {
				key := fmt.Sprint(i, " ", n)
				got, err := s.Save(t.Context(), []cache.Change{{ID: id(key), Value: []byte(key), Keep: time.Hour}})
				if err != nil || got[0] == 0 {
					t.Errorf("save: %v, %v", got, err)
					return
				}
				back, err := s.Load(t.Context(), []cache.ID{id(key)})
				if err != nil || string(back[0].Value) != key {
					t.Errorf("load: %v, %v", back, err)
					return
				}
			}
		})
	}
	all.Wait()
}

func testContext(t *testing.T, s cache.Store) {
	t.Helper()
	saved(t, s, "a", "1", 0)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Load(ctx, []cache.ID{id("a")}); err == nil {
		t.Error("load after its context ended: no error")
	}
	if _, err := s.Save(ctx, []cache.Change{{ID: id("b"), Value: []byte("2"), Keep: time.Hour}}); err == nil {
		t.Error("save after its context ended: no error")
	}
	if err := s.Scan(ctx, func(cache.ID, cache.Stored) bool { return true }); err == nil {
		t.Error("scan after its context ended: no error")
	}
}

func testScan(t *testing.T, s cache.Store) {
	t.Helper()
	there := map[cache.ID]string{}
	for n := range 300 {
		key, value := strconv.Itoa(n), fmt.Sprint("value ", n)
		if n%100 == 0 {
			value = large(2<<20, byte(n)) //nolint:gosec // any byte will do
		}
		saved(t, s, key, value, 0)
		there[id(key)] = value
	}
	remove(t, s, "deleted", saved(t, s, "deleted", "x", 0))
	got := map[cache.ID]string{}
	err := s.Scan(t.Context(), func(i cache.ID, v cache.Stored) bool {
		if v.Revision == 0 {
			t.Error("told of what is not there")
		}
		got[i] = string(v.Value)
		return true
	})
	if err != nil || len(got) != len(there) {
		t.Fatalf("%d of %d, %v", len(got), len(there), err)
	}
	for i, value := range there {
		if got[i] != value {
			t.Errorf("%s: %d bytes, want %d", i, len(got[i]), len(value))
		}
	}
}

func testScanEnds(t *testing.T, s cache.Store) {
	t.Helper()
	for n := range 50 {
		saved(t, s, strconv.Itoa(n), "x", 0)
	}
	n := 0
	if err := s.Scan(t.Context(), func(cache.ID, cache.Stored) bool { n++; return n < 10 }); err != nil || n != 10 {
		t.Errorf("%d calls, %v", n, err)
	}
}

func testState(t *testing.T, s cache.Store) {
	t.Helper()
	saved(t, s, "a", large(1<<16, 0), 0)
	saved(t, s, "b", "small", 0)
	soon(t, "know what it has", func() bool {
		st := s.State()
		return st.Condition == cache.StoreOpen && st.Entries == 2 && st.Bytes >= 1<<16
	})
}
