// Package eventstest is what a journal of events passes.
package eventstest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/events"
)

// RunJournal tests the journals that open returns, which are empty, keep to the bounds, and are closed by open's own
// t.Cleanup. It takes a few seconds of real time.
func RunJournal(t *testing.T, open func(t *testing.T, b events.Bounds) events.Journal) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, events.Journal){
		"what was appended is there":                  testThere,
		"what is not there is not":                    testNotThere,
		"what is known is not appended again":         testKnown,
		"of many that append one does":                testKnownAtOnce,
		"what is too large never fits":                testTooLarge,
		"nothing is appended for who is gone":         testGone,
		"what was appended is told, in order":         testTold,
		"what comes is told":                          testComes,
		"only what is after a place is told":          testAfter,
		"a place of another journal is before all":    testElsewhere,
		"a place behind the end is before all":        testBehind,
		"an empty journal says that there is nothing": testNothing,
		"every follower is told of all":               testTwoFollowers,
		"it is heard although nothing happens":        testBeats,
		"notes are replaced and removed":              testNotes,
		"its state counts":                            testState,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, events.Bounds{}))
		})
	}
	t.Run("full of events it keeps none and drops none", func(t *testing.T) {
		t.Parallel()
		testFull(t, open(t, events.Bounds{Events: 10}))
	})
	t.Run("full of bytes it keeps none and drops none", func(t *testing.T) {
		t.Parallel()
		testFull(t, open(t, events.Bounds{Bytes: 64 << 10}))
	})
}

// soon is generous: it says that something hangs, not that it is slow.
const soon = 30 * time.Second

// Record returns size bytes that nothing shortens.
func Record(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails
	return b
}

const source = "some-source"

func name(i int) events.Name { return events.NameOf(source, strconv.Itoa(i)) }

func appended(t *testing.T, j events.Journal, n events.Name, record []byte) events.Place {
	t.Helper()
	p, err := j.Append(t.Context(), source, n, record)
	if err != nil || p.Sequence == 0 || p.Incarnation == 0 {
		t.Fatalf("append: %v, %v", p, err)
	}
	return p
}

func testThere(t *testing.T, j events.Journal) {
	t.Helper()
	record := Record(100)
	p := appended(t, j, name(1), record)
	if k, err := j.Load(t.Context(), name(1)); err != nil || k.Place != p || k.Name != name(1) || !bytes.Equal(k.Record, record) {
		t.Errorf("%v, %d bytes, %v", k.Place, len(k.Record), err)
	}
}

func testNotThere(t *testing.T, j events.Journal) {
	t.Helper()
	appended(t, j, name(1), Record(100))
	if k, err := j.Load(t.Context(), name(2)); err != nil || k.Record != nil {
		t.Errorf("%v, %d bytes, %v", k.Place, len(k.Record), err)
	}
}

func testKnown(t *testing.T, j events.Journal) {
	t.Helper()
	record := Record(100)
	appended(t, j, name(1), record)
	if _, err := j.Append(t.Context(), source, name(1), Record(100)); !errors.Is(err, events.ErrKnown) {
		t.Errorf("again: %v", err)
	}
	if k, err := j.Load(t.Context(), name(1)); err != nil || !bytes.Equal(k.Record, record) {
		t.Errorf("it is another one: %v", err)
	}
}

func testKnownAtOnce(t *testing.T, j events.Journal) {
	t.Helper()
	var all sync.WaitGroup
	var kept, known atomic.Int64
	for range 20 {
		all.Go(func() {
			switch _, err := j.Append(t.Context(), source, name(1), Record(100)); {
			case err == nil:
				kept.Add(1)
			case errors.Is(err, events.ErrKnown):
				known.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if kept.Load() != 1 || known.Load() != 19 {
		t.Errorf("%d kept, %d known", kept.Load(), known.Load())
	}
}

func testTooLarge(t *testing.T, j events.Journal) {
	t.Helper()
	for _, size := range []int{1000 << 10, int(j.State().MaxBytes) + 1} {
		_, err := j.Append(t.Context(), source, name(size), Record(size))
		if fits := size == 1000<<10; fits && err != nil || !fits && !errors.Is(err, events.ErrTooLarge) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func testGone(t *testing.T, j events.Journal) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := j.Append(ctx, source, name(1), Record(100)); !errors.Is(err, events.ErrUnavailable) {
		t.Error(err)
	}
	if k, err := j.Load(t.Context(), name(1)); err != nil || k.Record != nil {
		t.Errorf("%v: it is there", err)
	}
}

// following is what a follower was told.
type following struct {
	mu      sync.Mutex
	told    []events.Kept
	up      events.Place
	current bool
	calls   int
}

// follow follows j until the test ends.
func follow(t *testing.T, j events.Journal, after events.Place) *following {
	t.Helper()
	f := &following{}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- j.Follow(ctx, after, func(told events.Told) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.calls++
			if told.Record != nil {
				f.told = append(f.told, told.Kept)
			}
			f.up, f.current = told.Up, told.Current
		})
	}()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("follow: %v", err)
			}
		case <-time.After(soon):
			t.Error("it follows although nobody wants to know")
		}
	})
	return f
}

