package executor_test

import (
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"holdfast/executor/executortest"
	"holdfast/graph/scalar"
)

// An askedBy is a world that many ask at the same time, without a clock of its own.
type askedBy struct {
	*executortest.World

	apis *executortest.Fake
}

func (g *randomGraph) open(t *testing.T, fresh string) *askedBy {
	t.Helper()
	apis := executortest.NewFake(g.schema)
	apis.Kept = true
	set := map[string]executortest.Settings{}
	for _, s := range g.schema.Sources {
		set[s.Name] = executortest.Settings{Fresh: fresh, Stale: "0s"}
	}
	w := executortest.NewWorld(t, apis, set)
	w.Serve(executortest.Engine{SDL: g.sdl, Scalars: scalar.Registry()}.Open)
	return &askedBy{w, apis}
}

// said is what matters of an answer: its data, and where its errors are.
func (a *askedBy) said(t *testing.T, op *executortest.Operation) string {
	t.Helper()
	var got asked
	rec := a.Ask(op, "X-Who", "ann")
	if err := json.Unmarshal(rec.Body.Bytes(), &got.Answer); err != nil {
		t.Errorf("%v: %s", err, rec.Body)
	}
	text, err := json.Marshal(got.paths())
	if err != nil {
		t.Error(err)
	}
	return string(got.Answer.Data) + string(text)
}

// TestManyCallersAreAnsweredAsOneIs asks 200 times at once, or 50 with -short, of APIs
// of which some are out: each is answered as he would be alone.
func TestManyCallersAreAnsweredAsOneIs(t *testing.T) {
	callers := 200
	if testing.Short() {
		callers = 50
	}
	for _, g := range randomGraphs(t) {
		for name, test := range map[string]struct {
			fresh  string
			faults uint64
		}{
			"all is well and remembered": {fresh: "1h"},
			"nothing is kept":            {fresh: "0s"},
			"some APIs are out":          {fresh: "0s", faults: 5},
			"others are":                 {fresh: "0s", faults: 11},
		} {
			t.Run(g.name+", "+name, func(t *testing.T) {
				ops := &executortest.Random{Schema: g.served}
				all := make([]*executortest.Operation, callers)
				want := make([]string, callers)
				quiet := g.open(t, test.fresh)
				quiet.apis.Faults.Store(test.faults)
				for i := range all {
					all[i] = ops.Next(uint64(i % (callers / 2))) // each twice
					want[i] = quiet.said(t, all[i])
				}
				w := g.open(t, test.fresh)
				w.apis.Faults.Store(test.faults)
				var done sync.WaitGroup
				for i := range all {
					done.Go(func() {
						for range 3 {
							if got := w.said(t, all[i]); got != want[i] {
								t.Errorf("%s %v\n%s, alone\n%s", all[i].Query, all[i].Variables, got, want[i])
								return
							}
						}
					})
				}
				done.Wait()
			})
		}
	}
}

// TestNothingIsLeftBehind asks -operations times, while APIs come and go, and compares
// goroutines and memory with those after half of it.
func TestNothingIsLeftBehind(t *testing.T) {
	graphs := randomGraphs(t)
	n := howMany() / len(graphs)
	for _, g := range graphs {
		t.Run(g.name, func(t *testing.T) {
			w := g.open(t, "0s")
			ops := &executortest.Random{Schema: g.served}
			random := rand.New(rand.NewPCG(1, 2))
			distinct := min(n, 500)
			ask := func(n int) (goroutines int, heap uint64) {
				for range n {
					w.apis.Faults.Store(uint64(random.IntN(4)))
					w.said(t, ops.Next(uint64(random.IntN(distinct))))
				}
				time.Sleep(20 * time.Millisecond)
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				return runtime.NumGoroutine(), m.HeapAlloc
			}
			ask(distinct) // what is kept is kept by now
			before, heap := ask(n / 2)
			after, then := ask(n / 2)
			t.Logf("%d goroutines, %d KiB; then %d, %d KiB", before, heap>>10, after, then>>10)
			if after > before+5 {
				t.Errorf("%d goroutines, then %d", before, after)
			}
			if then > heap+heap/2+(8<<20) {
				t.Errorf("%d bytes, then %d", heap, then)
			}
		})
	}
}
