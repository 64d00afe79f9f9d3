package outbox

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestAnAnswerThatComesLate has one gateway take another for gone whose source takes longer than it may.
func TestAnAnswerThatComesLate(t *testing.T) {
	for name, tt := range map[string]struct {
		window    time.Duration
		meanwhile State
		calls     int
	}{
		"with a key it is sent again": {24 * time.Hour, Applied, 2},
		"without nobody knows":        {0, Unknown, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, j := newVendor(true), NewMemory(Bounds{})
				slow := func(ctx context.Context, a Attempt) Result {
					time.Sleep(5 * time.Minute)
					return v.send(context.WithoutCancel(ctx), a)
				}
				a := openOver(t, v, j, func(c *Config) { c.Send = slow })
				b := openOver(t, v, j)
				w := order("a")
				w.Window = tt.window
				go func() { do(t, a, w) }()
				time.Sleep(40 * time.Second)
				wantState(t, b, w, Sending)
				time.Sleep(time.Minute)
				wantState(t, b, w, tt.meanwhile)
				time.Sleep(10 * time.Minute)
				wantState(t, b, w, Applied)
				wantState(t, a, w, Applied)
				if v.made("a") != 1 || v.called() != tt.calls {
					t.Errorf("%d effects, %d calls", v.made("a"), v.called())
				}
			})
		})
	}
}

// TestOneKeyOnManyGateways has all gateways asked for one key at once.
func TestOneKeyOnManyGateways(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, j := newVendor(false), NewMemory(Bounds{})
		v.takes = time.Second
		w := order("a")
		w.Window = 0
		answers := make(chan *Answer, 30)
		for range 3 {
			o := openOver(t, v, j)
			for range 10 {
				go func() {
					a, err := o.Do(t.Context(), w, nil)
					if err != nil {
						t.Errorf("do: %v", err)
					}
					answers <- a
				}()
			}
		}
		for range 30 {
			if a := <-answers; a == nil || a.Record.State != Applied || a.Record.Outcome == nil {
				t.Errorf("an answer: %+v", a)
			}
		}
		if v.called() != 1 {
			t.Errorf("%d calls", v.called())
		}
	})
}

// TestWhatAnotherGatewayHasAcceptedStays has one gateway not hear whether a write was accepted, while its caller asks
// another one, which says that it was: by that gateway itself, or by the first.
func TestWhatAnotherGatewayHasAcceptedStays(t *testing.T) {
	for name, reaches := range map[string]bool{"the first reached the journal": true, "it did not": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, j := newVendor(true), NewMemory(Bounds{})
				v.set(all(down))
				silent, deaf := &silentJournal{Journal: j}, &brokenJournal{Journal: j}
				var first Journal = deaf
				if reaches {
					first = silent
				}
				a, b := openOver(t, v, first), openOver(t, v, j)
				time.Sleep(10 * time.Second)
				silent.set(true)
				deaf.set(errFlaky)
				w := order("a")
				if _, err := a.Do(t.Context(), w, nil); kindOf(err) != Uncertain {
					t.Errorf("do: %v", err)
				}
				if is := do(t, b, w); is.Record.State != Queued && is.Record.State != Sending {
					t.Errorf("it is %s", is.Record.State)
				}
				silent.set(false)
				deaf.set(nil)
				v.set(nil)
				time.Sleep(5 * time.Minute)
				wantState(t, a, w, Applied)
				if v.made("a") != 1 {
					t.Errorf("it was made %d times", v.made("a"))
				}
			})
		})
	}
}

// TestAGatewayThatIsGone has others do what it had accepted.
func TestAGatewayThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, j := newVendor(true), NewMemory(Bounds{})
		v.set(all(down))
		a, b := openOver(t, v, j), openOver(t, v, j)
		w, short := order("a"), order("b")
		short.Expires = time.Now().Add(2 * time.Second)
		do(t, a, w)
		do(t, a, short)
		closeNow(t, a)
		v.set(nil)
		time.Sleep(10 * time.Second)
		wantState(t, b, w, Queued)
		time.Sleep(time.Minute)
		wantState(t, b, w, Applied)
		wantState(t, b, short, Expired)
	})
}

// TestAnUpgrade has what version 1 left queued sent, and its keys known.
func TestAnUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, j := newVendor(true), NewMemory(Bounds{})
		for i, record := range kept(t, writesOf1) {
			r, err := Decode(record)
			if err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				continue // of one write there is one
			}
			if _, err := j.Put(t.Context(), r.Write.ID, 0, record); err != nil {
				t.Fatal(err)
			}
		}
		o := openOver(t, v, alone{j})
		time.Sleep(time.Minute)
		w := golden()[0].Write
		if r := wantState(t, o, &w, Applied); v.made("payment_intent=pi_1") != 1 || r.History[0].By != 7 {
			t.Errorf("made %d times; %s", v.made("payment_intent=pi_1"), story(r))
		}
		if a := do(t, o, &w); !a.Replayed || a.Record.State != Applied {
			t.Errorf("with the same key it is %s", a.Record.State)
		}
		w = golden()[2].Write
		wantState(t, o, &w, Unknown)
	})
}

// lateJournal tells everything five seconds late.
type lateJournal struct{ Journal }

func (l lateJournal) Follow(ctx context.Context, each func(Told)) error {
	type late struct {
		Told
		at time.Time
	}
	all := make(chan late, 1000)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for told := range all {
			pause(ctx, time.Until(told.at))
			each(told.Told)
		}
	}()
	err := l.Journal.Follow(ctx, func(t Told) { all <- late{t, time.Now().Add(5 * time.Second)} })
	close(all)
	<-ended
	return err
}

// TestWhoHearsLateMissesNothing has a gateway see by chance how far another has come, before it is told what that wrote.
func TestWhoHearsLateMissesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, j, b := newVendor(true), NewMemory(Bounds{}), &bell{}
		late := New(Config{Send: v.send, Alarm: b.ring}, lateJournal{j})
		time.Sleep(10 * time.Second)
		other := New(Config{Send: v.send}, j)
		do(t, other, order("a"))
		do(t, other, order("b"))
		closeNow(t, other)
		do(t, late, order("c"))
		if err := late.noteReached(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		closeNow(t, late)
		if k := b.kinds(); len(k) > 0 {
			t.Errorf("alarms: %v", k)
		}
	})
}

// TestResumeKnowsOfAHoldThatItHasNotHeardOf has a person resume on another gateway than the one that holds.
func TestResumeKnowsOfAHoldThatItHasNotHeardOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, j := newVendor(true), NewMemory(Bounds{})
		late, other := openOver(t, v, lateJournal{j}), openOver(t, v, j)
		time.Sleep(10 * time.Second)
		if err := other.Hold(t.Context(), "shop", ReasonOperator, "me"); err != nil {
			t.Fatal(err)
		}
		if err := late.Resume(t.Context(), "shop", "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		for _, o := range []*Outbox{late, other} {
			if s := o.Status().Sources[0]; s.Held != "" {
				t.Errorf("it is held: %s", s.Held)
			}
		}
	})
}
