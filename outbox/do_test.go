package outbox

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// journals are those that one process has for itself, and those that it shares.
func journals(t *testing.T, test func(t *testing.T, j Journal)) {
	t.Helper()
	for name, open := range map[string]func() Journal{
		"alone":  func() Journal { return alone{NewMemory(Bounds{})} },
		"shared": func() Journal { return NewMemory(Bounds{}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, open()) })
		})
	}
}

func TestOneKeyIsOneEffect(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		for name, queue := range map[string]bool{"queued": true, "not queued": false} {
			v := newVendor(false)
			v.takes = time.Second
			o := openOver(t, v, j)
			w := order("a " + name)
			w.Queue, w.Window = queue, 0
			var all sync.WaitGroup
			answers := make([]*Answer, 100)
			for i := range answers {
				all.Go(func() {
					a, err := o.Do(t.Context(), w, nil)
					if err != nil {
						t.Errorf("do: %v", err)
						return
					}
					answers[i] = a
				})
			}
			all.Wait()
			sent := 0
			for _, a := range answers {
				if a == nil || a.Record.State != Applied || string(a.Record.Outcome.Body) != string(answers[0].Record.Outcome.Body) {
					t.Fatalf("%s: not all answers are equal: %+v", name, a)
				}
				if !a.Replayed {
					sent++
				}
			}
			if v.called() != 1 || sent != 1 {
				t.Errorf("%s: %d calls, %d of them answers of their own", name, v.called(), sent)
			}
			closeNow(t, o)

			after := openOver(t, v, j)
			if a := do(t, after, w); a.Record.State != Applied || !a.Replayed || v.called() != 1 {
				t.Errorf("%s, after a restart: %s, %d calls", name, a.Record.State, v.called())
			}
			closeNow(t, after)
		}
	})
}

func TestConflict(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.takes = time.Second
		o := openOver(t, v, j)
		w := order("a")
		first := make(chan struct{})
		go func() {
			defer close(first)
			do(t, o, w)
		}()
		conflicts := func(when string, o *Outbox) {
			t.Helper()
			args, caller, field := *w, *w, *w
			args.Args, caller.Caller, field.Field = []byte("b"), "somebody else", "other"
			for what, other := range map[string]*Write{"other arguments": &args, "another caller": &caller, "another field": &field} {
				_, err := o.Do(t.Context(), other, nil)
				if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Conflict {
					t.Errorf("%s, %s: %v", what, when, err)
				}
			}
		}
		synctest.Wait()
		conflicts("while the first is under way", o)
		<-first
		conflicts("afterwards", o)
		closeNow(t, o)
		o = openOver(t, v, j)
		conflicts("after a restart", o)
		if v.called() != 1 {
			t.Errorf("%d calls", v.called())
		}
	})
}

func TestWhatBecomesOfOneTry(t *testing.T) {
	tests := map[string]struct {
		fault         fault
		queue, window bool
		want          State
		effects       int
		err           bool
	}{
		"what is made is applied":                                    {fine, true, true, Applied, 1, false},
		"what is refused is refused":                                 {refuses, true, true, Refused, 0, false},
		"what was not sent is queued":                                {down, true, false, Queued, 0, true},
		"what is to come again later is queued":                      {busy, true, false, Queued, 0, true},
		"an answer that is lost is asked for again under the key":    {cutShort, true, true, Queued, 1, true},
		"without a key nobody knows":                                 {cutShort, true, false, Unknown, 1, true},
		"nor if it was not made":                                     {lost, true, false, Unknown, 0, true},
		"our own fault is dead":                                      {broken, true, true, Dead, 0, false},
		"of a panic nobody knows":                                    {panics, true, false, Unknown, 0, true},
		"without a queue what was not sent is nothing":               {down, false, false, Cancelled, 0, true},
		"without a queue an answer that is lost is unknown":          {cutShort, false, true, Unknown, 1, true},
		"without a queue our own fault is nothing":                   {broken, false, false, Cancelled, 0, false},
		"a credential that is refused leaves what is queued in line": {denies, true, false, Queued, 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor(true)
				v.set(all(tt.fault))
				o := openOver(t, v, NewMemory(Bounds{}))
				w := order("a")
				w.Queue = tt.queue
				if !tt.window {
					w.Window = 0
				}
				a := do(t, o, w)
				if a.Record.State != tt.want || v.made("a") != tt.effects || (a.Err != nil) != tt.err || v.called() != 1 || a.Replayed {
					t.Errorf("%s, %d effects, %v, %d calls, replayed: %t", a.Record.State, v.made("a"), a.Err, v.called(), a.Replayed)
				}
				if r := show(t, o, w); r.State != tt.want {
					t.Errorf("it is %s afterwards", r.State)
				}
			})
		})
	}
}