// await waits for what a follower was told.
func (f *following) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for late := time.Now().Add(soon); ; {
		f.mu.Lock()
		is := ok()
		f.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%s: not within %v", what, soon)
		}
		<-time.After(2 * time.Millisecond)
	}
}

// hears waits until exactly these were told, in order, and there is nothing else.
func (f *following) hears(t *testing.T, want ...int) {
	t.Helper()
	f.await(t, "all told", func() bool { return len(f.told) >= len(want) && f.current })
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.told) != len(want) {
		t.Fatalf("told %d, want %d", len(f.told), len(want))
	}
	var last uint64
	for i, k := range f.told {
		if k.Name != name(want[i]) || k.Sequence <= last {
			t.Errorf("%d. is %v at %d, after %d", i, k.Name, k.Sequence, last)
		}
		last = k.Sequence
	}
	if len(want) > 0 && f.up.Sequence != last {
		t.Errorf("up to %d, the last is at %d", f.up.Sequence, last)
	}
}

func appendAll(t *testing.T, j events.Journal, from, to int) (last events.Place) {
	t.Helper()
	for i := from; i < to; i++ {
		last = appended(t, j, name(i), Record(50))
	}
	return last
}

func testTold(t *testing.T, j events.Journal) {
	t.Helper()
	appendAll(t, j, 0, 5)
	follow(t, j, events.Place{}).hears(t, 0, 1, 2, 3, 4)
}

func testComes(t *testing.T, j events.Journal) {
	t.Helper()
	f := follow(t, j, events.Place{})
	f.hears(t)
	appendAll(t, j, 0, 3)
	f.hears(t, 0, 1, 2)
	appendAll(t, j, 3, 5)
	f.hears(t, 0, 1, 2, 3, 4)
}

func testAfter(t *testing.T, j events.Journal) {
	t.Helper()
	at := appendAll(t, j, 0, 3)
	f := follow(t, j, at)
	f.hears(t)
	appendAll(t, j, 3, 5)
	f.hears(t, 3, 4)
}

func testElsewhere(t *testing.T, j events.Journal) {
	t.Helper()
	at := appendAll(t, j, 0, 3)
	at.Incarnation++
	follow(t, j, at).hears(t, 0, 1, 2)
}

func testBehind(t *testing.T, j events.Journal) {
	t.Helper()
	at := appendAll(t, j, 0, 3)
	at.Sequence += 1000
	follow(t, j, at).hears(t, 0, 1, 2)
}

func testNothing(t *testing.T, j events.Journal) {
	t.Helper()
	f := follow(t, j, events.Place{})
	f.await(t, "a word", func() bool { return f.current && f.up.Incarnation != 0 })
}

func testTwoFollowers(t *testing.T, j events.Journal) {
	t.Helper()
	a := follow(t, j, events.Place{})
	appendAll(t, j, 0, 3)
	b := follow(t, j, events.Place{})
	appendAll(t, j, 3, 4)
	a.hears(t, 0, 1, 2, 3)
	b.hears(t, 0, 1, 2, 3)
}

func testBeats(t *testing.T, j events.Journal) {
	t.Helper()
	f := follow(t, j, events.Place{})
	f.await(t, "three beats", func() bool { return f.calls >= 3 })
}

func testNotes(t *testing.T, j events.Journal) {
	t.Helper()
	note := func(key string, text []byte) {
		if err := j.Note(t.Context(), key, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"done", "done-a", "done-B_1", "failed-a"} {
		note(key, []byte("old"))
		note(key, []byte("of "+key))
	}
	note("done-a", nil)
	note("nobody", nil)
	found, err := j.Notes(t.Context(), "done")
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(found)), []string{"done", "done-B_1"}) || string(found["done-B_1"]) != "of done-B_1" {
		t.Errorf("%q, %v", found, err)
	}
}

func testState(t *testing.T, j events.Journal) {
	t.Helper()
	appendAll(t, j, 0, 3)
	for late := time.Now().Add(soon); ; <-time.After(5 * time.Millisecond) {
		if s := j.State(); s.Open && s.Events == 3 && s.Bytes >= 150 && s.MaxEvents > 0 && s.MaxBytes > 0 {
			return
		}
		if time.Now().After(late) {
			t.Fatalf("%+v", j.State())
		}
	}
}

func testFull(t *testing.T, j events.Journal) {
	t.Helper()
	n := 0
	for ; ; n++ {
		_, err := j.Append(t.Context(), source, name(n), Record(4<<10))
		if errors.Is(err, events.ErrFull) {
			break
		}
		if err != nil || n > 100 {
			t.Fatalf("after %d: %v", n, err)
		}
	}
	if n < 5 {
		t.Fatalf("full after %d", n)
	}
	if _, err := j.Append(t.Context(), source, name(0), Record(4<<10)); !errors.Is(err, events.ErrKnown) {
		t.Errorf("what is known: %v", err)
	}
	var all []int
	for i := range n {
		all = append(all, i)
	}
	follow(t, j, events.Place{}).hears(t, all...)
}
