package executor

import (
	"context"
	"flag"
	"runtime"
	"testing"
	"time"

	"holdfast/upstreams/upstreamtest"
)

var leaky = flag.Int("leak", 2_000, "how many operations the test of leaks runs")

// TestOperationsLeaveNothingBehind runs many, of which some fail, reach a limit, or are
// left by who asked: neither goroutines nor memory grow with them.
func TestOperationsLeaveNothingBehind(t *testing.T) {
	w := newWorld(t, shop, shopAnswers, func(c *Config) { c.Items = 12 })
	w.steps["GET /people/8"] = upstreamtest.Answer(503, "{}")
	queries := []string{
		"{orders {id customer {name}}}",
		"{orders {customer {a: age name id} notes {id by {name boss {name}}}}}",
		"{a: orders {id} b: orders {id} c: orders {id} d: orders {customer {name}}}", // too many items
		"mutation {a: may(id: 2) {id} must(id: 1) {customer {name}}}",
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	run := func(n int) {
		for i := range n {
			ctx := t.Context()
			if i%10 == 0 {
				ctx = gone
			}
			_, _ = w.schema.Run(ctx, Job{Service: "test", Query: queries[i%len(queries)]}) // whatever comes of it
			if i%100 == 0 {
				w.calls()
			}
		}
		w.calls()
	}
	run(*leaky / 5)
	goroutines, heap := weigh()
	run(*leaky)
	after, grown := weigh()
	for range 100 {
		if after <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond) // calls that somebody left end by themselves
		after, grown = weigh()
	}
	if after > goroutines {
		t.Errorf("%d goroutines, and %d after %d operations", goroutines, after, *leaky)
	}
	if most := heap + heap/10 + 1<<20; grown > most {
		t.Errorf("%d bytes, and %d after %d operations", heap, grown, *leaky)
	}
	t.Logf("%d operations: %d to %d goroutines, %d to %d kB", *leaky, goroutines, after, heap>>10, grown>>10)
}

func weigh() (goroutines int, heap uint64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), m.HeapAlloc
}
