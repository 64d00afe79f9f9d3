package outbox

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestOperate(t *testing.T) {
	cancel := func(o *Outbox, id ID) error { return o.Cancel(context.Background(), id, "me", ReasonOperator) }
	retry := func(o *Outbox, id ID) error { return o.Retry(context.Background(), id, "me") }
	made := func(o *Outbox, id ID) error { return o.Resolve(context.Background(), id, true, "me") }
	notMade := func(o *Outbox, id ID) error { return o.Resolve(context.Background(), id, false, "me") }
	erase := func(o *Outbox, id ID) error { return o.Erase(context.Background(), id, "me") }
	for name, tt := range map[string]struct {
		fault   fault
		queue   bool
		do      func(*Outbox, ID) error
		kind    Kind
		want    State // afterwards; "": it is gone
		effects int
	}{
		"what is queued is cancelled":            {down, true, cancel, 0, Cancelled, 0},
		"what is dead is cancelled":              {broken, true, cancel, 0, Cancelled, 0},
		"what is applied is not":                 {fine, true, cancel, Impossible, Applied, 1},
		"nor what is refused":                    {refuses, true, cancel, Impossible, Refused, 0},
		"nor what is unknown":                    {cutShort, true, cancel, Impossible, Unknown, 1},
		"what is dead is tried again":            {broken, true, retry, 0, Applied, 1},
		"what is queued is tried at once":        {down, true, retry, 0, Applied, 1},
		"what is unknown is not":                 {lost, true, retry, Impossible, Unknown, 0},
		"what was made is applied":               {cutShort, true, made, 0, Applied, 1},
		"what was not is made":                   {lost, true, notMade, 0, Applied, 1},
		"what was not and was not queued is not": {lost, false, notMade, 0, Cancelled, 0},
		"what is known is not resolved":          {fine, true, notMade, Impossible, Applied, 1},
		"what is applied is erased":              {fine, true, erase, 0, "", 1},
		"what is dead is erased":                 {broken, true, erase, 0, "", 0},
		"what is queued is not":                  {down, true, erase, Impossible, Applied, 1},
		"what is unknown is not erased":          {lost, true, erase, Impossible, Unknown, 0},
	} {
		t.Run(name, func(t *testing.T) {
			journals(t, func(t *testing.T, j Journal) {
				t.Helper()
				v := newVendor(false)
				v.set(all(tt.fault))
				o := openOver(t, v, j)
				w := order("a")
				w.Window, w.Queue = 0, tt.queue
				do(t, o, w)
				v.set(nil)
				if err := tt.do(o, w.ID); kindOf(err) != tt.kind {
					t.Errorf("%v", err)
				}
				time.Sleep(time.Hour)
				if tt.want == "" {
					if _, err := o.Show(t.Context(), w.ID); kindOf(err) != NotFound {
						t.Errorf("show: %v", err)
					}
				} else {
					wantState(t, o, w, tt.want)
				}
				if v.made("a") != tt.effects {
					t.Errorf("%d effects", v.made("a"))
				}
				if err := tt.do(o, NewID()); kindOf(err) != NotFound {
					t.Errorf("of nothing: %v", err)
				}
			})
		})
	}
}

func TestCancelWaitsForTheTry(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.takes = 10 * time.Second
		o := openOver(t, v, j)
		go func() { do(t, o, order("a")) }()
		synctest.Wait()
		if err := o.Cancel(t.Context(), order("a").ID, "me", ReasonCaller); kindOf(err) != Impossible {
			t.Errorf("cancel: %v", err)
		}
		wantState(t, o, order("a"), Applied)
		v.set(all(down))
		go func() { do(t, o, order("b")) }()
		synctest.Wait()
		if err := o.Cancel(t.Context(), order("b").ID, "me", ReasonCaller); err != nil {
			t.Errorf("cancel: %v", err)
		}
		wantState(t, o, order("b"), Cancelled)
	})
}

