package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/internal/jetstream/jetstreamtest"
)

// inCluster are the flags of gateways whose store is in c, a cluster, where its streams are made.
func inCluster(t *testing.T, c interface{ Addresses() []string }) []string {
	t.Helper()
	flags := []string{"-set", "cache.store.nats=[" + strings.Join(c.Addresses(), ", ") + "]"}
	done(t, append([]string{"store", "init", "-config", shopSettings}, flags...)...)
	return flags
}

// TestWhatOneGatewayLearnedTheOthersServe goes on when all APIs are out, and then a server of the store.
func TestWhatOneGatewayLearnedTheOthersServe(t *testing.T) {
	t.Parallel()
	v, c := startAPIs(t), jetstreamtest.Start(t)
	args := append(v.sources(neverFresh()...), inCluster(t, c)...)
	one, other := spawnOn(t, v, append(args, "-data", shortDir(t))...), spawnOn(t, v, append(args, "-data", "none")...)
	seen := one.see(seenQueries()...)
	one.keeping()
	v.gone()
	other.recall(seen)
	c.Stop(c.Leader("HF_holdfast_answers"))
	third := spawnOn(t, v, append(args, "-data", "none")...)
	third.keeping() // which takes until another server leads
	for _, p := range []*lasting{one, other, third} {
		p.recall(seen)
	}
}

// TestAnInvalidationIsSeenByTheOtherGateways measures how soon.
func TestAnInvalidationIsSeenByTheOtherGateways(t *testing.T) {
	t.Parallel()
	v := startAPIs(t)
	args := append(v.sources("defaults.cache.fresh=1h"), inCluster(t, jetstreamtest.Start(t))...)
	dir := shortDir(t)
	one, other := spawnOn(t, v, append(args, "-data", dir)...), spawnOn(t, v, append(args, "-data", "none")...)
	one.administered()
	other.see(orderQuery)
	other.calls()
	var took []time.Duration
	for n := range 10 {
		done(t, "purge", "-data", dir, "-source", "stripe")
		began := time.Now()
		other.eventually(orderQuery, func(answer) bool { return other.callsSoFar()["stripe"] > n })
		took = append(took, time.Since(began).Round(time.Millisecond))
	}
	if calls := other.calls()["stripe"]; calls != len(took) {
		t.Errorf("%d calls after %d invalidations", calls, len(took))
	}
	t.Logf("seen after %v", took)
}

// TestManyAskersOnTwoGatewaysAskOnce has many want what is no longer fresh, at the same time. One gateway asks. Where the
// store takes longer than a second to say which, as on a machine that is busy, each does, which is no reason to have others
// wait. With a hundred askers that is not so every time; ten thousand may keep two processors busy themselves.
func TestManyAskersOnTwoGatewaysAskOnce(t *testing.T) {
	t.Parallel()
	askers, fresh := 50, 3*time.Second // of each gateway; fresh also while all come who ask
	if *long {
		askers, fresh = 5000, time.Minute
	}
	v := startAPIs(t)
	args := v.sources("defaults.cache.fresh=1h", "sources.stripe.cache.fresh="+fresh.String(), "gateway.computing=20000")
	args = append(args, inCluster(t, jetstreamtest.Start(t))...)
	all := []*lasting{spawnOn(t, v, append(args, "-data", "none")...), spawnOn(t, v, append(args, "-data", "none")...)}
	for _, p := range all {
		p.see(orderQuery)
		p.keeping()
	}
	all[0].fault("stripe", `{"latency":"1s"}`) // so that all come while it is asked
	for rounds := 3; ; rounds-- {
		<-time.After(fresh)
		all[0].calls()
		var askings sync.WaitGroup
		for _, p := range all {
			for range askers {
				askings.Go(func() {
					if a := p.ask(orderQuery); a.Errors != nil || a.Data["order"] == nil {
						t.Errorf("%+v", a)
					}
				})
			}
		}
		askings.Wait()
		switch calls := all[0].calls()["stripe"]; {
		case calls == 1:
			return
		case calls > len(all) || rounds == 1:
			t.Fatalf("%d askers of two gateways made %d calls", 2*askers, calls)
		default:
			t.Logf("%d askers of two gateways made %d calls", 2*askers, calls)
		}
	}
}
