package fetch

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast/connect/call"
	"holdfast/upstreams/upstreamtest"
)

// fresh keeps what connectors bring for an hour.
func fresh(c *call.Connector) { c.Policy.Fresh = new(time.Hour) }

// warmBuyers is a world that remembers 100 buyers, and the notes of 100 orders.
func warmBuyers(tb testing.TB) (*world, []*Group) {
	tb.Helper()
	w := newWorld(tb, "", roundTrip(func(req *http.Request) (*http.Response, error) {
		if !strings.HasPrefix(req.URL.Path, "/buyers/") {
			return upstreamtest.Answer(200, `"hello"`)(req)
		}
		var items []string
		for id := range strings.SplitSeq(strings.TrimPrefix(req.URL.Path, "/buyers/"), ",") {
			items = append(items, `{"id":"`+id+`","name":"buyer"}`)
		}
		return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")(req)
	}), setting{call: fresh})
	ids := manyIDs(0, 100)
	groups := []*Group{{Connectors: []call.ID{"Buyer"}, Keys: keys(ids...)}, notes("en", ids...)}
	for _, g := range groups {
		for _, l := range w.load(w.operation(), g) {
			if l.Err != nil {
				tb.Fatal(l.Err)
			}
		}
	}
	return w, groups
}

// What memory holds is answered inline, and costs next to nothing.
func TestAWarmGroupIsAnsweredAtOnce(t *testing.T) {
	w, groups := warmBuyers(t)
	for i, most := range []float64{2, 45} { // allocations for each key
		g := groups[i]
		allocs := testing.AllocsPerRun(50, func() {
			loads, now := w.operation().Begin(w.ctx, g, func() { t.Error("it was settled at once") })
			if !now || len(loads) != 100 {
				t.Error("memory had not all of them")
			}
		})
		t.Logf("%s: %v allocations for 100 keys", g.Connectors[0], allocs)
		if allocs > 100*most {
			t.Errorf("%s: %v allocations for 100 keys", g.Connectors[0], allocs)
		}
	}
}

func BenchmarkWarmBatch(b *testing.B)   { benchmarkWarm(b, 0) }
func BenchmarkWarmSingles(b *testing.B) { benchmarkWarm(b, 1) }

func benchmarkWarm(b *testing.B, i int) {
	w, groups := warmBuyers(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, now := w.operation().Begin(w.ctx, groups[i], nil); !now {
			b.Fatal("memory had not all of them")
		}
	}
}
