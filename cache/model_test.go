package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// flaky is a journal that fails as it is told: before it has a bump, or after; and that cannot be followed.
type flaky struct {
	*MemoryJournal
	refuses, loses, silent atomic.Bool
}

func (f *flaky) Append(ctx context.Context, b Bump) (Place, error) {
	if f.refuses.Load() {
		return Place{}, errBroken
	}
	p, err := f.MemoryJournal.Append(ctx, b)
	if f.loses.Load() {
		return Place{}, errBroken
	}
	return p, err
}

func (f *flaky) Follow(ctx context.Context, each func(Bump, bool)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if f.silent.Load() {
		return errBroken
	}
	err := f.MemoryJournal.Follow(ctx, func(b Bump, current bool) {
		if f.silent.Load() {
			stop(errBroken)
		}
		if ctx.Err() == nil {
			each(b, current)
		}
	})
	if context.Cause(ctx) == errBroken { //nolint:errorlint // it is just that
		return errBroken
	}
	return err
}

const (
	modelThings   = 4
	modelGateways = 3
)

// model is some gateways over one store and one journal, and an API of a few things, each of one tag and with a version
// that every write makes larger: an answer of a version below that of a write was asked for before that.
type model struct {
	*rand.Rand
	t       *testing.T
	store   *Memory
	journal *MemoryJournal
	now     [modelThings]int // the versions
	all     []*modelled
	durable known // what the journal has for sure
	log     []string
}

// known is what somebody must know of, by thing: no older answer may be fresh, or, where it was forgotten, served.
type known struct{ changed, forgotten [modelThings]int }

func (k *known) add(o known) {
	for n := range modelThings {
		k.changed[n] = max(k.changed[n], o.changed[n])
		k.forgotten[n] = max(k.forgotten[n], o.forgotten[n])
	}
}

// modelled is one gateway.
type modelled struct {
	*Cache
	journal  *flaky
	must     known
	underWay []*Entry
}

func (m *model) say(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) start(must known) *modelled {
	g := &modelled{journal: &flaky{MemoryJournal: m.journal}, must: must}
	c, err := New(Config{Memory: 20_000}, m.store, WithJournal(g.journal))
	if err != nil {
		m.t.Fatal(err)
	}
	g.Cache = c
	return g
}

// end closes g, or kills it.
func (g *modelled) end(killed bool) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if killed {
		cancel()
	}
	_ = g.Close(ctx)
}

func tagged(thing int) []Tag { return []Tag{TagOf("thing:" + strconv.Itoa(thing))} }

// ask begins a call, with what the API says now.
func (m *model) ask(g *modelled, thing int) *Entry {
	e := entry("thing "+strconv.Itoa(thing), "", "")
	e.AsOf, e.Tags = g.AsOf(), tagged(thing)
	e.Body = []byte(strconv.Itoa(m.now[thing]))
	return e
}

// write changes a thing through g.
func (m *model) write(g *modelled, thing int, forget bool) {
	_, _ = g.Bump(m.t.Context(), tagged(thing)...)
	m.now[thing]++
	var k known
	k.changed[thing] = m.now[thing]
	var err error
	if forget {
		k.forgotten[thing] = m.now[thing]
		_, err = g.Epochs.Forget(m.t.Context(), tagged(thing)...)
		g.drop(tagged(thing))
	} else {
		_, err = g.Bump(m.t.Context(), tagged(thing)...)
	}
	g.must.add(k)
	if err == nil {
		m.durable.add(k)
	}
}

// settle waits until everything is well, and all that was bumped by who still runs is known to all.
func (m *model) settle() {
	for _, g := range m.all {
		g.journal.refuses.Store(false)
		g.journal.loses.Store(false)
		g.journal.silent.Store(false)
	}
	time.Sleep(5 * time.Second)
	synctest.Wait()
	for _, g := range m.all {
		if s := g.Stats().Bumps; s.Unsent != 0 || s.Deaf {
			m.t.Errorf("all is well, but %+v", s)
		}
		m.durable.add(g.must)
	}
	for _, g := range m.all {
		g.must.add(m.durable)
	}
}

// read holds that what g answers is not older than it may be.
func (m *model) read(g *modelled, thing int, e *Entry) {
	m.t.Helper()
	if e == nil {
		return
	}
	version, _ := strconv.Atoi(string(e.Body))
	verdict := g.JudgeEntry(e)
	heard := g.Stats().Bumps.Incarnation != 0 // who has never heard of the journal knows of nothing to forget
	if verdict == Fresh && version < g.must.changed[thing] || heard && g.JudgeEntry(e) != Forgotten && version < g.must.forgotten[thing] {
		m.t.Fatalf("thing %d of version %d is judged %v, with %+v known: %+v, here %+v, %+v\n%q", thing, version, verdict, g.must, e.AsOf, g.AsOf(), g.Stats().Bumps, m.log[max(0, len(m.log)-60):])
	}
}

