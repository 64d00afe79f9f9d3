package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// quota is a gate: so many turns in a second, and none while the source is known to be out.
type quota struct {
	perSecond int
	mu        sync.Mutex
	out       bool
	tokens    float64
	at        time.Time
	asked     int
}

func (q *quota) Turn(string, string, bool) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	if q.out {
		return 5 * time.Second
	}
	now := time.Now()
	if !q.at.IsZero() {
		q.tokens = min(float64(q.perSecond)/10, q.tokens+now.Sub(q.at).Seconds()*float64(q.perSecond))
	}
	if q.at = now; q.tokens < 1 {
		return time.Second / time.Duration(q.perSecond)
	}
	q.tokens--
	return 0
}

func (q *quota) set(out bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.out = out
}

// inLane returns the n-th write of a lane.
func inLane(lane, n int) *Write {
	w := order(fmt.Sprintf("lane %03d, number %03d", lane, n))
	w.Lane = fmt.Sprintf("lane %03d", lane)
	return w
}

// TestOutage has a source out for two hours in which 10,000 writes come in 500 lanes.
func TestOutage(t *testing.T) {
	const lanes, each, perSecond = 500, 20, 50
	synctest.Test(t, func(t *testing.T) {
		v, q := newVendor(true), &quota{perSecond: perSecond, out: true, tokens: 1}
		v.takes = 100 * time.Millisecond
		poisoned := func(a Attempt) fault {
			switch {
			case strings.HasSuffix(a.Write.Lane, "7") && strings.HasSuffix(string(a.Write.Request.Body), "005"):
				return refuses
			case strings.HasSuffix(a.Write.Lane, "8") && strings.HasSuffix(string(a.Write.Request.Body), "005"):
				return broken
			}
			return fine
		}
		v.set(poisoned)
		o := openOver(t, v, alone{NewMemory(Bounds{})}, func(c *Config) { c.Gate, c.Concurrency = q, 16 })
		began := time.Now()
		for n := range each {
			for lane := range lanes {
				w := inLane(lane, n)
				if lane == 9 && n == 3 {
					w.Expires = began.Add(time.Hour)
				}
				if a := do(t, o, w); a.Record.State != Queued {
					t.Fatalf("%s is %s", w.Key, a.Record.State)
				}
			}
			time.Sleep(2 * time.Hour / each)
		}
		if v.called() != 0 {
			t.Errorf("%d calls of a source that is known to be out", v.called())
		}
		if s := o.Status().Sources[0]; s.States[Queued].Writes != lanes*each-1 || s.States[Expired].Writes != 1 || !s.States[Queued].Oldest.Equal(began) {
			t.Errorf("the outage ends with %+v", s)
		}
		q.set(false)
		time.Sleep(time.Minute)
		if eta := o.Status().Sources[0].Empty; eta.Before(time.Now().Add(2*time.Minute)) || eta.After(time.Now().Add(5*time.Minute)) {
			t.Errorf("after a minute it is to be done %v later", time.Until(eta))
		}
		time.Sleep(time.Duration(lanes*each/perSecond) * time.Second)
		s := o.Status().Sources[0]
		if s.States[Applied].Writes != lanes*each-101 || s.States[Refused].Writes != 50 || s.States[Dead].Writes != 50 || s.States[Expired].Writes != 1 {
			t.Errorf("it ended with %+v", s.States)
		}
		if !slices.IsSorted(inOrder(v)) {
			t.Error("a lane was not kept in order")
		}
		for body, n := range v.effects {
			if n != 1 {
				t.Errorf("%s was made %d times", body, n)
			}
		}
		_, times := v.history()
		within(t, times, perSecond)
	})
}

// inOrder returns what was made, lane after lane.
func inOrder(v *vendor) []string {
	all, _ := v.history()
	slices.SortStableFunc(all, func(a, b string) int { return strings.Compare(a[:8], b[:8]) })
	return all
}

// within tests that no second had more calls than a source allows, but for what it saves up.
func within(t *testing.T, calls []time.Time, perSecond int) {
	t.Helper()
	for i := range calls {
		if n := i + perSecond + perSecond/10 + 1; n < len(calls) && calls[n].Sub(calls[i]) < time.Second {
			t.Fatalf("%d calls in %v", n-i+1, calls[n].Sub(calls[i]))
		}
	}
}

