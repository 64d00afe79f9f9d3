// Package outboxtest is what a journal of writes passes.
package outboxtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/outbox"
)

// RunJournal tests the journals that open returns, which are empty, keep to the bounds, and are closed by open's own
// t.Cleanup. It takes a few seconds of real time.
func RunJournal(t *testing.T, open func(t *testing.T, b outbox.Bounds) outbox.Journal) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, outbox.Journal){
		"what was put is there":                         testThere,
		"what is not there is not":                      testNotThere,
		"what is there is not put again":                testCreateTwice,
		"what is known is replaced":                     testReplace,
		"what is not known is not replaced":             testStale,
		"revisions are of all":                          testRevisions,
		"large records are kept":                        testLarge,
		"many are loaded, in order":                     testMany,
		"of many that create one does":                  testCreateAtOnce,
		"of many that replace one does":                 testReplaceAtOnce,
		"what was erased is gone, and can be put again": testErase,
		"what is not known is not erased":               testEraseStale,
		"nothing is put for who is gone":                testGone,
		"what was put is told, in order":                testTold,
		"what comes is told":                            testComes,
		"of one write the newest is told":               testNewest,
		"an empty journal says that there is nothing":   testNothing,
		"every follower is told of all":                 testTwoFollowers,
		"it is heard although nothing happens":          testBeats,
		"following ends with its context":               testFollowEnds,
		"its state counts":                              testState,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, outbox.Bounds{}))
		})
	}
	t.Run("full of writes it accepts none and drops none", func(t *testing.T) {
		t.Parallel()
		testFullOfWrites(t, open(t, outbox.Bounds{Writes: 10}))
	})
	t.Run("full of bytes it accepts none and drops none", func(t *testing.T) {
		t.Parallel()
		testFullOfBytes(t, open(t, outbox.Bounds{Bytes: 1 << 20}))
	})
}

// Record returns size bytes that nothing shortens.
func Record(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	return b
}

func put(t *testing.T, j outbox.Journal, id outbox.ID, known outbox.Revision, record []byte) outbox.Kept {
	t.Helper()
	k, err := j.Put(t.Context(), id, known, record)
	if err != nil || k.Revision <= known || !bytes.Equal(k.Record, record) {
		t.Fatalf("put over %d: revision %d, %d bytes, %v", known, k.Revision, len(k.Record), err)
	}
	return k
}

func load(t *testing.T, j outbox.Journal, id outbox.ID) outbox.Kept {
	t.Helper()
	all, err := j.Load(t.Context(), []outbox.ID{id})
	if err != nil || len(all) != 1 {
		t.Fatalf("load: %d, %v", len(all), err)
	}
	return all[0]
}

func same(a, b outbox.Kept) bool { return a.Revision == b.Revision && bytes.Equal(a.Record, b.Record) }

func testThere(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(100))
	if got := load(t, j, id); !same(got, k) {
		t.Errorf("revision %d, %d bytes; want %d, %d", got.Revision, len(got.Record), k.Revision, len(k.Record))
	}
}

func testNotThere(t *testing.T, j outbox.Journal) {
	t.Helper()
	if got := load(t, j, outbox.NewID()); got.Revision != 0 || got.Record != nil {
		t.Errorf("revision %d, %d bytes", got.Revision, len(got.Record))
	}
}

func testCreateTwice(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(100))
	got, err := j.Put(t.Context(), id, 0, Record(100))
	if !errors.Is(err, outbox.ErrConflict) || !same(got, k) {
		t.Errorf("revision %d, %v", got.Revision, err)
	}
	if got := load(t, j, id); !same(got, k) {
		t.Errorf("revision %d is there", got.Revision)
	}
}

func testReplace(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(100))
	for i := range 100 {
		k = put(t, j, id, k.Revision, Record(100+i))
	}
	if got := load(t, j, id); !same(got, k) {
		t.Errorf("revision %d is there, not %d", got.Revision, k.Revision)
	}
}

