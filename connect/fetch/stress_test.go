package fetch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/connect/call"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// moody answers for buyers, notes and lists, late and sometimes badly.
func moody(req *http.Request) (*http.Response, error) {
	step := well(req)
	switch rand.IntN(10) { //nolint:gosec // not a secret
	case 0:
		step = upstreamtest.Answer(503, `{}`)
	case 1:
		step = upstreamtest.Answer(200, `<html>`)
	case 2:
		step = upstreamtest.Refuse()
	}
	return upstreamtest.After(time.Duration(rand.IntN(50))*time.Millisecond, step)(req) //nolint:gosec // likewise
}

func well(req *http.Request) upstreamtest.Step {
	switch path := req.URL.Path; {
	case strings.HasPrefix(path, "/buyers/"):
		var items []string
		for id := range strings.SplitSeq(strings.TrimPrefix(path, "/buyers/"), ",") {
			items = append(items, fmt.Sprintf(`{"id":%q,"name":%q}`, id, id))
		}
		return upstreamtest.Answer(200, "["+strings.Join(items, ",")+"]")
	case strings.HasPrefix(path, "/notes/"):
		return upstreamtest.Answer(200, fmt.Sprintf("%q", strings.TrimPrefix(path, "/notes/")+req.URL.Query().Get("lang")))
	default:
		first := number(req.URL.Query().Get("at"), 0)
		return upstreamtest.Answer(200, `{"items":[`+strings.Join(numbered(first, min(first+5, 40)), ",")+`],"total":40}`)
	}
}

// Whatever fails, and whoever leaves, what comes is what was asked for, and nothing is
// left behind.
func TestManyOperationsOverAMoodyAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "", roundTrip(moody), setting{call: func(c *call.Connector) {
			c.Policy.Fresh = new(30 * time.Millisecond)
			c.Policy.Refresh = new(90 * time.Millisecond)
			if c.Paging != nil {
				paging := *c.Paging
				paging.Max, c.Paging = 5, &paging
			}
		}, client: func(cfg *upstreams.Config) { cfg.Breaker.Off = new(true) }})
		ids := manyIDs(0, 30)
		var group sync.WaitGroup
		var good atomic.Int64
		for range 60 {
			group.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(300))*time.Millisecond) //nolint:gosec // likewise
				defer cancel()
				o := w.operation()
				for range 5 {
					from := rand.IntN(20) //nolint:gosec // likewise
					some := ids[from : from+10]
					check(ctx, t, &good, o, notes("en", some...), func(i int) string { return `"` + some[i] + `en"` })
					check(ctx, t, &good, o, &Group{Connectors: []call.ID{"Buyer"}, Keys: keys(some...)}, func(i int) string {
						return `{id:"` + some[i] + `" name:"` + some[i] + `"}`
					})
					g := root(call.ID("Query.counted"))
					g.Args = arguments(t, "first", from+1)
					check(ctx, t, &good, o, g, nil)
				}
			})
		}
		group.Wait()
		if good.Load() < 1000 {
			t.Errorf("%d loads went well", good.Load())
		}
	})
}

// check has a group loaded, and looks at what comes without an error.
func check(ctx context.Context, tb testing.TB, good *atomic.Int64, o *Operation, g *Group, want func(i int) string) {
	tb.Helper()
	done := make(chan struct{})
	loads, now := o.Begin(ctx, g, func() { close(done) })
	if !now {
		<-done
	}
	for i, l := range loads {
		switch {
		case l.Err != nil:
			continue
		case want != nil && text(l) != want(i):
			tb.Errorf("got %s, want %s", text(l), want(i))
		case want == nil:
			answer, _ := l.Serve(nil)
			edges := at(answer.Root(), "edges")
			for n := range edges.Len() {
				if got := show(at(edges.Item(n), "node", "n")); got != strconv.Itoa(n) {
					tb.Errorf("node %d is %s", n, got)
				}
			}
		}
		good.Add(1)
	}
}