func TestAPoisonedWriteHoldsItsLaneOnly(t *testing.T) {
	for name, tt := range map[string]struct {
		fault fault
		want  State
		next  State // of who is behind it
	}{
		"one that is refused":          {refuses, Refused, Applied},
		"one that cannot be sent":      {broken, Dead, Applied},
		"one that is not made":         {busy, Queued, Queued},
		"one of which nobody knows":    {cutShort, Unknown, Queued},
		"one whose sending is a panic": {panics, Unknown, Queued},
	} {
		t.Run(name, func(t *testing.T) {
			journals(t, func(t *testing.T, j Journal) {
				t.Helper()
				v := newVendor(false)
				v.set(func(a Attempt) fault {
					if string(a.Write.Request.Body) == "lane 003, number 000" {
						return tt.fault
					}
					return fine
				})
				o := openOver(t, v, j, func(c *Config) { c.Held = true })
				for n := range 2 {
					for lane := range 100 {
						w := inLane(lane, n)
						w.Window = 0
						do(t, o, w)
					}
				}
				if err := o.Resume(t.Context(), "shop", "me"); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				for lane := range 100 {
					first, next := Applied, Applied
					if lane == 3 {
						first, next = tt.want, tt.next
					}
					wantState(t, o, inLane(lane, 0), first)
					wantState(t, o, inLane(lane, 1), next)
				}
			})
		})
	}
}

func TestADirectWriteDoesNotOvertake(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(down))
		o := openOver(t, v, j)
		do(t, o, inLane(1, 0))
		v.set(nil)
		if a := do(t, o, inLane(1, 1)); a.Record.State != Queued {
			t.Errorf("the second is %s", a.Record.State)
		}
		if a := do(t, o, inLane(2, 0)); a.Record.State != Applied {
			t.Errorf("another lane's is %s", a.Record.State)
		}
		time.Sleep(time.Minute)
		var all sync.WaitGroup
		v.mu.Lock()
		v.takes = time.Second
		v.mu.Unlock()
		for n := range 10 {
			all.Go(func() { do(t, o, inLane(3, n)) })
			synctest.Wait()
		}
		all.Wait()
		time.Sleep(time.Minute)
		made, times := v.history()
		if !slices.IsSorted(inOrder(v)) || len(made) != 13 {
			t.Errorf("made: %q", made)
		}
		apart(t, times[4:], time.Second)
	})
}

// apart tests that calls came one after the other, each of which takes so long.
func apart(t *testing.T, calls []time.Time, takes time.Duration) {
	t.Helper()
	for i := range calls[1:] {
		if wait := calls[i+1].Sub(calls[i]); wait < takes {
			t.Errorf("two are under way: %v", wait)
		}
	}
}

func TestBackoff(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(down))
		o := openOver(t, v, j, func(c *Config) { c.MaxBackoff = time.Minute })
		w := order("a")
		w.Expires = time.Now().Add(4 * time.Hour)
		do(t, o, w)
		time.Sleep(time.Hour)
		if n := v.called(); n < 60 || n > 140 {
			t.Errorf("%d tries in an hour", n)
		}
		_, times := v.history()
		for i := range 6 {
			wait := times[i+1].Sub(times[i])
			if least, most := time.Second<<i/2, time.Second<<i+laterOn; wait < least || wait > most {
				t.Errorf("wait %d is %v, not within %v and %v", i, wait, least, most)
			}
		}
		v.set(all(busy))
		time.Sleep(2 * time.Minute)
		calls := v.called()
		time.Sleep(time.Hour)
		_, times = v.history()
		apart(t, times[calls-1:], time.Minute) // as the source asks for
		time.Sleep(4 * time.Hour)
		r := wantState(t, o, w, Expired)
		if at := r.SettledAt(); at.Sub(w.Expires).Abs() > time.Second || len(r.History) != mostHistory || r.History[0].State != Sending {
			t.Errorf("it expired %v after its time; its history has %d steps, from %s on", at.Sub(w.Expires), len(r.History), r.History[0].State)
		}
	})
}

func TestWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(true)
		v.set(all(down))
		o := openOver(t, v, NewMemory(Bounds{}), func(c *Config) { c.MaxBackoff = time.Hour })
		w := order("a")
		do(t, o, w)
		time.Sleep(3 * time.Hour)
		v.set(nil)
		o.Well("shop")
		synctest.Wait()
		wantState(t, o, w, Applied)
	})
}

func TestTheVendorsWindow(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(lost))
		o := openOver(t, v, j)
		w := order("a")
		w.Window = time.Hour
		do(t, o, w)
		if err := o.Cancel(t.Context(), w.ID, "me", ReasonCaller); kindOf(err) != Impossible {
			t.Errorf("cancel: %v", err)
		}
		time.Sleep(59 * time.Minute)
		wantState(t, o, w, Queued)
		time.Sleep(2 * time.Minute)
		calls := v.called()
		if r := wantState(t, o, w, Unknown); r.Last().Reason != ReasonWindow && r.Last().Reason != "UNREACHABLE" || !r.Doubt {
			t.Errorf("it is unknown for %s", r.Last().Reason)
		}
		time.Sleep(24 * time.Hour)
		if v.called() != calls {
			t.Errorf("%d calls after the window", v.called()-calls)
		}
		if err := o.Resolve(t.Context(), w.ID, false, "me"); err != nil {
			t.Fatal(err)
		}
		v.set(nil)
		time.Sleep(time.Minute)
		if r := wantState(t, o, w, Applied); v.made("a") != 1 || r.Renewed != 1 || r.request().VendorKey == w.Request.VendorKey {
			t.Errorf("%d effects, %d new keys", v.made("a"), r.Renewed)
		}
	})
}

func kindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}

// TestAFailureThatIsKept has a source repeat, for a key, that it failed, as some do.
func TestAFailureThatIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(true)
		first := true
		v.set(func(Attempt) fault {
			if first {
				first = false
				return fails
			}
			return fine
		})
		o := openOver(t, v, NewMemory(Bounds{}), func(c *Config) { c.Probe = v.probe })
		w := order("a")
		w.Request.Header = map[string][]string{"Idempotency-Key": {w.Request.VendorKey}}
		do(t, o, w)
		time.Sleep(time.Hour)
		if r := wantState(t, o, w, Unknown); !r.Stuck || v.called() != 2 {
			t.Errorf("%d calls", v.called())
		}
		if err := o.Resolve(t.Context(), w.ID, false, "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if r := wantState(t, o, w, Applied); v.made("a") != 1 || r.request().Header["Idempotency-Key"][0] != r.request().VendorKey {
			t.Errorf("%d effects, sent with %q", v.made("a"), r.request().Header)
		}
	})
}

func TestProbe(t *testing.T) {
	for name, tt := range map[string]struct {
		fault fault
		calls int // in all
	}{
		"what was made is not made again": {cutShort, 1},
		"what was not is":                 {lost, 2},
	} {
		t.Run(name, func(t *testing.T) {
			journals(t, func(t *testing.T, j Journal) {
				t.Helper()
				v := newVendor(false)
				first := true
				v.set(func(Attempt) fault {
					if first {
						first = false
						return tt.fault
					}
					return fine
				})
				began := time.Now()
				lags := func(ctx context.Context, l Look) (Found, error) {
					switch at := time.Since(began); {
					case at < 10*time.Second:
						return WasNot, nil // a list that lags
					case at < 40*time.Second:
						return Nothing, errDown
					}
					return v.probe(ctx, l)
				}
				o := openOver(t, v, j, func(c *Config) { c.Probe = lags })
				w := order("a")
				w.Window, w.Probe, w.ProbeAfter = 0, true, 30*time.Second
				do(t, o, w)
				time.Sleep(29 * time.Second)
				wantState(t, o, w, Unknown)
				time.Sleep(time.Hour)
				wantState(t, o, w, Applied)
				if v.made("a") != 1 || v.called() != tt.calls {
					t.Errorf("%d effects, %d calls", v.made("a"), v.called())
				}
			})
		})
	}
}