func testStale(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	first := put(t, j, id, 0, Record(100))
	second := put(t, j, id, first.Revision, Record(100))
	for _, known := range []outbox.Revision{first.Revision, second.Revision + 1, 0} {
		if got, err := j.Put(t.Context(), id, known, Record(100)); !errors.Is(err, outbox.ErrConflict) || !same(got, second) {
			t.Errorf("over %d: revision %d, %v", known, got.Revision, err)
		}
	}
	absent := outbox.NewID()
	if got, err := j.Put(t.Context(), absent, first.Revision, Record(100)); !errors.Is(err, outbox.ErrConflict) || got.Revision != 0 {
		t.Errorf("over nothing: revision %d, %v", got.Revision, err)
	}
}

func testRevisions(t *testing.T, j outbox.Journal) {
	t.Helper()
	a, b := outbox.NewID(), outbox.NewID()
	first := put(t, j, a, 0, Record(10))
	second := put(t, j, b, 0, Record(10))
	third := put(t, j, a, first.Revision, Record(10))
	if first.Revision >= second.Revision || second.Revision >= third.Revision {
		t.Errorf("%d, %d, %d", first.Revision, second.Revision, third.Revision)
	}
}

func testLarge(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(900_000))
	if got := load(t, j, id); !same(got, k) {
		t.Errorf("revision %d, %d bytes", got.Revision, len(got.Record))
	}
}

func testMany(t *testing.T, j outbox.Journal) {
	t.Helper()
	var ids []outbox.ID
	var want []outbox.Kept
	for i := range 300 {
		id := outbox.NewID()
		k := outbox.Kept{}
		if i%3 != 0 {
			k = put(t, j, id, 0, Record(50))
		}
		ids, want = append(ids, id), append(want, k)
	}
	got, err := j.Load(t.Context(), ids)
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d, %v", len(got), err)
	}
	for i := range got {
		if !same(got[i], want[i]) {
			t.Errorf("%d: revision %d, not %d", i, got[i].Revision, want[i].Revision)
		}
	}
	if got, err := j.Load(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("none: %d, %v", len(got), err)
	}
}

// atOnce has 16 put something over what is known, and tests that one does.
func atOnce(t *testing.T, j outbox.Journal, id outbox.ID, known outbox.Revision) {
	t.Helper()
	var all sync.WaitGroup
	var did atomic.Int32
	var mu sync.Mutex
	var conflicts []outbox.Kept
	for range 16 {
		all.Go(func() {
			k, err := j.Put(t.Context(), id, known, Record(100))
			switch {
			case err == nil:
				did.Add(1)
			case errors.Is(err, outbox.ErrConflict):
				mu.Lock()
				conflicts = append(conflicts, k)
				mu.Unlock()
			default:
				t.Errorf("put: %v", err)
			}
		})
	}
	all.Wait()
	there := load(t, j, id)
	if did.Load() != 1 {
		t.Errorf("%d did", did.Load())
	}
	for _, k := range conflicts {
		if !same(k, there) {
			t.Errorf("a conflict with revision %d, and %d is there", k.Revision, there.Revision)
		}
	}
}

func testCreateAtOnce(t *testing.T, j outbox.Journal) {
	t.Helper()
	atOnce(t, j, outbox.NewID(), 0)
}

func testReplaceAtOnce(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(10))
	atOnce(t, j, id, k.Revision)
}

func testErase(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(100))
	if err := j.Erase(t.Context(), id, k.Revision); err != nil {
		t.Fatal(err)
	}
	if got := load(t, j, id); got.Revision != 0 {
		t.Errorf("revision %d is there", got.Revision)
	}
	if err := j.Erase(t.Context(), id, k.Revision); err != nil {
		t.Errorf("what is not there: %v", err)
	}
	put(t, j, id, 0, Record(100))
}