func TestHoldIsForAllGateways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, j := newVendor(true), NewMemory(Bounds{})
		a, b := openOver(t, v, j), openOver(t, v, j)
		if err := a.Hold(t.Context(), "shop", "MAINTENANCE", "me"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w := order("a")
		w.Expires = time.Now().Add(24 * time.Hour)
		if got := do(t, b, w); got.Record.State != Queued || b.Shown(got.Record) != Held {
			t.Errorf("%s, shown as %s", got.Record.State, b.Shown(got.Record))
		}
		other := order("b")
		other.Source = "bank"
		if got := do(t, b, other); got.Record.State != Applied {
			t.Errorf("another source's: %s", got.Record.State)
		}
		synctest.Wait()
		if l := a.List(Filter{States: []State{Held}, Field: w.Field}); len(l) != 1 || l[0].Write.ID != w.ID || len(a.List(Filter{Field: "none"})) != 0 {
			t.Errorf("held: %+v", l)
		}
		time.Sleep(time.Hour)
		if err := b.Resume(t.Context(), "shop", "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		wantState(t, a, w, Applied)
		if err := a.Hold(t.Context(), "shop", "MAINTENANCE", "me"); err != nil {
			t.Fatal(err)
		}
		do(t, a, order("c"))
		short := order("d")
		short.Expires = time.Now().Add(time.Hour)
		do(t, a, short)
		time.Sleep(2 * time.Hour)
		wantState(t, a, order("c"), Queued)
		wantState(t, a, short, Expired)
	})
}

func TestHeldFromTheStart(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(down))
		o := openOver(t, v, j)
		do(t, o, order("a"))
		closeNow(t, o)
		v.set(nil)
		calls := v.called()
		o = openOver(t, v, j, func(c *Config) { c.Held = true })
		time.Sleep(time.Hour)
		if v.called() != calls || o.Status().Sources[0].Held == "" {
			t.Errorf("%d calls, held: %q", v.called()-calls, o.Status().Sources[0].Held)
		}
		if err := o.Resume(t.Context(), "shop", "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		wantState(t, o, order("a"), Applied)
	})
}

func TestFind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOver(t, newVendor(true), NewMemory(Bounds{}))
		a := do(t, o, order("a"))
		public := PublicID(a.Record.Write.ID, a.Record.Write.Token)
		if r, err := o.Find(t.Context(), public); err != nil || r.Write.Key != "a" {
			t.Errorf("%v", err)
		}
		for name, id := range map[string]string{
			"another token":   PublicID(a.Record.Write.ID, NewToken()),
			"no token":        a.Record.Write.ID.String(),
			"another write":   PublicID(NewID(), a.Record.Write.Token),
			"in upper case":   strings.ToUpper(public),
			"nothing":         "",
			"something else":  "../../etc/passwd",
			"and then more":   public + "a",
			"spare bits used": public[:len(public)-1] + "b",
		} {
			if _, err := o.Find(t.Context(), id); kindOf(err) != NotFound || id != "" && strings.Contains(err.Error(), id) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestWhatIsTold has hooks told of each transition, without what was sent, and of what was made before it is said.
func TestWhatIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(true)
		v.set(all(cutShort))
		var mu sync.Mutex
		var events []string
		var settled []State
		var o *Outbox
		o = openOver(t, v, NewMemory(Bounds{}), func(c *Config) {
			c.Audit = func(e Event) {
				mu.Lock()
				defer mu.Unlock()
				events = append(events, strings.TrimSpace(string(e.From)+" "+string(e.State)+" "+e.Reason+" "+e.Actor))
			}
			c.Settled = func(ctx context.Context, r *Record) {
				there, err := o.Show(ctx, r.Write.ID)
				if err != nil || there.State == r.State {
					t.Errorf("it is said already, or not known: %v", err)
				}
				settled = append(settled, r.State)
			}
		})
		w := order("a")
		do(t, o, w)
		v.set(nil)
		time.Sleep(time.Minute)
		again := order("b")
		again.Window = 0
		v.set(all(lost))
		do(t, o, again)
		if err := o.Resolve(t.Context(), again.ID, true, "me"); err != nil {
			t.Fatal(err)
		}
		if h := show(t, o, again).History; h[0].Actor != "" || h[1].Actor != "" || h[2].Actor != "me" {
			t.Errorf("who wanted what: %+v", h)
		}
		want := []string{
			"SENDING", "SENDING QUEUED UNREACHABLE", "QUEUED SENDING", "SENDING APPLIED",
			"SENDING", "SENDING UNKNOWN UNREACHABLE", "UNKNOWN APPLIED OPERATOR me",
		}
		if !slices.Equal(events, want) || !slices.Equal(settled, []State{Queued, Applied, Unknown, Applied}) {
			t.Errorf("events %q, settled %v", events, settled)
		}
	})
}

