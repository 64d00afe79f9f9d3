package cachetest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"holdfast/cache"
)

// RunJournal tests the journals that open returns, which are empty and closed by open's own t.Cleanup. It takes a
// few seconds of real time.
func RunJournal(t *testing.T, open func(t *testing.T) cache.Journal) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, cache.Journal){
		"what was appended is told, in order":         testTold,
		"what comes is told, too":                     testComes,
		"an empty journal says that there is nothing": testNothing,
		"every follower is told of all":               testTwoFollowers,
		"of one tag the newest is told":               testNewest,
		"what forgets stays, whatever comes after":    testForgets,
		"following ends with its context":             testFollowEnds,
		"it is heard although nothing happens":        testBeats,
		"who made it, which of his and when are kept": testKept,
		"appending ends with its context":             testAppendEnds,
		"many append at once":                         testAppendAtOnce,
		"what is being changed is told":               testWriting,
		"what it has reached says nothing new":        testReached,
		"it is another one if it was further":         testPutBack,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// heard is what one follower was told.
type heard struct {
	mu      sync.Mutex
	bumps   []cache.Bump
	writing map[uint64][]cache.Tag
	current bool
	place   cache.Place
	calls   int
	stop    func()
}

func follow(t *testing.T, j cache.Journal) *heard {
	t.Helper()
	h := &heard{writing: map[uint64][]cache.Tag{}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- j.Follow(ctx, func(b cache.Bump, current bool) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.calls++
			if b.Incarnation == 0 || b.Incarnation == h.place.Incarnation && b.Sequence < h.place.Sequence {
				t.Errorf("told of %v after %v", b.Place, h.place)
			}
			if len(b.Tags) > 0 {
				if b.Place == h.place {
					t.Errorf("two bumps at %v", b.Place)
				}
				h.bumps = append(h.bumps, b)
			}
			if b.Writing != nil {
				h.writing[b.By] = b.Writing
			}
			h.place, h.current = b.Place, h.current || current
		})
	}()
	h.stop = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("follow: %v", err)
		}
	})
	t.Cleanup(h.stop)
	return h
}

// tags returns what was bumped, in order.
func (h *heard) tags() (all []cache.Tag) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bumps {
		all = append(all, b.Tags...)
	}
	return all
}

func (h *heard) caughtUp(p cache.Place) func() bool {
	return func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.current && h.place.Incarnation == p.Incarnation && h.place.Sequence >= p.Sequence
	}
}

func appended(t *testing.T, j cache.Journal, b cache.Bump) cache.Place {
	t.Helper()
	p, err := j.Append(t.Context(), b)
	if err != nil || p.Incarnation == 0 {
		t.Fatalf("append: %v, %v", p, err)
	}
	return p
}

func testTold(t *testing.T, j cache.Journal) {
	t.Helper()
	first := appended(t, j, cache.Bump{Tags: []cache.Tag{1, 2}})
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{3}})
	if last.Incarnation != first.Incarnation || last.Sequence <= first.Sequence {
		t.Errorf("%v after %v", last, first)
	}
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(last))
	got := h.tags()
	if len(got) != 3 || got[2] != 3 || !slices.Contains(got, 1) || !slices.Contains(got, 2) {
		t.Errorf("told of %v", got)
	}
}

func testComes(t *testing.T, j cache.Journal) {
	t.Helper()
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(appended(t, j, cache.Bump{Tags: []cache.Tag{1}})))
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{2}})
	soon(t, "hear of another", h.caughtUp(last))
	if got := h.tags(); !slices.Equal(got, []cache.Tag{1, 2}) {
		t.Errorf("told of %v", got)
	}
}

func testNothing(t *testing.T, j cache.Journal) {
	t.Helper()
	h := follow(t, j)
	soon(t, "say that there is nothing", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.current && h.place.Incarnation != 0 && len(h.bumps) == 0
	})
}

func testTwoFollowers(t *testing.T, j cache.Journal) {
	t.Helper()
	a, b := follow(t, j), follow(t, j)
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{1}})
	soon(t, "tell both", func() bool { return a.caughtUp(last)() && b.caughtUp(last)() })
	if !slices.Equal(a.tags(), b.tags()) || len(a.tags()) != 1 {
		t.Errorf("told %v and %v", a.tags(), b.tags())
	}
}

func testNewest(t *testing.T, j cache.Journal) {
	t.Helper()
	appended(t, j, cache.Bump{Tags: []cache.Tag{1}})
	appended(t, j, cache.Bump{Tags: []cache.Tag{2}})
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{1}, Number: 7})
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(last))
	h.mu.Lock()
	defer h.mu.Unlock()
	if b := h.bumps[len(h.bumps)-1]; b.Number != 7 || b.Place != last {
		t.Errorf("the last is %+v, want it at %v", b, last)
	}
}

func testForgets(t *testing.T, j cache.Journal) {
	t.Helper()
	forgets := appended(t, j, cache.Bump{Tags: []cache.Tag{1}, Forget: true})
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{1}})
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(last))
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.ContainsFunc(h.bumps, func(b cache.Bump) bool { return b.Forget && b.Place == forgets }) ||
		!slices.ContainsFunc(h.bumps, func(b cache.Bump) bool { return !b.Forget && b.Place == last }) {
		t.Errorf("told of %+v", h.bumps)
	}
}