func testEraseStale(t *testing.T, j outbox.Journal) {
	t.Helper()
	id := outbox.NewID()
	first := put(t, j, id, 0, Record(100))
	second := put(t, j, id, first.Revision, Record(100))
	if err := j.Erase(t.Context(), id, first.Revision); !errors.Is(err, outbox.ErrConflict) {
		t.Errorf("erase: %v", err)
	}
	if got := load(t, j, id); !same(got, second) {
		t.Errorf("revision %d is there", got.Revision)
	}
}

func testGone(t *testing.T, j outbox.Journal) {
	t.Helper()
	ctx, gone := context.WithCancel(t.Context())
	gone()
	id := outbox.NewID()
	if _, err := j.Put(ctx, id, 0, Record(10)); !errors.Is(err, outbox.ErrUnavailable) {
		t.Errorf("put: %v", err)
	}
	if got := load(t, j, id); got.Revision != 0 {
		t.Errorf("revision %d is there", got.Revision)
	}
}

func testFullOfWrites(t *testing.T, j outbox.Journal) {
	t.Helper()
	kept := map[outbox.ID]outbox.Kept{}
	for range 10 {
		id := outbox.NewID()
		kept[id] = put(t, j, id, 0, Record(100))
	}
	full(t, j, kept, 200)
}

func testFullOfBytes(t *testing.T, j outbox.Journal) {
	t.Helper()
	kept := map[outbox.ID]outbox.Kept{}
	for {
		id, record := outbox.NewID(), Record(50_000)
		k, err := j.Put(t.Context(), id, 0, record)
		if errors.Is(err, outbox.ErrFull) {
			break
		}
		if err != nil || len(kept) > 25 {
			t.Fatalf("after %d: %v", len(kept), err)
		}
		kept[id] = k
	}
	if len(kept) < 15 {
		t.Errorf("it is full of %d", len(kept))
	}
	full(t, j, kept, 60_000)
	if _, err := j.Put(t.Context(), outbox.NewID(), 0, Record(2<<20)); !errors.Is(err, outbox.ErrTooLarge) && !errors.Is(err, outbox.ErrFull) {
		t.Errorf("what never fits: %v", err)
	}
}

// full tests a journal that is, with what it has.
func full(t *testing.T, j outbox.Journal, kept map[outbox.ID]outbox.Kept, larger int) {
	t.Helper()
	for range 3 {
		if _, err := j.Put(t.Context(), outbox.NewID(), 0, Record(larger)); !errors.Is(err, outbox.ErrFull) {
			t.Errorf("another: %v", err)
		}
	}
	put(t, j, outbox.ID{15: 1}, 0, Record(larger)) // is reserved
	for id, k := range kept {
		if got := load(t, j, id); !same(got, k) {
			t.Errorf("revision %d is there, not %d", got.Revision, k.Revision)
		}
		put(t, j, id, k.Revision, Record(larger))
	}
	for id := range kept {
		if err := j.Erase(t.Context(), id, load(t, j, id).Revision); err != nil {
			t.Fatal(err)
		}
	}
	soon(t, "have room", func() bool {
		_, err := j.Put(t.Context(), outbox.NewID(), 0, Record(larger))
		return err == nil
	})
}

func testState(t *testing.T, j outbox.Journal) {
	t.Helper()
	for range 5 {
		put(t, j, outbox.NewID(), 0, Record(1000))
	}
	soon(t, "count", func() bool {
		s := j.State()
		return s.Condition == outbox.JournalOpen && s.Writes == 5 && s.Bytes >= 5000
	})
}

// heard is what one follower was told.
type heard struct {
	mu      sync.Mutex
	told    []outbox.Told
	up      outbox.Revision
	current bool
	calls   int
}

func follow(t *testing.T, j outbox.Journal) *heard {
	t.Helper()
	h := &heard{}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- j.Follow(ctx, func(told outbox.Told) { h.hear(t, told) }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("follow: %v", err)
		}
	})
	return h
}

