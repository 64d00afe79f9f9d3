package events_test

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/events"
)

// A world is what events change, of any number of gateways.
type world struct {
	mu     sync.Mutex
	bumped map[string]int // by tag
	bumps  int
	broken bool // nothing can be bumped
}

func (w *world) bump(_ context.Context, tags []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return errors.New("out of order")
	}
	w.bumps++
	for _, tag := range tags {
		w.bumped[tag]++
	}
	return nil
}

func (w *world) is(broken bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = broken
}

func (w *world) seen() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.bumped)
}

// A gateway is an inbox over a journal that others may have, too.
type gateway struct {
	*events.Inbox

	end   context.CancelFunc
	ended chan struct{}
}

// begin has an inbox work; with leases there are others.
func begin(t *testing.T, w *world, j events.Journal, leases events.Leases) *gateway {
	t.Helper()
	g := &gateway{ended: make(chan struct{}), Inbox: events.New(events.Config{
		Changes: func(e *events.Event) ([]string, bool, error) {
			switch e.Type {
			case "unknown":
				return nil, false, nil
			case "panic":
				panic("secret")
			case "gone":
				return nil, false, errors.New("gone")
			}
			return []string{"Thing:" + e.ID}, true, nil
		},
		All:    func() []string { return []string{"source:s"} },
		Bump:   w.bump,
		Leases: leases,
	}, j)}
	ctx, end := context.WithCancel(context.Background())
	g.end = end
	go func() {
		defer close(g.ended)
		g.Run(ctx)
	}()
	t.Cleanup(g.stop)
	return g
}

func (g *gateway) stop() {
	g.end()
	<-g.ended
}

func newWorld() *world { return &world{bumped: map[string]int{}} }

func event(id, kind string) *events.Event {
	return &events.Event{Source: "s", ID: id, Type: kind, Received: time.Now(), Body: []byte(`{"id":"` + id + `"}`)}
}

func take(t *testing.T, x *gateway, all ...*events.Event) {
	t.Helper()
	if err := x.Take(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

// one is what is known of the source.
func (g *gateway) one(t *testing.T) events.SourceStatus {
	t.Helper()
	all := g.Status().Sources
	if len(all) != 1 {
		t.Fatalf("%d sources", len(all))
	}
	return all[0]
}

func TestManyEventsThreeTimesInDisorder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		x := begin(t, w, events.NewMemory(events.Bounds{}), nil)
		const many = 10_000
		var ids []string
		for i := range many {
			id := strconv.Itoa(i)
			ids = append(ids, id, id, id)
		}
		rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		var all sync.WaitGroup
		for batch := range slices.Chunk(ids, 10) {
			all.Go(func() {
				var es []*events.Event
				for _, id := range batch {
					es = append(es, event(id, "changed"))
				}
				take(t, x, es...)
			})
		}
		all.Wait()
		synctest.Wait()
		if s := x.one(t); s.Kept != many || s.Duplicates != 2*many || s.Worked != many || s.Failed+s.Unrecorded+s.Unmatched != 0 {
			t.Errorf("%+v", s)
		}
		for i := range many {
			if n := w.seen()["Thing:"+strconv.Itoa(i)]; n != 1 {
				t.Fatalf("event %d was worked off %d times", i, n)
			}
			if i > 100 {
				break
			}
		}
		if seen := w.seen(); len(seen) != many {
			t.Errorf("%d things have changed", len(seen))
		}
		t.Logf("%d bumps", w.bumps)
	})
}

func TestWhatCannotBeWorkedOffIsKeptWithItsReason(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		j := events.NewMemory(events.Bounds{})
		x := begin(t, w, j, nil)
		broken := event("4", "")
		broken.Problem = "expected a JSON object"
		take(t, x, event("1", "unknown"), event("2", "panic"), event("3", "gone"), broken, event("5", "changed"))
		synctest.Wait()
		notes, err := j.Notes(t.Context(), "failed-")
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for key, why := range notes {
			got[key] = string(why)
		}
		want := map[string]string{}
		for id, why := range map[string]string{"2": "a mistake of ours", "3": "gone", "4": "expected a JSON object"} {
			want["failed-"+events.NameOf("s", id).String()] = why
		}
		if !maps.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if s := x.one(t); s.Worked != 2 || s.Unmatched != 1 || s.Failed != 3 || w.seen()["Thing:5"] != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestNothingIsPassedByThatCannotBeBumped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.is(true)
		j := events.NewMemory(events.Bounds{})
		x := begin(t, w, j, nil)
		take(t, x, event("1", "changed"))
		time.Sleep(time.Hour)
		x.stop() // as it ends: nothing is noted of what was not worked off
		if len(w.seen()) != 0 {
			t.Fatal("it was bumped")
		}
		w.is(false)
		begin(t, w, j, nil)
		synctest.Wait()
		if n := w.seen()["Thing:1"]; n != 1 {
			t.Errorf("worked off %d times", n)
		}
	})
}

func TestARestartWorksOffNothingTwice(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		j := events.NewMemory(events.Bounds{})
		x := begin(t, w, j, nil)
		take(t, x, event("1", "changed"), event("2", "changed"))
		synctest.Wait()
		x.stop()
		x = begin(t, w, j, nil)
		take(t, x, event("1", "changed"), event("3", "changed"))
		synctest.Wait()
		if want := (map[string]int{"Thing:1": 1, "Thing:2": 1, "Thing:3": 1}); !maps.Equal(w.seen(), want) {
			t.Errorf("%v", w.seen())
		}
	})
}

func TestAJournalThatIsNotTheOneThatWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		was, is := events.NewMemory(events.Bounds{}), events.NewMemory(events.Bounds{})
		begin(t, w, was, nil)
		time.Sleep(2 * time.Second)
		notes, err := was.Notes(t.Context(), "")
		if err != nil || len(notes) != 1 {
			t.Fatalf("%q, %v", notes, err)
		}
		for key, text := range notes {
			if err := is.Note(t.Context(), key, text); err != nil {
				t.Fatal(err)
			}
		}
		begin(t, w, is, nil)
		synctest.Wait()
		if want := (map[string]int{"source:s": 1}); !maps.Equal(w.seen(), want) {
			t.Errorf("%v", w.seen())
		}
	})
}

func TestAFullInbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		x := begin(t, w, events.NewMemory(events.Bounds{Events: 1}), nil)
		take(t, x, event("1", "changed"))
		take(t, x, event("2", "changed"), event("3", "unknown"), event("4", "panic"))
		synctest.Wait()
		if s := x.one(t); s.Kept != 1 || s.Unrecorded != 3 || s.Worked != 3 || s.Failed != 1 {
			t.Errorf("%+v", s)
		}
		if want := (map[string]int{"Thing:1": 1, "Thing:2": 1}); !maps.Equal(w.seen(), want) {
			t.Errorf("%v", w.seen())
		}
		w.is(true)
		if err := x.Take(t.Context(), []*events.Event{event("5", "changed")}); !errors.Is(err, events.ErrNotTaken) {
			t.Errorf("neither is possible: %v", err)
		}
		take(t, x, event("1", "changed")) // is known
	})
}

// A doubtful journal keeps what it says that it may not have kept.
type doubtful struct{ events.Journal }

func (d doubtful) Append(ctx context.Context, source string, name events.Name, record []byte) (events.Place, error) {
	if p, err := d.Journal.Append(ctx, source, name, record); err != nil {
		return p, err
	}
	return events.Place{}, context.DeadlineExceeded
}

func TestWhatMayBeKeptIsWorkedOffBeforeItIsAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		x := events.New(events.Config{Changes: func(*events.Event) ([]string, bool, error) { return []string{"a"}, true, nil }, Bump: w.bump},
			doubtful{events.NewMemory(events.Bounds{})})
		if err := x.Take(t.Context(), []*events.Event{event("1", "changed")}); err != nil || w.seen()["a"] != 1 {
			t.Errorf("%v, %v", err, w.seen())
		}
	})
}

func TestWhatAGatewayLeftBehindIsWorkedOffByOneOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, dead := newWorld(), newWorld()
		dead.is(true)
		j, leases := events.NewMemory(events.Bounds{}), &cache.MemoryLeases{}
		a, b := begin(t, w, j, leases), begin(t, w, j, leases)
		c := begin(t, dead, j, leases)
		take(t, a, event("1", "changed"))
		take(t, c, event("2", "changed"), event("3", "changed"))
		take(t, b, event("4", "changed"))
		synctest.Wait()
		if want := (map[string]int{"Thing:1": 1, "Thing:4": 1}); !maps.Equal(w.seen(), want) {
			t.Errorf("at once: %v", w.seen())
		}
		c.stop()
		time.Sleep(time.Minute)
		all := map[string]int{"Thing:1": 1, "Thing:2": 1, "Thing:3": 1, "Thing:4": 1}
		if !maps.Equal(w.seen(), all) {
			t.Errorf("in the end: %v", w.seen())
		}
		if a.Status().LeftBehind+b.Status().LeftBehind != 0 {
			t.Errorf("%d and %d are said to be left", a.Status().LeftBehind, b.Status().LeftBehind)
		}
		d := begin(t, w, j, leases) // knows how far all is
		time.Sleep(time.Minute)
		if !maps.Equal(w.seen(), all) || d.Status().LeftBehind != 0 {
			t.Errorf("after a start: %v", w.seen())
		}
		notes, err := j.Notes(t.Context(), "done")
		if err != nil || len(notes) > 4 {
			t.Errorf("%d notes, %v", len(notes), err)
		}
	})
}

func TestWhatCouldNotBeWorkedOffIsReplayed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		j := events.NewMemory(events.Bounds{})
		x := begin(t, w, j, nil)
		take(t, x, event("1", "gone")) // those of one delivery are kept in any order
		take(t, x, event("2", "changed"))
		time.Sleep(time.Hour)
		take(t, x, event("3", "changed"))
		synctest.Wait()
		names := func(f events.Filter) (all []string) {
			if err := x.Walk(t.Context(), f, func(r events.Recorded) bool { all = append(all, r.ID+r.Failed); return true }); err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := names(events.Filter{}); !slices.Equal(got, []string{"1gone", "2", "3"}) {
			t.Errorf("%q", got)
		}
		if got := names(events.Filter{Failed: true}); !slices.Equal(got, []string{"1gone"}) {
			t.Errorf("%q", got)
		}
		if got := names(events.Filter{Since: time.Now().Add(-time.Minute)}); !slices.Equal(got, []string{"3"}) {
			t.Errorf("%q", got)
		}
		y := events.New(events.Config{Changes: func(e *events.Event) ([]string, bool, error) { return []string{"new:" + e.ID}, true, nil }, Bump: w.bump}, j)
		if done, err := y.Replay(t.Context(), events.Filter{Failed: true}, false); err != nil || done != (events.Replayed{Found: 1, Worked: 1}) {
			t.Errorf("%+v, %v", done, err)
		}
		if got := names(events.Filter{Failed: true}); got != nil || w.seen()["new:1"] != 1 {
			t.Errorf("%q, %v", got, w.seen())
		}
		ctx, leave := context.WithCancel(t.Context())
		leave()
		if err := x.Walk(ctx, events.Filter{}, func(events.Recorded) bool { return true }); !errors.Is(err, events.ErrUnavailable) {
			t.Error(err)
		}
	})
}
