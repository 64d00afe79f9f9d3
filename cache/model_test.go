package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/cache/cachetest"
)

const (
	modelThings   = 4
	modelGateways = 3
)

// model is some gateways over one store and one journal, and an API of a few things, each of one tag and with a version
// that every write makes larger: an answer of a version below that of a write was asked for before that.
type model struct {
	*rand.Rand
	t       *testing.T
	store   *cache.Memory
	journal *cachetest.Incarnations
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
	*cache.Cache
	store    *cachetest.FaultyStore
	journal  *cachetest.FaultyJournal
	must     known // its own writes are in it, and what it must have heard
	own      known // writes
	unsent   known // writes that the journal may not have
	underWay []*cache.Entry
	reading  sync.WaitGroup
	found    chan foundLater
}

// foundLater is what somebody found who began to read a while ago.
type foundLater struct {
	thing int
	entry *cache.Entry
}

func (m *model) say(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

func (m *model) start(must known) *modelled {
	g := &modelled{
		store:   &cachetest.FaultyStore{Store: m.store},
		journal: &cachetest.FaultyJournal{Journal: m.journal},
		must:    must,
		found:   make(chan foundLater, 1000),
	}
	c, err := cache.New(cache.Config{Memory: 20_000}, g.store, cache.WithJournal(g.journal))
	if err != nil {
		m.t.Fatal(err)
	}
	g.Cache = c
	return g
}

// end closes g, or kills it.
func (g *modelled) end(killed bool) {
	g.reading.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if killed {
		cancel()
	}
	_ = g.Close(ctx)
}

func thingKey(thing int) string { return "thing " + strconv.Itoa(thing) }

func tagged(thing int) []cache.Tag { return []cache.Tag{cache.TagOf(thingKey(thing))} }

// ask begins a call, with what the API says now.
func (m *model) ask(g *modelled, thing int) *cache.Entry {
	return &cache.Entry{
		Key: thingKey(thing), Body: []byte(strconv.Itoa(m.now[thing])), AsOf: g.AsOf(), Tags: tagged(thing),
		Asked: time.Now(), Received: time.Now(),
	}
}

// write changes a thing through g. The error is that of forgetting it.
func (m *model) write(g *modelled, thing int, forget bool) error {
	_, _ = g.Bump(m.t.Context(), tagged(thing)...)
	m.now[thing]++
	var k known
	k.changed[thing] = m.now[thing]
	var err error
	if forget {
		k.forgotten[thing] = m.now[thing]
		ctx, cancel := context.WithTimeout(m.t.Context(), 3*time.Second)
		defer cancel()
		_, err = g.Forget(ctx, tagged(thing)...)
	} else {
		_, err = g.Bump(m.t.Context(), tagged(thing)...)
	}
	g.own.add(k)
	g.must.add(k)
	if err == nil {
		m.durable.add(k)
	} else {
		g.unsent.add(k)
	}
	return err
}

// remove deletes a thing of which g has something, after which the API says something else.
func (m *model) remove(g *modelled, thing int) {
	g.Put(m.ask(g, thing), time.Hour)
	err := g.Delete(m.t.Context(), []string{thingKey(thing)}, "")
	m.now[thing]++
	var k known
	k.changed[thing], k.forgotten[thing] = m.now[thing], m.now[thing]
	g.own.add(k)
	g.must.add(k)
	if err == nil {
		m.durable.add(k)
	} else {
		g.unsent.add(k)
	}
}

// lose has the journal be another incarnation. What was forgotten is not known to who comes, if all was lost; that nothing
// from before is fresh is.
func (m *model) lose(all bool) {
	if !all {
		m.journal.Renew()
		return
	}
	synctest.Wait() // who is being told has been
	m.journal.Lose()
	none := known{}.forgotten
	m.durable.forgotten = none
	for _, g := range m.all {
		g.unsent.forgotten = none
		if g.Stats().Bumps.Incarnation == "" { // it was never told
			g.must.forgotten = g.own.forgotten
		}
	}
}

// settle waits until everything is well, and all that was bumped by who still runs is known to all.
func (m *model) settle() {
	for _, g := range m.all {
		for _, fault := range g.faults() {
			fault.Store(false)
		}
		g.store.Slow.Store(0)
	}
	time.Sleep(15 * time.Second)
	for _, g := range m.all {
		g.Get(m.t.Context(), "what is nowhere", "") // a store that was left alone is tried
	}
	synctest.Wait()
	for _, g := range m.all {
		if s := g.Stats(); s.Bumps.Unsent != 0 || s.Bumps.Deaf || s.Store.LeftAlone || s.Queue.Entries != 0 {
			m.t.Errorf("all is well, but %+v, %+v, %+v", s.Bumps, s.Store, s.Queue)
		}
		m.durable.add(g.unsent)
		g.unsent = known{}
	}
	for _, g := range m.all {
		g.must.add(m.durable)
	}
}

func (g *modelled) faults() []*atomic.Bool {
	return []*atomic.Bool{
		&g.journal.Refuses, &g.journal.Loses, &g.journal.Silent, &g.store.Fails, &g.store.Loses, &g.store.Hangs,
	}
}

// read holds that what g answers is not older than it may be.
func (m *model) read(g *modelled, thing int, e *cache.Entry) {
	m.t.Helper()
	if e == nil {
		return
	}
	version, _ := strconv.Atoi(string(e.Body))
	verdict := g.JudgeEntry(e)
	if verdict == cache.Fresh && version < g.must.changed[thing] ||
		g.JudgeEntry(e) != cache.Forgotten && version < g.must.forgotten[thing] {
		m.t.Fatalf("thing %d of version %d is judged %v, with %+v known: %+v, here %+v, %+v\n%q", thing, version, verdict, g.must, e.AsOf, g.AsOf(), g.Stats().Bumps, m.log[max(0, len(m.log)-60):])
	}
}

func (m *model) step() {
	n, thing := m.IntN(len(m.all)), m.IntN(modelThings)
	g := m.all[n]
	switch p := m.IntN(100); {
	case p < 20:
		m.say("%d asks for %d", n, thing)
		g.underWay = append(g.underWay, m.ask(g, thing))
	case p < 38 && len(g.underWay) > 0:
		k := m.IntN(len(g.underWay))
		m.say("%d puts %s of version %s", n, g.underWay[k].Key, g.underWay[k].Body)
		g.underWay[k].Received = time.Now()
		g.Put(g.underWay[k], time.Hour)
		g.underWay = append(g.underWay[:k], g.underWay[k+1:]...)
	case p < 46:
		m.say("%d writes %d", n, thing)
		_ = m.write(g, thing, false)
	case p < 50:
		m.say("%d forgets %d", n, thing)
		_ = m.write(g, thing, true)
	case p < 52:
		m.say("%d deletes %d", n, thing)
		m.remove(g, thing)
	case p < 62:
		m.say("%d reads %d", n, thing)
		m.read(g, thing, g.Get(m.t.Context(), thingKey(thing), ""))
	case p < 70:
		m.say("%d begins to read %d", n, thing)
		g.reading.Go(func() { g.found <- foundLater{thing, g.Get(context.Background(), thingKey(thing), "")} })
	case p < 76:
		m.say("%d looks for a newer %d", n, thing)
		m.read(g, thing, g.Newer(m.t.Context(), []string{thingKey(thing)}, "")[0])
	case p < 80:
		m.fail(n)
	case p < 83:
		killed := m.IntN(2) == 0
		m.say("%d begins anew, killed %t", n, killed)
		g.end(killed)
		m.all[n] = m.start(m.durable)
	case p < 86:
		m.say("all is well")
		m.settle()
		m.forgetForGood(g, thing)
	case p < 88:
		all := m.IntN(2) == 0
		m.say("another incarnation, all is lost %t", all)
		m.lose(all)
	case p < 91:
		m.say("%d has room for nothing", n)
		g.Put(&cache.Entry{Key: "large", Body: make([]byte, 18_000), Received: time.Now(), AsOf: g.AsOf()}, time.Hour)
	default:
		d := time.Duration(m.Int64N(int64(2 * time.Second)))
		m.say("%v pass", d)
		time.Sleep(d)
	}
	m.look()
}

// fail begins a fault of a gateway's store or journal, or ends one.
func (m *model) fail(n int) {
	g := m.all[n]
	faults := g.faults()
	if k := m.IntN(len(faults) + 1); k < len(faults) {
		faults[k].Store(!faults[k].Load())
	} else {
		g.store.Slow.Store(m.Int64N(int64(700 * time.Millisecond)))
	}
	m.say("faults of %d:", n)
	for _, f := range faults {
		m.say("%t", f.Load())
	}
	m.say("slow by %v", time.Duration(g.store.Slow.Load()))
}

// look holds that what memories have, and what readers found, is right at any time.
func (m *model) look() {
	for _, g := range m.all {
		for thing := range modelThings {
			m.read(g, thing, g.Held(thingKey(thing), ""))
		}
		for len(g.found) > 0 {
			f := <-g.found
			m.read(g, f.thing, f.entry)
		}
	}
}

// forgetForGood forgets a thing while all is well: it is nowhere then.
func (m *model) forgetForGood(g *modelled, thing int) {
	m.t.Helper()
	if err := m.write(g, thing, true); err != nil {
		m.t.Fatalf("forget: %v\n%q", err, m.log[max(0, len(m.log)-60):])
	}
	synctest.Wait()
	for n, other := range m.all {
		err := other.Search(m.t.Context(), func(i cache.Item) bool {
			m.t.Errorf("version %s of %d is still there, for %d: in memory %t, in the store %t", i.Entry.Body, thing, n, i.InMemory, i.InStore)
			return true
		}, tagged(thing)...)
		if err != nil {
			m.t.Error(err)
		}
	}
}

// TestNothingFromBeforeABumpIsFresh plays at random with gateways, a store and a journal that fail, a journal that loses
// what it had, restarts and kills: what was asked for before a bump that a gateway made or heard of is never fresh there,
// and what it was told to forget does not even stand in, and is nowhere where all is well; there nothing ceases to be
// fresh without a bump of it either, not by a restart.
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
	m := &model{
		Rand: rand.New(rand.NewPCG(seed, 1)), t: t, //nolint:gosec // not a secret
		store: cache.NewSharedMemory(0), journal: cachetest.NewIncarnations(),
	}
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
		_, _ = g.Bump(t.Context(), cache.TagOf("something else"))
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
			e := g.Get(t.Context(), thingKey(thing), "")
			if e == nil || string(e.Body) != strconv.Itoa(m.now[thing]) || g.JudgeEntry(e) != cache.Fresh {
				t.Errorf("thing %d of version %d after a restart: %+v", thing, m.now[thing], e)
			}
		}
	}
}