func TestWithoutQueueTheKeyIsFreeAgain(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(down))
		o := openOver(t, v, j)
		w := order("a")
		w.Queue = false
		do(t, o, w)
		time.Sleep(time.Hour)
		if v.called() != 1 {
			t.Errorf("%d calls", v.called())
		}
		v.set(all(cutShort))
		if a := do(t, o, w); a.Record.State != Unknown || v.called() != 2 {
			t.Errorf("%s, %d calls", a.Record.State, v.called())
		}
		time.Sleep(time.Hour)
		v.set(nil)
		if a := do(t, o, w); a.Record.State != Applied || v.called() != 3 || v.made("a") != 1 {
			t.Errorf("%s, %d calls, %d effects", a.Record.State, v.called(), v.made("a"))
		}
		if a := do(t, o, w); a.Record.State != Applied || v.called() != 3 {
			t.Errorf("%s, %d calls", a.Record.State, v.called())
		}
	})
}

func TestUnknownIsNotSentAgain(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(false)
		v.set(all(cutShort))
		o := openOver(t, v, j)
		for _, queue := range []bool{true, false} {
			w := order("a")
			w.ID, w.Queue, w.Window = NewID(), queue, 0
			calls := v.called()
			do(t, o, w)
			time.Sleep(3 * time.Hour)
			if a := do(t, o, w); a.Record.State != Unknown || v.called() != calls+1 || !a.Replayed {
				t.Errorf("%s, %d calls", a.Record.State, v.called()-calls)
			}
		}
	})
}

func TestACallerThatLeaves(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.takes = 10 * time.Second
		o := openOver(t, v, j)
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		a, err := o.Do(ctx, order("a"), nil)
		if err != nil || a.Record.State != Sending {
			t.Errorf("%+v, %v", a, err)
		}
		time.Sleep(time.Minute)
		wantState(t, o, order("a"), Applied)
	})
}

func TestWhoComesSecondWaitsAsLongAsATryMayTake(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.takes = time.Hour
		o := openOver(t, v, j)
		w := order("a")
		w.Timeout = 2 * time.Hour
		go func() { do(t, o, w) }()
		synctest.Wait()
		hasty := *w
		hasty.Timeout = 10 * time.Second
		began := time.Now()
		a := do(t, o, &hasty)
		if a.Record.State != Sending || time.Since(began) != hasty.Timeout {
			t.Errorf("%s after %v", a.Record.State, time.Since(began))
		}
		time.Sleep(2 * time.Hour)
	})
}

func TestFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(true)
		v.set(all(down))
		o := openOver(t, v, NewMemory(Bounds{Writes: 3}))
		for _, body := range []string{"a", "b", "c"} {
			do(t, o, order(body))
		}
		calls := v.called()
		_, err := o.Do(t.Context(), order("d"), nil)
		if n := o.Status().TurnedAway; n != 1 {
			t.Errorf("%d were turned away", n)
		}
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Full || v.called() != calls {
			t.Errorf("%v, %d calls", err, v.called()-calls)
		}
		v.set(nil)
		time.Sleep(time.Minute)
		for _, body := range []string{"a", "b", "c"} {
			wantState(t, o, order(body), Applied)
		}
		if v.made("d") != 0 {
			t.Error("what was refused was made")
		}
	})
}

func TestTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(true)
		o := openOver(t, v, NewMemory(Bounds{}), func(c *Config) { c.MaxRecord = 10_000 })
		w := order("a")
		w.Args = make([]byte, 6000)
		_, err := o.Do(t.Context(), w, nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != TooLarge || v.called() != 0 {
			t.Errorf("%v, %d calls", err, v.called())
		}
		large := func(context.Context, Attempt) Result {
			return Result{Verdict: Made, Outcome: &Outcome{Status: 201, Body: make([]byte, 10_000)}}
		}
		w = order("b")
		if a, err := o.Do(t.Context(), w, large); err != nil || a.Record.State != Applied {
			t.Errorf("%+v, %v", a, err)
		}
		if r := wantState(t, o, w, Applied); !r.Outcome.Cut || r.Outcome.Status != 201 || r.Outcome.Body != nil {
			t.Errorf("its outcome is %+v", r.Outcome)
		}
	})
}

// TestFullOfWhatIsSettled has room again once that is old.
func TestFullOfWhatIsSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOver(t, newVendor(true), NewMemory(Bounds{Writes: 3}), func(c *Config) { c.Keep = time.Hour })
		for _, body := range []string{"a", "b", "c"} {
			do(t, o, order(body))
		}
		if _, err := o.Do(t.Context(), order("d"), nil); kindOf(err) != Full {
			t.Errorf("%v", err)
		}
		if err := o.Hold(t.Context(), "shop", ReasonOperator, "me"); err != nil {
			t.Errorf("hold: %v", err)
		}
		time.Sleep(2 * time.Hour)
		do(t, o, order("d"))
	})
}
