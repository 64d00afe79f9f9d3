package fetch

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// two is an API for each of two hosts.
func two(shop, depot http.RoundTripper) http.RoundTripper {
	return roundTrip(func(req *http.Request) (*http.Response, error) {
		if req.URL.Host == "shop.test" {
			return shop.RoundTrip(req)
		}
		return depot.RoundTrip(req)
	})
}

func TestTheNextConnectorIsAskedWhenTheOneBeforeIsOut(t *testing.T) {
	here, there := upstreamtest.Answer(200, `{"at":"here"}`), upstreamtest.Answer(200, `{"at":"there"}`)
	tests := map[string]struct {
		first, second upstreamtest.Step
		old           bool // the first was well before
		want          string
		state         upstreams.State
		reason        upstreams.Reason
		source        string
		calls         int // of the second
	}{
		"the first answers":               {first: here, second: there, want: `"here"`, state: upstreams.StateFresh, source: "shop"},
		"the first is down":               {first: upstreamtest.Answer(503, ""), second: there, want: `"there"`, state: upstreams.StateAlternative, reason: upstreams.ReasonStatus, source: "depot", calls: 1},
		"the first lies":                  {first: upstreamtest.Answer(200, "<html>"), second: there, want: `"there"`, state: upstreams.StateAlternative, reason: upstreams.ReasonContract, source: "depot", calls: 1},
		"the first says no":               {first: upstreamtest.Answer(403, "{}"), second: there, want: "error: refused"},
		"the first says: not there":       {first: upstreamtest.Answer(404, "{}"), second: there, want: "null", state: upstreams.StateFresh, source: "shop"},
		"both are down":                   {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(500, ""), want: "error: unavailable", calls: 1},
		"the second does not know":        {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(404, "{}"), want: "error: unavailable", calls: 1},
		"the second has nothing":          {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(200, `{}`), want: "error: unavailable", calls: 1},
		"a current answer beats an old":   {first: upstreamtest.Answer(503, ""), second: there, old: true, want: `"there"`, state: upstreams.StateAlternative, reason: upstreams.ReasonStatus, source: "depot", calls: 1},
		"an old answer beats none":        {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(503, ""), old: true, want: `"here"`, state: upstreams.StateStandingIn, reason: upstreams.ReasonStatus, source: "shop", calls: 1},
		"an old answer beats not knowing": {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(404, "{}"), old: true, want: `"here"`, state: upstreams.StateStandingIn, reason: upstreams.ReasonStatus, source: "shop", calls: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				steps := []upstreamtest.Step{test.first}
				if test.old {
					steps = []upstreamtest.Step{here, test.first}
				}
				a, b := upstreamtest.Play(steps...), upstreamtest.Play(test.second)
				w := newWorld(t, "", two(a, b), setting{})
				tracked := root(call.ID("Query.tracked[0]"), call.ID("Query.tracked[1]"))
				if test.old {
					if got := text(w.one(w.operation(), tracked)); got != `"here"` {
						t.Fatal(got)
					}
					time.Sleep(time.Minute)
				}
				got := w.one(w.operation(), tracked)
				if text(got) != test.want || b.Calls() != test.calls {
					t.Errorf("got %s with %d calls of the second, want %s with %d", text(got), b.Calls(), test.want, test.calls)
				}
				if got.Err != nil {
					return
				}
				if _, part := got.Serve(nil); part.State != test.state || part.Reason != test.reason || part.Source != test.source {
					t.Errorf("reported %+v, want %s from %s", part, test.state, test.source)
				}
			})
		})
	}
}

// wants asks for the fields that it has, and what is asked of them.
type wants map[string]*wants

func (a *wants) Below(_, field string) []record.Asked {
	if below, ok := (*a)[field]; ok {
		return []record.Asked{below}
	}
	return nil
}

// What is lost of an answer is out for those who ask for it, and for nobody else.
func TestTheNextConnectorIsAskedForWhatTheOneBeforeHasLost(t *testing.T) {
	broken, good := upstreamtest.Answer(200, `{"id":1,"buyer":{"id":7}}`), upstreamtest.Answer(200, `{"id":2,"total":5,"buyer":{"id":8}}`)
	a, b := upstreamtest.Play(broken), upstreamtest.Play(good)
	w := newWorld(t, "", two(a, b), setting{})
	total, id := &wants{"total": {}}, &wants{"id": {}}
	o := w.operation()
	delivery := func(asked record.Asked) *Group {
		g := root(call.ID("Query.delivery[0]"), call.ID("Query.delivery[1]"))
		g.Asked = asked
		return g
	}
	for range 2 { // whoever asks first
		for asked, want := range map[*wants]string{total: "depot", id: "shop"} {
			l := w.one(o, delivery(asked))
			if l.Err != nil {
				t.Fatal(l.Err)
			}
			answer, part := l.Serve(asked)
			if part.Source != want || answer.Lost(asked) != nil {
				t.Errorf("served by %+v, want %s", part, want)
			}
			if want == "depot" && (part.State != upstreams.StateAlternative || part.Reason != upstreams.ReasonContract) {
				t.Errorf("reported %+v", part)
			}
		}
	}
	if a.Calls() > 2 || b.Calls() != 1 {
		t.Errorf("%d and %d calls", a.Calls(), b.Calls())
	}
}
