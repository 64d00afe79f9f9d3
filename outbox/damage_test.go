package outbox

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/internal/wire"
)

// damaged is a journal that tells, and loads, something else than what it was given.
type damaged struct {
	Journal
	mu   sync.Mutex
	told func(Told) (Told, bool)
}

func (d *damaged) set(told func(Told) (Told, bool)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.told = told
}

func (d *damaged) Follow(ctx context.Context, each func(Told)) error {
	return d.Journal.Follow(ctx, func(t Told) {
		d.mu.Lock()
		told := d.told
		d.mu.Unlock()
		if t.Revision != 0 && told != nil {
			changed, ok := told(t)
			if !ok {
				changed = Told{Up: t.Up, Current: t.Current}
			}
			t = changed
		}
		each(t)
	})
}

// bell hears alarms.
type bell struct {
	mu  sync.Mutex
	all []Alarm
}

func (b *bell) ring(a Alarm) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = append(b.all, a)
}

func (b *bell) kinds() (kinds []AlarmKind) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, a := range b.all {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func (b *bell) config(c *Config) { c.Alarm = b.ring }

// TestDamage has each record of a journal damaged, or lost, in turn: there is an alarm, and nothing is sent until a person
// says so.
func TestDamage(t *testing.T) {
	flip := func(k Kept, bit int) Kept {
		k.Record = bytes.Clone(k.Record)
		k.Record[bit/8%len(k.Record)] ^= 1 << (bit % 8)
		return k
	}
	for name, damage := range map[string]func(n, i int, t Told) (Told, bool){
		"a bit is flipped": func(n, i int, t Told) (Told, bool) {
			if i == n {
				t.Kept = flip(t.Kept, 977*n+13)
			}
			return t, true
		},
		"it is another's": func(n, i int, t Told) (Told, bool) {
			if i == n {
				t.ID = NewID()
			}
			return t, true
		},
		"it is gone": func(n, i int, t Told) (Told, bool) { return t, i != n },
	} {
		t.Run(name, func(t *testing.T) {
			const writes = 10
			for n := range writes {
				synctest.Test(t, func(t *testing.T) {
					v, b := newVendor(true), &bell{}
					v.set(all(down))
					memory := NewMemory(Bounds{})
					o := openOver(t, v, alone{memory}, func(c *Config) { c.MaxBackoff = 24 * time.Hour })
					for i := range writes {
						do(t, o, inLane(i, 0))
					}
					closeNow(t, o)
					v.set(nil)
					i := -1
					j := &damaged{Journal: alone{memory}}
					j.set(func(told Told) (Told, bool) {
						i++
						return damage(n, i, told)
					})
					o = openOver(t, v, j, b.config)
					calls := v.called()
					time.Sleep(time.Minute)
					if len(b.kinds()) == 0 || v.called() != calls {
						t.Errorf("record %d: alarms %v, %d calls", n, b.kinds(), v.called()-calls)
					}
					if s := o.Status().Sources[0]; s.Held == "" {
						t.Errorf("record %d: nothing is held", n)
					}
					if err := o.Resume(t.Context(), "shop", "me"); err != nil {
						t.Fatal(err)
					}
					j.set(nil)
					time.Sleep(time.Minute)
					if v.called() < calls+writes-1 {
						t.Errorf("record %d: %d calls after a person said so", n, v.called()-calls)
					}
					alarms := len(b.kinds())
					time.Sleep(time.Hour)
					closeNow(t, o)
					o = openOver(t, v, &damaged{Journal: alone{memory}}, b.config)
					time.Sleep(time.Hour)
					if len(b.kinds()) > alarms || o.Status().Sources[0].Held != "" {
						t.Errorf("record %d: it rings again: %v", n, b.kinds()[alarms:])
					}
				})
			}
		})
	}
}

func TestWhatIsNewerIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v, b := newVendor(true), &bell{}
		memory := NewMemory(Bounds{})
		o := openOver(t, v, alone{memory})
		do(t, o, order("a"))
		closeNow(t, o)
		kept := memory.kept[order("a").ID]
		record := kept.Record
		newer := bytes.Clone(record[:len(record)-wire.Overhead+1])
		newer[len(recordMagic)]++
		if _, err := memory.Put(t.Context(), order("a").ID, kept.Revision, wire.Seal(newer)); err != nil {
			t.Fatal(err)
		}
		o = openOver(t, v, alone{memory}, b.config)
		_, err := o.Do(t.Context(), order("b"), nil)
		if kindOf(err) != Unavailable || !errors.Is(err, ErrNewer) || v.called() != 1 {
			t.Errorf("%v, %d calls", err, v.called())
		}
		if s := o.Status(); !strings.Contains(s.Refuses, "version 3, and 2 is the newest") || len(b.kinds()) != 1 || b.kinds()[0] != AlarmRefused {
			t.Errorf("it refuses since %q; alarms %v", s.Refuses, b.kinds())
		}
	})
}

// broken is a journal that cannot be followed.
type brokenJournal struct {
	Journal
	mu  sync.Mutex
	err error
}

func (b *brokenJournal) set(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *brokenJournal) fails() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

func (b *brokenJournal) Follow(ctx context.Context, each func(Told)) error {
	if err := b.fails(); err != nil {
		return err
	}
	return b.Journal.Follow(ctx, each)
}

func (b *brokenJournal) Put(ctx context.Context, id ID, known Revision, record []byte) (Kept, error) {
	if err := b.fails(); err != nil {
		return Kept{}, err
	}
	return b.Journal.Put(ctx, id, known, record)
}

