package main

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var seed = flag.Uint64("seed", 0, "what random histories of processes begin with; 0: any")

// randomly is random, and says how it can be so once more.
func randomly(t *testing.T) *rand.Rand {
	t.Helper()
	began := *seed
	if began == 0 {
		began = rand.Uint64() //nolint:gosec // not a secret
	}
	t.Logf("-seed %d", began)
	return rand.New(rand.NewPCG(began, 0)) //nolint:gosec // not a secret
}

// points are n of those below most, in order.
func points(r *rand.Rand, n, most int) (all []int) {
	for range n {
		all = append(all, r.IntN(most))
	}
	slices.Sort(all)
	return all
}

// TestKillsNeitherLoseNorDouble kills the program at random: while changes are accepted and their API is out, and while
// they are sent and it is out of order. What the API knows again by its key is made once. What it does not is made once,
// or nobody knows: then a person looks and says so, and it is made once.
func TestKillsNeitherLoseNorDouble(t *testing.T) {
	t.Parallel()
	kills, clients, each := 4, 10, 15
	if *long {
		kills, clients, each = 24, 50, 100
	}
	random := randomly(t)
	l := openLedger(t, random.Uint64())
	l.takes = 10 * time.Millisecond
	f := startFleet(t, l, 1, "timeout: 5s")
	m := f.gateways[0]
	again := func() { f.kill(m); f.begin(m) }
	all, first := 2*clients*each, each*4/5

	wait := f.clients(clients, 1, first)
	f.at(points(random, kills/2, 2*clients*first), f.accepted, again)
	wait()
	if n := l.total(); n != 0 {
		t.Fatalf("%d were made where nobody listened", n)
	}
	l.well(true)
	wait = f.clients(clients, first+1, each)
	f.at(points(random, kills-kills/2, all*4/5), l.total, func() {
		if random.IntN(3) > 0 {
			again()
			return
		}
		l.out()
		again()
		l.well(true)
	})
	wait()
	f.drained()
	l.well(false)
	unknown, made := f.resolve()
	f.judge(all)
	t.Logf("%d changes, %d kills: of %d nobody knew whether they were made, and %d were; the API was called %d times", all, kills, unknown, made, l.called())
}
