package outbox

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var seeds = flag.Int("seeds", 4, "how many random histories are gone through")

var errFlaky = errors.New("nobody knows")

// mortal is the journal as one process sees it, until that is killed. Some of what is put is kept without the process
// hearing of it, and some is not.
type mortal struct {
	Journal
	shared bool
	dead   context.Context

	mu    sync.Mutex
	rand  *rand.Rand
	flaky float64 // how much of what is put ends without an answer
}

func (m *mortal) State() JournalState {
	s := m.Journal.State()
	s.Shared = m.shared
	return s
}

func (m *mortal) draw() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rand.Float64()
}

func (m *mortal) Put(ctx context.Context, id ID, known Revision, record []byte) (Kept, error) {
	drawn := m.draw()
	pause(ctx, time.Duration(drawn*float64(10*time.Millisecond)))
	if m.dead.Err() != nil {
		<-ctx.Done()
		return Kept{}, ctx.Err()
	}
	if drawn < m.flaky/2 {
		return Kept{}, errFlaky
	}
	k, err := m.Journal.Put(ctx, id, known, record)
	if drawn < m.flaky {
		return Kept{}, errFlaky
	}
	if m.dead.Err() != nil {
		<-ctx.Done()
		return Kept{}, ctx.Err()
	}
	return k, err
}

// Follow tells late, now and then.
func (m *mortal) Follow(ctx context.Context, each func(Told)) error {
	return m.Journal.Follow(ctx, func(t Told) {
		if m.draw() < 0.1 {
			pause(ctx, time.Second)
		}
		each(t)
	})
}

// process is an outbox that can be killed.
type process struct {
	*Outbox
	kill func()
}

// world is what goes on around processes: a source, its clients, and a journal that outlives them.
type world struct {
	t       *testing.T
	rand    *rand.Rand
	journal *Memory
	vendor  *vendor
	keyed   bool // the source honours keys
	probed  bool // it can be looked whether something was made
	shared  bool

	mu   sync.Mutex
	up   []*process
	told map[string]State // what clients know, by body
}

func (w *world) start() *process {
	ctx, die := context.WithCancel(context.Background())
	j := &mortal{Journal: w.journal, shared: w.shared, dead: ctx, rand: rand.New(rand.NewPCG(w.rand.Uint64(), 1)), flaky: 0.05}
	p := &process{}
	p.Outbox = New(Config{
		Send: w.vendor.send, Probe: w.vendor.probe, Keep: time.Hour, MaxBackoff: 5 * time.Second, Concurrency: 8,
		Alarm: func(a Alarm) {
			if a.Kind != AlarmUnknown {
				w.t.Errorf("an alarm: %+v", a)
			}
		},
	}, j)
	p.kill = func() {
		die()
		gone, now := context.WithCancel(context.Background())
		now()
		_ = p.Close(gone)
	}
	return p
}

// one returns a process that is up, nil: none is.
func (w *world) one(n int) *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.up) == 0 {
		return nil
	}
	return w.up[n%len(w.up)]
}