func testFollowEnds(t *testing.T, j cache.Journal) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := j.Follow(ctx, func(cache.Bump, bool) {}); err != nil {
		t.Errorf("follow: %v", err)
	}
}

func testBeats(t *testing.T, j cache.Journal) {
	t.Helper()
	h := follow(t, j)
	calls := func() int {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.calls
	}
	soon(t, "begin", func() bool { return calls() > 0 })
	begun, before := time.Now(), calls()
	soon(t, "beat three times", func() bool { return calls() >= before+3 })
	t.Logf("three beats in %v", time.Since(begun))
}

func testKept(t *testing.T, j cache.Journal) {
	t.Helper()
	at := time.Now()
	b := cache.Bump{Tags: []cache.Tag{1<<64 - 1}, By: 1<<64 - 1, Number: 1<<64 - 2, At: at}
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(appended(t, j, b)))
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.bumps[0]
	if got.Tags[0] != b.Tags[0] || got.By != b.By || got.Number != b.Number || got.At.Sub(at).Abs() > time.Millisecond {
		t.Errorf("told of %+v, not of %+v", got, b)
	}
}

func testAppendEnds(t *testing.T, j cache.Journal) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := j.Append(ctx, cache.Bump{Tags: []cache.Tag{1}}); err == nil {
		t.Error("no error")
	}
}

func testAppendAtOnce(t *testing.T, j cache.Journal) {
	t.Helper()
	h := follow(t, j)
	var all sync.WaitGroup
	var mu sync.Mutex
	var last cache.Place
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				p, err := j.Append(t.Context(), cache.Bump{Tags: []cache.Tag{cache.Tag(i), cache.Tag(100 + n)}, Number: uint64(n)}) //nolint:gosec // small
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				mu.Lock()
				if p.Sequence > last.Sequence {
					last = p
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	soon(t, "catch up", h.caughtUp(last))
	newest := map[cache.Tag]uint64{}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bumps {
		for _, tag := range b.Tags {
			newest[tag] = b.Number
		}
	}
	for i := range 8 {
		if newest[cache.Tag(i)] != 19 {
			t.Errorf("tag %d: the newest told is %d", i, newest[cache.Tag(i)])
		}
	}
}

func testReached(t *testing.T, j cache.Journal) {
	t.Helper()
	h := follow(t, j)
	at := appended(t, j, cache.Bump{Tags: []cache.Tag{1}})
	j.Reached(at)
	j.Reached(cache.Place{Incarnation: at.Incarnation ^ 2, Sequence: at.Sequence + 10})
	soon(t, "catch up", h.caughtUp(at))
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{1}})
	soon(t, "go on", h.caughtUp(last))
	if last.Incarnation != at.Incarnation {
		t.Errorf("it is another one: %v after %v", last, at)
	}
}

func testPutBack(t *testing.T, j cache.Journal) {
	t.Helper()
	at := appended(t, j, cache.Bump{Tags: []cache.Tag{1}})
	var mu sync.Mutex
	var told []cache.Tag
	var is cache.Place // up to where all is told
	var following sync.WaitGroup
	ctx, stop := context.WithCancel(t.Context())
	defer following.Wait()
	defer stop()
	following.Go(func() {
		for ctx.Err() == nil { // that it ends is one way to begin anew
			_ = j.Follow(ctx, func(b cache.Bump, current bool) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, b.Tags...)
				if current {
					is = b.Place
				}
			})
		}
	})
	current := func(since cache.Place) func() bool {
		return func() bool {
			mu.Lock()
			defer mu.Unlock()
			return is.Sequence >= since.Sequence && (is.Incarnation == at.Incarnation) == (since == at)
		}
	}
	soon(t, "catch up", current(at))
	j.Reached(cache.Place{Incarnation: at.Incarnation, Sequence: at.Sequence + 3})
	soon(t, "be another one", current(cache.Place{}))
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{2}})
	soon(t, "catch up again", current(last))
	mu.Lock()
	defer mu.Unlock()
	if last.Incarnation != is.Incarnation || !slices.Contains(told, 1) || !slices.Contains(told, 2) {
		t.Errorf("told of %v up to %v, bumped at %v", told, is, last)
	}
}

func testWriting(t *testing.T, j cache.Journal) {
	t.Helper()
	appended(t, j, cache.Bump{Tags: []cache.Tag{1}, By: 7, Number: 1, Writing: []cache.Tag{1, 1<<64 - 1}})
	appended(t, j, cache.Bump{By: 8, Writing: []cache.Tag{3}})
	last := appended(t, j, cache.Bump{Tags: []cache.Tag{3}, By: 8, Number: 1, Writing: []cache.Tag{}})
	h := follow(t, j)
	soon(t, "catch up", h.caughtUp(last))
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.writing) != 2 || !slices.Equal(h.writing[7], []cache.Tag{1, 1<<64 - 1}) || len(h.writing[8]) != 0 || len(h.bumps) != 2 {
		t.Errorf("told of %v and of %+v", h.writing, h.bumps)
	}
}