func (m *model) step() {
	n, thing := m.IntN(len(m.all)), m.IntN(modelThings)
	g := m.all[n]
	key := "thing " + strconv.Itoa(thing)
	switch p := m.IntN(100); {
	case p < 20:
		m.say("%d asks for %d", n, thing)
		g.underWay = append(g.underWay, m.ask(g, thing))
	case p < 40 && len(g.underWay) > 0:
		k := m.IntN(len(g.underWay))
		m.say("%d puts %s of version %s", n, g.underWay[k].Key, g.underWay[k].Body)
		g.underWay[k].Received = time.Now()
		g.Put(g.underWay[k], time.Hour)
		g.underWay = append(g.underWay[:k], g.underWay[k+1:]...)
	case p < 50:
		m.say("%d writes %d", n, thing)
		m.write(g, thing, false)
	case p < 53:
		m.say("%d forgets %d", n, thing)
		m.write(g, thing, true)
	case p < 73:
		m.say("%d reads %d", n, thing)
		m.read(g, thing, g.Get(m.t.Context(), key, ""))
	case p < 80:
		m.say("%d looks for a newer %d", n, thing)
		m.read(g, thing, g.Newer(m.t.Context(), []string{key}, "")[0])
	case p < 83:
		f := [...]*atomic.Bool{&g.journal.refuses, &g.journal.loses, &g.journal.silent}[m.IntN(3)]
		f.Store(!f.Load())
		m.say("the journal of %d: refuses %t, loses %t, silent %t", n, g.journal.refuses.Load(), g.journal.loses.Load(), g.journal.silent.Load())
	case p < 86:
		killed := m.IntN(2) == 0
		m.say("%d begins anew, killed %t", n, killed)
		g.end(killed)
		m.all[n] = m.start(m.durable)
	case p < 90:
		m.say("all is well")
		m.settle()
	case p < 93:
		m.say("%d has room for nothing", n)
		g.Put(&Entry{Key: "large", Body: make([]byte, 18_000), Received: time.Now(), AsOf: g.AsOf()}, time.Hour)
	default:
		d := rand.N(2 * time.Second) //nolint:gosec // not a secret
		m.say("%v pass", d)
		time.Sleep(d)
	}
	for n := range modelThings { // what memory has must be right at any time
		h := g.find(IDOf("thing "+strconv.Itoa(n), ""), time.Now())
		if h != nil && h.Entry != nil {
			m.read(g, n, h.Entry)
		}
	}
}

// TestNothingFromBeforeABumpIsFresh plays at random with gateways, a journal that fails, restarts and kills: what was
// asked for before a bump that a gateway made or heard of is never fresh there, and what it was told to forget does not
// even stand in; where all is well, nothing ceases to be fresh without a bump of it, not by a restart either.
func TestNothingFromBeforeABumpIsFresh(t *testing.T) {
	runs := 60
	if testing.Short() {
		runs = 10
	}
	first := rand.Uint64N(1 << 32) //nolint:gosec // not a secret
	for seed := first; seed < first+uint64(runs); seed++ {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playModel(t, seed) })
		})
	}
}

func playModel(t *testing.T, seed uint64) {
	t.Helper()
	m := &model{Rand: rand.New(rand.NewPCG(seed, 1)), t: t, store: NewSharedMemory(0), journal: NewMemoryJournal()} //nolint:gosec // not a secret
	for range modelGateways {
		m.all = append(m.all, m.start(known{}))
	}
	defer func() {
		for _, g := range m.all {
			g.end(false)
		}
	}()
	for range 400 {
		m.step()
		if t.Failed() {
			return
		}
	}
	m.settle()
	for thing := range modelThings {
		g := m.all[m.IntN(len(m.all))]
		e := m.ask(g, thing)
		e.Received = time.Now()
		g.Put(e, time.Hour)
		_, _ = g.Bump(t.Context(), TagOf("something else"))
		if err := g.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for n := range m.all {
		m.all[n].end(false)
		m.all[n] = m.start(m.durable)
	}
	for _, g := range m.all {
		for thing := range modelThings {
			e := g.Get(t.Context(), "thing "+strconv.Itoa(thing), "")
			if e == nil || string(e.Body) != strconv.Itoa(m.now[thing]) || g.JudgeEntry(e) != Fresh {
				t.Errorf("thing %d of version %d after a restart: %+v", thing, m.now[thing], e)
			}
		}
	}
}
