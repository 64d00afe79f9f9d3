package outbox

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestDepths has hundreds of writes fare as they may, and counts them by hand now and then.
func TestDepths(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		random, how := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4)) // how is the vendor's, who asks it one call at a time
		v := newVendor(true)
		v.set(func(Attempt) fault { return fault(how.IntN(int(broken) + 1)) })
		o := openOver(t, v, j, func(c *Config) { c.Keep = 2 * time.Hour })
		seen := map[State]bool{}
		for n := range 300 {
			w := order(strconv.Itoa(n))
			w.Source = []string{"shop", "bank", "post"}[n%3]
			w.Queue, w.Expires = n%5 > 0, time.Now().Add(time.Hour)
			if n%4 == 0 {
				w.Window = 0
			}
			do(t, o, w)
			switch random.IntN(30) {
			case 0:
				if err := o.Hold(t.Context(), "shop", ReasonOperator, "me"); err != nil {
					t.Fatal(err)
				}
			case 1:
				if err := o.Resume(t.Context(), w.Source, "me"); err != nil {
					t.Fatal(err)
				}
			case 2:
				_ = o.Cancel(t.Context(), w.ID, "me", ReasonOperator)
			case 3:
				_ = o.Erase(t.Context(), w.ID, "me")
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			wantDepths(t, o, seen)
		}
		for _, s := range []State{Queued, Unknown, Held, Applied, Refused, Cancelled, Dead} {
			if !seen[s] {
				t.Errorf("none was %s", s)
			}
		}
	})
}

// wantDepths compares what an outbox has counted with what it has.
func wantDepths(t *testing.T, o *Outbox, seen map[State]bool) {
	t.Helper()
	o.mu.Lock()
	want := map[string]map[State]Depth{}
	unsettled := Depth{}
	for _, e := range o.index {
		if e.record == nil {
			continue
		}
		r := e.record
		if want[r.Write.Source] == nil {
			want[r.Write.Source] = map[State]Depth{}
		}
		state := o.shown(r)
		seen[state] = true
		one, d := Depth{1, r.Write.Accepted}, want[r.Write.Source][state]
		d.add(one)
		want[r.Write.Source][state] = d
		if !state.Settled() {
			unsettled.add(one)
		}
	}
	o.mu.Unlock()
	s := o.Status()
	for _, source := range s.Sources {
		for _, state := range States() {
			if got, want := source.States[state], want[source.Source][state]; got.Writes != want.Writes || !got.Oldest.Equal(want.Oldest) {
				t.Fatalf("%s, %s: %+v, want %+v", source.Source, state, got, want)
			}
			if n := o.Count(Filter{Source: source.Source, States: []State{state}}); n != source.States[state].Writes {
				t.Fatalf("%s, %s: %d are counted", source.Source, state, n)
			}
		}
	}
	if s.Unsettled.Writes != unsettled.Writes || !s.Unsettled.Oldest.Equal(unsettled.Oldest) {
		t.Fatalf("unsettled: %+v, want %+v", s.Unsettled, unsettled)
	}
}

// TestListIsInPages has all that fits once, in the order in which it was recorded, or the other way round.
func TestListIsInPages(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		o := openOver(t, v, j)
		var want []string
		for n := range 250 {
			v.set(all(fine))
			if n%3 == 0 {
				v.set(all(refuses))
			}
			w := inLane(n%2, n)
			if do(t, o, w); n%2 == 1 && n%3 > 0 {
				want = append(want, w.Key)
			}
		}
		time.Sleep(time.Minute)
		f := Filter{Source: "shop", States: []State{Applied, Dead}, Lane: inLane(1, 0).Lane, Limit: 7}
		if n := o.Count(f); n != len(want) {
			t.Errorf("%d are counted, want %d", n, len(want))
		}
		for range 2 {
			var got []string
			f.After = 0
			for {
				page := o.List(f)
				for _, r := range page {
					got = append(got, r.Write.Key)
					f.After = r.Created
				}
				if len(page) == 0 {
					break
				}
				if len(page) > 7 {
					t.Fatalf("a page of %d", len(page))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("newest first: %t: got %q, want %q", f.Newest, got, want)
			}
			f.Newest = true
			slices.Reverse(want)
		}
		if n := o.Count(Filter{Before: time.Now().Add(-time.Hour)}); n != 0 {
			t.Errorf("%d were accepted an hour ago", n)
		}
	})
}

// TestEraseAll leaves what is not over.
func TestEraseAll(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v, b := newVendor(true), &bell{}
		o := openOver(t, v, j)
		var ids []ID
		for n := range 50 {
			v.set(all([]fault{fine, refuses, broken, down, cutShort}[n%5]))
			w := order(strconv.Itoa(n))
			w.Window = 0
			do(t, o, w)
			ids = append(ids, w.ID)
		}
		if n, err := o.EraseAll(t.Context(), append(ids, NewID()), "me"); n != 31 || err != nil {
			t.Errorf("%d are gone, %v", n, err)
		}
		if n := o.Count(Filter{}); n != 20 {
			t.Errorf("%d are left", n)
		}
		closeNow(t, o)
		o = openOver(t, v, j, b.config)
		time.Sleep(time.Second)
		if n := o.Count(Filter{}); n != 20 || slices.Contains(b.kinds(), AlarmLost) {
			t.Errorf("%d are left, alarms %v", n, b.kinds())
		}
	})
}

// BenchmarkOperate has a hundred thousand writes looked at.
func BenchmarkOperate(b *testing.B) {
	const writes = 100_000
	o := New(Config{}, NewMemory(Bounds{Writes: writes}))
	defer func() { _ = o.Close(b.Context()) }()
	if err := o.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	for n := range writes {
		w := *inLane(n%500, n)
		w.Accepted = at.Add(time.Duration(n) * time.Millisecond)
		r, err := first(w, step{to: Queued, at: w.Accepted})
		if err != nil {
			b.Fatal(err)
		}
		o.hear(r, Revision(n+1), true) //nolint:gosec // not negative
	}
	b.Run("status", func(b *testing.B) {
		for b.Loop() {
			o.Status()
		}
	})
	b.Run("a page of 100", func(b *testing.B) {
		for b.Loop() {
			o.List(Filter{Limit: 100})
		}
	})
	b.Run("a page of 100 in one lane", func(b *testing.B) {
		for b.Loop() {
			o.List(Filter{Lane: inLane(7, 0).Lane, Limit: 100})
		}
	})
	b.Run("a count", func(b *testing.B) {
		for b.Loop() {
			o.Count(Filter{})
		}
	})
	b.Run("unknown ones", func(b *testing.B) {
		for b.Loop() {
			o.List(Filter{States: []State{Unknown}})
		}
	})
	b.Run("when one is made", func(b *testing.B) {
		r := o.List(Filter{})[writes-1]
		for b.Loop() {
			o.ETA(r)
		}
	})
}