func (h *heard) hear(t *testing.T, told outbox.Told) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	if told.Up < h.up {
		t.Errorf("told up to %d after %d", told.Up, h.up)
	}
	if told.Revision != 0 {
		if told.Revision <= h.up || told.Revision > told.Up {
			t.Errorf("told of %d, up to %d, after %d", told.Revision, told.Up, h.up)
		}
		h.told = append(h.told, told)
	}
	h.up, h.current = told.Up, told.Current
}

func (h *heard) caughtUp(r outbox.Revision) func() bool {
	return func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.current && h.up >= r
	}
}

func (h *heard) newest() map[outbox.ID]outbox.Kept {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[outbox.ID]outbox.Kept{}
	for _, told := range h.told {
		all[told.ID] = told.Kept
	}
	return all
}

func testTold(t *testing.T, j outbox.Journal) {
	t.Helper()
	var last outbox.Kept
	want := map[outbox.ID]outbox.Kept{}
	for range 20 {
		id := outbox.NewID()
		last = put(t, j, id, 0, Record(10))
		want[id] = last
	}
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(last.Revision))
	equal(t, h.newest(), want)
}

func equal(t *testing.T, got, want map[outbox.ID]outbox.Kept) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("told of %d, not %d", len(got), len(want))
	}
	for id, k := range want {
		if !same(got[id], k) {
			t.Errorf("told of revision %d, not %d", got[id].Revision, k.Revision)
		}
	}
}

func testComes(t *testing.T, j outbox.Journal) {
	t.Helper()
	h := follow(t, j)
	a, b := outbox.NewID(), outbox.NewID()
	first := put(t, j, a, 0, Record(10))
	soon(t, "hear of one", h.caughtUp(first.Revision))
	second := put(t, j, b, 0, Record(10))
	third := put(t, j, a, first.Revision, Record(10))
	soon(t, "hear of more", h.caughtUp(third.Revision))
	equal(t, h.newest(), map[outbox.ID]outbox.Kept{a: third, b: second})
}

func testNewest(t *testing.T, j outbox.Journal) {
	t.Helper()
	a, b := outbox.NewID(), outbox.NewID()
	first := put(t, j, a, 0, Record(10))
	other := put(t, j, b, 0, Record(10))
	newest := put(t, j, a, first.Revision, Record(10))
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(newest.Revision))
	equal(t, h.newest(), map[outbox.ID]outbox.Kept{a: newest, b: other})
}

func testNothing(t *testing.T, j outbox.Journal) {
	t.Helper()
	h := follow(t, j)
	soon(t, "say that there is nothing", h.caughtUp(0))
	equal(t, h.newest(), nil)
}

func testTwoFollowers(t *testing.T, j outbox.Journal) {
	t.Helper()
	a, b := follow(t, j), follow(t, j)
	id := outbox.NewID()
	k := put(t, j, id, 0, Record(10))
	soon(t, "tell both", func() bool { return a.caughtUp(k.Revision)() && b.caughtUp(k.Revision)() })
	equal(t, a.newest(), map[outbox.ID]outbox.Kept{id: k})
	equal(t, b.newest(), map[outbox.ID]outbox.Kept{id: k})
}

func testBeats(t *testing.T, j outbox.Journal) {
	t.Helper()
	h := follow(t, j)
	calls := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.calls
	}
	soon(t, "begin", func() bool { return calls() > 0 })
	before := calls()
	soon(t, "beat three times", func() bool { return calls() >= before+3 })
}

func testFollowEnds(t *testing.T, j outbox.Journal) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := j.Follow(ctx, func(outbox.Told) {}); err != nil {
		t.Errorf("follow: %v", err)
	}
}

// patience is how long anything may take on a busy machine.
const patience = 30 * time.Second

// soon waits until it is so.
func soon(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !so() {
		select {
		case <-tick.C:
		case <-late.C:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