// TestWhoLooksIsToldHowItWasSentLast has a source lose everything until it is sent for the third time.
func TestWhoLooksIsToldHowItWasSentLast(t *testing.T) {
	for name, carried := range map[string]bool{"the source gets the key": true, "it does not": false} {
		t.Run(name, func(t *testing.T) {
			journals(t, func(t *testing.T, j Journal) {
				t.Helper()
				v := newVendor(false)
				var sent []Attempt
				var times []time.Time
				v.set(func(a Attempt) fault {
					sent, times = append(sent, a), append(times, time.Now())
					if len(sent) < 3 {
						return lost
					}
					return fine
				})
				v.takes = time.Second
				var looks []Look
				o := openOver(t, v, j, func(c *Config) {
					c.Probe = func(ctx context.Context, l Look) (Found, error) {
						looks = append(looks, l)
						return v.probe(ctx, l)
					}
				})
				w := order("a")
				w.Window, w.Probe, w.ProbeAfter = 0, true, 30*time.Second
				if !carried {
					w.Request.VendorKey = ""
				}
				do(t, o, w)
				time.Sleep(time.Hour)
				wantState(t, o, w, Applied)
				if len(sent) != 3 || len(looks) != 4 {
					t.Fatalf("sent %d times, looked %d times", len(sent), len(looks))
				}
				for i, l := range looks {
					try := i / 2 // the first look at each is too early to be believed
					want := Look{Write: l.Write, Key: sent[try].Request.VendorKey, Attempt: try + 1, Sent: times[try]}
					if !carried {
						want.Key = VendorKeyOf(w.Source, w.ID)
					}
					if l.Write.ID != w.ID || l.Key != want.Key || l.Attempt != want.Attempt || !l.Sent.Equal(want.Sent) {
						t.Errorf("look %d was told %q, attempt %d, %v; want %q, %d, %v", i, l.Key, l.Attempt, l.Sent, want.Key, want.Attempt, want.Sent)
					}
				}
				if carried && looks[0].Key == looks[2].Key {
					t.Error("the second key is the first")
				}
			})
		})
	}
}

// TestASourceThatIsBackIsLookedAt has looks fail until it is said that the source is well.
func TestASourceThatIsBackIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVendor(false)
		v.set(all(cutShort))
		out := true
		o := openOver(t, v, NewMemory(Bounds{}), func(c *Config) {
			c.Probe = func(ctx context.Context, l Look) (Found, error) {
				if out {
					return Nothing, errDown
				}
				return v.probe(ctx, l)
			}
		})
		w := order("a")
		w.Window, w.Probe, w.ProbeAfter = 0, true, 30*time.Second
		do(t, o, w)
		time.Sleep(time.Second)
		r := wantState(t, o, w, Unknown)
		if wait := time.Until(o.NextLook(r)); wait <= 0 || wait > firstLook {
			t.Errorf("it is looked for in %v", wait)
		}
		time.Sleep(2 * time.Hour)
		wantState(t, o, w, Unknown)
		out = false
		o.Well(w.Source)
		time.Sleep(time.Second)
		if r := wantState(t, o, w, Applied); !o.NextLook(r).IsZero() {
			t.Error("what was found is looked for")
		}
	})
}

func TestACredentialThatIsRefusedHoldsTheSource(t *testing.T) {
	journals(t, func(t *testing.T, j Journal) {
		t.Helper()
		v := newVendor(true)
		v.set(all(denies))
		var alarms []Alarm
		o := openOver(t, v, j, func(c *Config) { c.Alarm = func(a Alarm) { alarms = append(alarms, a) } })
		for _, body := range []string{"a", "b", "c"} {
			do(t, o, order(body))
		}
		time.Sleep(time.Hour)
		if len(alarms) != 1 || alarms[0].Kind != AlarmCredential || v.called() != 1 {
			t.Errorf("%d calls, alarms: %+v", v.called(), alarms)
		}
		if s := o.Status().Sources[0]; s.Held != ReasonCredential || s.States[Held].Writes != 3 {
			t.Errorf("the source is %+v", s)
		}
		closeNow(t, o)
		v.set(nil)
		o = openOver(t, v, j)
		time.Sleep(time.Hour)
		if v.called() != 1 {
			t.Errorf("%d calls after a restart", v.called())
		}
		if err := o.Resume(t.Context(), "shop", "me"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		for _, body := range []string{"a", "b", "c"} {
			wantState(t, o, order(body), Applied)
		}
	})
}
