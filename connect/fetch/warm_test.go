package fetch

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	const most = 20 // allocations, however many keys
	for _, g := range groups {
		allocs := math.Inf(1)
		for range 20 { // others may allocate meanwhile
			allocs = min(allocs, testing.AllocsPerRun(1, func() {
				loads, now := w.operation().Begin(w.ctx, g, func() { t.Error("it was settled at once") })
				if !now || len(loads) != 100 {
					t.Error("memory had not all of them")
				}
			}))
		}
		t.Logf("%s: %v allocations for 100 keys", g.Connectors[0], allocs)
		if allocs > most {
			t.Errorf("%s: %v allocations for 100 keys", g.Connectors[0], allocs)
		}
	}
}

// Pages that memory holds are read inline, and cursors that nobody asks for cost nothing.
func TestAWarmListIsAnsweredAtOnce(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			allocs := map[int]float64{}
			for _, first := range []int{20, 100} {
				p := &pager{style: style, items: numbered(0, 500), most: 100}
				l := newLister(t, style, 100, p, fresh, setting{})
				g := root(l.id)
				g.Args = arguments(t, "first", first)
				read := func() {
					loads, now := l.operation().Begin(l.ctx, g, func() {})
					if !now || loads[0].Err != nil {
						t.Fatal(now, loads[0])
					}
				}
				l.one(l.operation(), g)
				allocs[first] = testing.AllocsPerRun(50, read)
				if len(p.calls) != 1 {
					t.Errorf("calls %q", p.calls)
				}
			}
			t.Logf("%v", allocs)
			if allocs[100] > allocs[20]+4 {
				t.Errorf("a page of 100 makes %v allocations, one of 20 %v", allocs[100], allocs[20])
			}
		})
	}
}

// A list of which memory holds the first page only goes on by calls.
func TestAListGoesOnWhereMemoryEnds(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: style, items: numbered(0, 50), most: 10}
			l := newLister(t, style, 10, p, fresh, setting{})
			if _, err := l.ask("first", 20); err != nil {
				t.Fatal(err)
			}
			got, err := l.ask("first", 40)
			if diff := cmp.Diff(countTo(40), got.numbers); diff != "" || err != nil || len(p.calls) != 4 {
				t.Errorf("%v after %q (-want +got):\n%s", err, p.calls, diff)
			}
		})
	}
}

func BenchmarkWarmList(b *testing.B) {
	for name, style := range styles {
		b.Run(name, func(b *testing.B) {
			p := &pager{style: style, items: numbered(0, 500), most: 100}
			l := newLister(b, style, 100, p, fresh, setting{})
			g := root(l.id)
			g.Args = arguments(b, "first", 100)
			l.one(l.operation(), g)
			b.ReportAllocs()
			for b.Loop() {
				l.operation().Begin(l.ctx, g, nil)
			}
		})
	}
}

func BenchmarkWarmBatch(b *testing.B)   { benchmarkWarm(b, 0) }
func BenchmarkWarmSingles(b *testing.B) { benchmarkWarm(b, 1) }

func benchmarkWarm(b *testing.B, i int) {
	b.Helper()
	w, groups := warmBuyers(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, now := w.operation().Begin(w.ctx, groups[i], nil); !now {
			b.Fatal("memory had not all of them")
		}
	}
}