// client has the writes of one lane made, one after the other, each until it is accepted.
func (w *world) client(lane int) {
	for n := range crashWrites {
		one := inLane(lane, n)
		if !w.keyed {
			one.Window = 0
		}
		one.Probe, one.ProbeAfter = w.probed, 30*time.Second
		one.Expires, one.Timeout = time.Time{}, 5*time.Second
		for try := 0; ; try++ {
			p := w.one(lane + n + try)
			if p == nil {
				time.Sleep(time.Second)
				continue
			}
			a, err := p.Do(context.Background(), one, nil)
			if err == nil {
				w.mu.Lock()
				if w.told[one.Key] == "" {
					w.told[one.Key] = a.Record.State
				}
				w.mu.Unlock()
				break
			}
			if kind := kindOf(err); kind != Unavailable && kind != Uncertain {
				w.t.Errorf("%s: %v", one.Key, err)
				return
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Duration(100+lane) * time.Millisecond)
	}
}

// operate does what persons do, at random; some of it cannot be done just now.
func (w *world) operate(ctx context.Context, random *rand.Rand) {
	for ctx.Err() == nil {
		pause(ctx, time.Duration(random.Int64N(int64(3*time.Second))))
		p := w.one(random.IntN(3))
		if p == nil {
			continue
		}
		one := inLane(random.IntN(crashLanes), random.IntN(crashWrites))
		asked, done := context.WithTimeout(ctx, time.Second)
		switch random.IntN(5) {
		case 0:
			_ = p.Hold(asked, "shop", ReasonOperator, "me")
		case 1, 2:
			_ = p.Resume(asked, "shop", "me")
		case 3:
			_ = p.Retry(asked, one.ID, "me")
		case 4:
			if p.Cancel(asked, one.ID, "me", ReasonOperator) == nil {
				w.mu.Lock()
				w.told[one.Key] = Cancelled
				w.mu.Unlock()
			}
		}
		done()
	}
}

const (
	crashLanes  = 12
	crashWrites = 10
)

// live goes through a history, and lets everything come to its end.
func (w *world) live() {
	processes := 1
	if w.shared {
		processes = 3
	}
	for range processes {
		w.up = append(w.up, w.start())
	}
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(w.rand.Uint64(), 2))
	bad := true
	w.vendor.takes = 200 * time.Millisecond
	w.vendor.set(func(Attempt) fault {
		mu.Lock()
		defer mu.Unlock()
		if f := random.IntN(12); bad && f < 4 {
			return [...]fault{down, cutShort, lost, busy}[f]
		}
		return fine
	})
	var clients sync.WaitGroup
	for lane := range crashLanes {
		clients.Go(func() { w.client(lane) })
	}
	operators, leave := context.WithCancel(context.Background())
	persons := rand.New(rand.NewPCG(w.rand.Uint64(), 3))
	clients.Go(func() { w.operate(operators, persons) })
	for range 8 {
		time.Sleep(time.Duration(w.rand.Int64N(int64(10 * time.Second))))
		i := w.rand.IntN(processes)
		w.mu.Lock()
		killed := w.up[i]
		w.up = slices.Delete(w.up, i, i+1)
		w.mu.Unlock()
		killed.kill()
		time.Sleep(time.Duration(w.rand.Int64N(int64(3 * time.Second))))
		w.mu.Lock()
		w.up = append(w.up, w.start())
		w.mu.Unlock()
	}
	leave()
	clients.Wait()
	mu.Lock()
	bad = false
	mu.Unlock()
	for w.one(0).Resume(context.Background(), "shop", "me") != nil {
		time.Sleep(time.Second)
	}
	time.Sleep(30 * time.Minute)
}

func (w *world) end() {
	for _, p := range w.up {
		ctx, done := context.WithTimeout(context.Background(), time.Minute)
		_ = p.Close(ctx)
		done()
	}
}

// TestCrash kills processes at random, over a source that makes what comes twice under a key once, and over one that
// knows no keys: nothing is lost, nothing is doubled, and what cannot be known is unknown.
func TestCrash(t *testing.T) {
	for name, tt := range map[string]struct{ keyed, probed, shared bool }{
		"with keys":                                   {keyed: true},
		"without keys":                                {},
		"without keys, with a probe":                  {probed: true},
		"with keys, three processes":                  {keyed: true, shared: true},
		"without keys, three processes":               {shared: true},
		"without keys, with a probe, three processes": {probed: true, shared: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range *seeds {
				synctest.Test(t, func(t *testing.T) {
					w := &world{
						t: t, rand: rand.New(rand.NewPCG(uint64(seed), 0)), journal: NewMemory(Bounds{}), //nolint:gosec // small
						vendor: newVendor(tt.keyed), keyed: tt.keyed, probed: tt.probed, shared: tt.shared, told: map[string]State{},
					}
					w.live()
					w.judge()
					w.end()
				})
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

func (w *world) judge() {
	unknown := 0
	for lane := range crashLanes {
		behind := false // somebody of whom nobody knows
		for n := range crashWrites {
			one := inLane(lane, n)
			r := show(w.t, w.up[0].Outbox, one)
			made := w.vendor.made(one.Key)
			if r.State == Unknown {
				unknown++
			}
			switch {
			case made > 1:
				w.t.Errorf("%s was made %d times: %s", one.Key, made, story(r))
			case w.told[one.Key] == Cancelled && (r.State != Cancelled || made != 0):
				w.t.Errorf("%s was made %d times, and a person was told that it was cancelled: %s", one.Key, made, story(r))
			case r.State == Cancelled && made == 0:
			case r.State == Applied && made == 1 && !behind:
			case !w.keyed && r.State == Unknown && !behind:
				behind = true
			case !w.keyed && r.State == Queued && made == 0 && behind:
			default:
				w.t.Errorf("%s was made %d times, behind one that is unknown: %t; %s", one.Key, made, behind, story(r))
			}
			if told := w.told[one.Key]; told == Applied && made != 1 {
				w.t.Errorf("%s was made %d times, and its client was told that it was: %s", one.Key, made, story(r))
			}
		}
	}
	if (w.keyed || w.probed) && unknown > 0 {
		w.t.Errorf("%d are unknown", unknown)
	}
	if !slices.IsSorted(inOrder(w.vendor)) {
		w.t.Errorf("a lane was not kept in order: %q", inOrder(w.vendor))
	}
}

// story is what has happened to r.
func story(r *Record) string {
	var b strings.Builder
	for _, t := range r.History {
		fmt.Fprintf(&b, "%s %s %s; ", t.At.Format("04:05.000"), t.State, t.Reason)
	}
	return b.String()
}