func TestAJournalThatCannotBeUsed(t *testing.T) {
	for name, err := range map[string]error{
		"for now":     ErrUnavailable,
		"for damage":  ErrDamaged,
		"for nothing": errFlaky,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := newVendor(true)
				j := &brokenJournal{Journal: alone{NewMemory(Bounds{})}}
				j.set(err)
				o := openOver(t, v, j)
				began := time.Now()
				_, refused := o.Do(t.Context(), order("a"), nil)
				if kindOf(refused) != Unavailable || v.called() != 0 || time.Since(began) > readyTime {
					t.Errorf("%v after %v, %d calls", refused, time.Since(began), v.called())
				}
				j.set(nil)
				time.Sleep(10 * time.Second)
				if a := do(t, o, order("a")); a.Record.State != Applied {
					t.Errorf("it is %s", a.Record.State)
				}
				j.set(err)
				began = time.Now()
				_, refused = o.Do(t.Context(), order("b"), nil)
				if kind := kindOf(refused); kind != Unavailable && kind != Uncertain || v.called() != 1 || time.Since(began) > acceptTime {
					t.Errorf("%v after %v, %d calls", refused, time.Since(began), v.called())
				}
			})
		})
	}
}

// TestWhatMayHaveBeenAccepted has a journal keep what it does not say that it kept. Nobody can ask again for what has no
// key, and it is cancelled.
func TestWhatMayHaveBeenAccepted(t *testing.T) {
	for name, test := range map[string]struct {
		queue bool
		key   string
		want  State
		calls int
	}{
		"queued":             {queue: true, want: Cancelled},
		"queued, with a key": {queue: true, key: "a", want: Applied, calls: 1},
		"not queued":         {key: "a", want: Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			journals(t, func(t *testing.T, j Journal) {
				t.Helper()
				v := newVendor(true)
				silent := &silentJournal{Journal: j}
				o := openOver(t, v, silent)
				time.Sleep(time.Second)
				silent.set(true)
				w := order("a")
				w.Queue, w.Key = test.queue, test.key
				if _, err := o.Do(t.Context(), w, nil); kindOf(err) != Uncertain {
					t.Errorf("do: %v", err)
				}
				silent.set(false)
				time.Sleep(time.Minute)
				wantState(t, o, w, test.want)
				if v.called() != test.calls {
					t.Errorf("%d calls", v.called())
				}
			})
		})
	}
}

// silentJournal keeps what it is given and then does not answer.
type silentJournal struct {
	Journal
	mu     sync.Mutex
	silent bool
}

func (s *silentJournal) set(silent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = silent
}

func (s *silentJournal) Put(ctx context.Context, id ID, known Revision, record []byte) (Kept, error) {
	k, err := s.Journal.Put(ctx, id, known, record)
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if silent {
		<-ctx.Done()
		return Kept{}, ctx.Err()
	}
	return k, err
}

// TestTheLedger has what is settled deleted, and nobody miss it.
func TestTheLedger(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v, b := newVendor(true), &bell{}
		hour := func(c *Config) { c.Keep = time.Hour }
		for round := range 3 {
			o := openOver(t, v, j, b.config, hour)
			for i := range 600 {
				w := inLane(i, round)
				if i == 7 {
					v.set(all(broken))
				}
				do(t, o, w)
				v.set(nil)
			}
			time.Sleep(50 * time.Minute)
			closeNow(t, o)
		}
		o := openOver(t, v, j, b.config, hour)
		time.Sleep(5 * time.Minute)
		if s := j.State(); s.Writes != 599+3+1 { // the last round's, what is dead, and the ledger
			t.Errorf("%d are kept", s.Writes)
		}
		time.Sleep(time.Hour)
		if s := j.State(); s.Writes != 3+1 {
			t.Errorf("%d are kept in the end", s.Writes)
		}
		if n := len(o.List(Filter{})); n != 3 {
			t.Errorf("%d are known", n)
		}
		closeNow(t, o)
		o = openOver(t, v, j, b.config, hour)
		time.Sleep(time.Hour)
		if k := b.kinds(); len(k) != 3 || k[0] != AlarmDead {
			t.Errorf("alarms: %v", k)
		}
		if a := do(t, o, inLane(5, 0)); a.Replayed {
			t.Error("a key is known that was forgotten")
		}
	})
}

// TestAnAnswerThatCannotBeWrittenDown has a journal fail while a write is under way: its caller is told what came of it
// all the same, and so is who comes with the key, here and now; after a crash nobody would know.
func TestAnAnswerThatCannotBeWrittenDown(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(false)
		broken := &brokenJournal{Journal: j}
		o := openOver(t, v, broken)
		w := order("a")
		w.Window = 0
		began := time.Now()
		a, err := o.Do(t.Context(), w, func(ctx context.Context, a Attempt) Result {
			broken.set(errFlaky)
			return v.send(ctx, a)
		})
		if err != nil || a.Record.State != Applied || time.Since(began) > settleTime+time.Second {
			t.Errorf("%+v, %v, after %v", a, err, time.Since(began))
		}
		if a := do(t, o, w); a.Record.State != Applied || !a.Replayed {
			t.Errorf("with the same key it is %s", a.Record.State)
		}
		wantState(t, o, w, Sending)
		broken.set(nil)
		time.Sleep(time.Minute)
		wantState(t, o, w, Applied)
		if v.called() != 1 {
			t.Errorf("%d calls", v.called())
		}
	})
}