// TestTwoOfOneLaneAtOnce has a journal that takes its time, and keeps what comes later first.
func TestTwoOfOneLaneAtOnce(t *testing.T) {
	for name, shared := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor(true)
				v.takes = 10 * time.Second
				j := &slowJournal{Journal: NewMemory(Bounds{}), shared: shared, wait: 8 * time.Second}
				o := openOver(t, v, j)
				var both sync.WaitGroup
				for n := range 5 {
					both.Go(func() { do(t, o, inLane(1, n)) })
					synctest.Wait()
				}
				both.Wait()
				time.Sleep(10 * time.Minute)
				made, times := v.history()
				if apart(t, times, 10*time.Second); len(made) != 5 {
					t.Errorf("made: %q", made)
				}
			})
		})
	}
}

// TestWhoWasDeadDoesNotMeetWhoIsOnHisWay has one tried again whose lane has gone on.
func TestWhoWasDeadDoesNotMeetWhoIsOnHisWay(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(broken))
		o := openOver(t, v, j)
		do(t, o, inLane(1, 0))
		v.set(nil)
		v.mu.Lock()
		v.takes = 20 * time.Second
		v.mu.Unlock()
		for n := 1; n < 4; n++ {
			go func() { do(t, o, inLane(1, n)) }()
			synctest.Wait()
		}
		if err := o.Retry(t.Context(), inLane(1, 0).ID, "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		made, times := v.history()
		if apart(t, times[1:], 20*time.Second); len(made) != 4 || made[1] != inLane(1, 0).Key {
			t.Errorf("made: %q", made)
		}
	})
}

// slowJournal takes its time: every time less of it.
type slowJournal struct {
	Journal
	shared bool
	mu     sync.Mutex
	wait   time.Duration
}

func (s *slowJournal) State() JournalState {
	state := s.Journal.State()
	state.Shared = s.shared
	return state
}

func (s *slowJournal) Put(ctx context.Context, id ID, known Revision, record []byte) (Kept, error) {
	s.mu.Lock()
	s.wait = s.wait / 2
	wait := s.wait
	s.mu.Unlock()
	pause(ctx, wait)
	return s.Journal.Put(ctx, id, known, record)
}

func TestClose(t *testing.T) {
	defer goleak.VerifyNone(t)
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(true)
		v.takes = 10 * time.Second
		j := alone{NewMemory(Bounds{})}
		o := New(Config{Send: v.send}, j)
		go func() { do(t, o, order("a")) }()
		synctest.Wait()
		closeNow(t, o)
		if v.made("a") != 1 {
			t.Error("what was under way did not end")
		}
		if _, err := o.Do(t.Context(), order("b"), nil); !errors.Is(err, errClosed) {
			t.Errorf("after it was closed: %v", err)
		}
		o = New(Config{Send: v.send}, j)
		go func() { _, _ = o.Do(t.Context(), order("c"), nil) }()
		synctest.Wait()
		gone, now := context.WithCancel(t.Context())
		now()
		if err := o.Close(gone); !errors.Is(err, context.Canceled) {
			t.Errorf("close: %v", err)
		}
		o = New(Config{Send: v.send}, j)
		time.Sleep(time.Minute)
		wantState(t, o, order("a"), Applied)
		wantState(t, o, order("c"), Applied)
		closeNow(t, o)
	})
}
