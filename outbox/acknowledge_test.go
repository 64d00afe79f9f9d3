package outbox

import (
	"bytes"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// spoil has one record of a journal unreadable for good, as it is told first.
func spoil(id ID) func(Told) (Told, bool) {
	var at Revision
	return func(t Told) (Told, bool) {
		if t.ID == id && (at == 0 || at == t.Revision) {
			at = t.Revision
			t.Record = bytes.Clone(t.Record)
			t.Record[len(t.Record)/2] ^= 1
		}
		return t, true
	}
}

// TestWhatAPersonKnowsIsNotSaidAgain has a record that stays unreadable, and one that stays away: they are alarmed of
// until somebody resumes, also by the next process, and never again, whatever is deleted meanwhile.
func TestWhatAPersonKnowsIsNotSaidAgain(t *testing.T) {
	bad := order("bad").ID
	for name, test := range map[string]struct {
		damage func(Told) (Told, bool)
		resume func(*Outbox) error
		held   AlarmKind
	}{
		"unreadable": {spoil(bad), func(o *Outbox) error { return o.ResumeAll(o.ctx, "me") }, AlarmDamaged},
		"unreadable, source by source": {spoil(bad), func(o *Outbox) error {
			if err := o.Resume(o.ctx, "bank", "me"); err != nil || o.Stopped() == "" {
				return err
			}
			return o.Resume(o.ctx, "shop", "me")
		}, AlarmDamaged},
		"gone":       {func(t Told) (Told, bool) { return t, t.ID != bad }, func(o *Outbox) error { return o.ResumeAll(o.ctx, "me") }, AlarmLost},
		"the ledger": {spoil(ledgerID), func(o *Outbox) error { return o.ResumeAll(o.ctx, "me") }, AlarmDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v, b := newVendor(true), &bell{}
				memory := NewMemory(Bounds{})
				begin := func(damage func(Told) (Told, bool)) *Outbox {
					j := &damaged{Journal: alone{memory}}
					j.set(damage)
					return openOver(t, v, j, b.config, func(c *Config) { c.Keep = time.Hour })
				}
				o := begin(nil)
				for _, body := range []string{"good", "bad", "fine"} {
					w := order(body)
					if body == "fine" {
						w.Source = "bank"
					}
					do(t, o, w)
				}
				time.Sleep(5 * time.Minute)
				closeNow(t, o)
				for range 2 {
					o = begin(test.damage)
					time.Sleep(time.Minute)
					s := o.Status()
					if s.Held != string(test.held) || s.HeldWhy == "" || s.HeldWhy != o.Stopped() || (len(s.Damaged) == 1) != (test.held == AlarmDamaged) || s.Lost == 0 && test.held == AlarmLost {
						t.Errorf("status: %+v", s)
					}
					closeNow(t, o)
				}
				if k := b.kinds(); !slices.Contains(k, test.held) {
					t.Errorf("alarms: %v", k)
				}
				o = begin(test.damage)
				synctest.Wait()
				if err := test.resume(o); err != nil {
					t.Fatal(err)
				}
				if s := o.Status(); s.Held != "" || s.HeldWhy != "" || s.Damaged != nil || s.Lost != 0 {
					t.Errorf("once it is resumed: %+v", s)
				}
				alarms := len(b.kinds())
				for range 3 {
					closeNow(t, o)
					o = begin(test.damage)
					time.Sleep(time.Hour) // what is over is deleted
				}
				if s := o.Status(); s.Held != "" || len(b.kinds()) != alarms {
					t.Errorf("in the end: %+v, alarms %v", s, b.kinds())
				}
			})
		})
	}
}

// TestAllGatewaysAreResumed has one resume what another holds, too.
func TestAllGatewaysAreResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, memory := newVendor(true), NewMemory(Bounds{})
		o := openOver(t, v, memory)
		do(t, o, order("bad"))
		do(t, o, order("gone"))
		v.set(all(down))
		do(t, o, order("good"))
		closeNow(t, o)
		v.set(nil)
		begin := func() *Outbox {
			j, spoiled := &damaged{Journal: memory}, spoil(order("bad").ID)
			j.set(func(t Told) (Told, bool) {
				if t.ID == order("gone").ID {
					return t, false
				}
				return spoiled(t)
			})
			return openOver(t, v, j)
		}
		a, b := begin(), begin()
		synctest.Wait()
		if a.Stopped() == "" || b.Stopped() == "" {
			t.Fatal("nothing is held")
		}
		if err := a.ResumeAll(t.Context(), "me"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if a.Stopped() != "" || b.Stopped() != "" {
			t.Errorf("held: %q, %q", a.Stopped(), b.Stopped())
		}
		closeNow(t, a) // the other one sends what waited, soon
		time.Sleep(30 * time.Second)
		if v.made("good") != 1 {
			t.Errorf("what waited was made %d times", v.made("good"))
		}
	})
}

// TestWhatIsErasedIsNotDamaged has the one that cannot be read erased.
func TestWhatIsErasedIsNotDamaged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, memory := newVendor(true), NewMemory(Bounds{})
		v.set(all(down))
		id := order("bad").ID
		memory.kept[id] = Kept{Record: []byte("not what was written"), Revision: 1}
		memory.at = 1
		o := openOver(t, v, alone{memory})
		synctest.Wait()
		if s := o.Status(); !slices.Equal(s.Damaged, []string{id.String()}) {
			t.Errorf("status: %+v", s)
		}
		if err := o.Erase(t.Context(), id, "me"); err != nil {
			t.Fatal(err)
		}
		if s := o.Status(); s.Held != "" || s.Damaged != nil {
			t.Errorf("status: %+v", s)
		}
		if a := do(t, o, order("bad")); a.Record.State != Queued {
			t.Errorf("its key is not free: %s", a.Record.State)
		}
	})
}
