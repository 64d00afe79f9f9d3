package fetch

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// What breaks the contract does not take the place of what is whole for those who ask for
// what is lost; the others are served what is new.
func TestTheLastWholeAnswerServesWhoAsksForWhatIsLost(t *testing.T) {
	const lost = "Sale.total: total: there is no such key in the object"
	good, broken := upstreamtest.Answer(200, `{"id":1,"total":5,"buyer":{"id":7}}`), upstreamtest.Answer(200, `{"id":2,"buyer":{"id":7}}`)
	down := upstreamtest.Answer(503, "")
	total, id := &wants{"total": {}}, &wants{"id": {}}
	tests := map[string]struct {
		steps  []upstreamtest.Step
		asked  *wants
		want   string // the id
		state  upstreams.State
		reason upstreams.Reason
		why    string
	}{
		"it is there":                      {[]upstreamtest.Step{good}, total, `"1"`, upstreams.StateFresh, "", ""},
		"it is lost":                       {[]upstreamtest.Step{good, broken}, total, `"1"`, upstreams.StateStandingIn, upstreams.ReasonContract, lost},
		"it is lost twice":                 {[]upstreamtest.Step{good, broken, broken}, total, `"1"`, upstreams.StateStandingIn, upstreams.ReasonContract, lost},
		"it is lost, and nobody asks":      {[]upstreamtest.Step{good, broken}, id, `"2"`, upstreams.StateFresh, "", ""},
		"it was lost, and now it is down":  {[]upstreamtest.Step{good, broken, down}, total, `"1"`, upstreams.StateStandingIn, upstreams.ReasonStatus, "status 503"},
		"it was lost, and nobody asks now": {[]upstreamtest.Step{good, broken, down}, id, `"2"`, upstreams.StateStandingIn, upstreams.ReasonStatus, "status 503"},
		"it was never there":               {[]upstreamtest.Step{broken}, total, `"2"`, upstreams.StateFresh, "", ""},
		"it is back":                       {[]upstreamtest.Step{good, broken, good}, total, `"1"`, upstreams.StateFresh, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, "", upstreamtest.Play(test.steps...), setting{})
				g := root(call.ID("Query.sale"))
				g.Args, g.Asked = arguments(t, "id", "1"), test.asked
				var l *Load
				for range test.steps {
					l = w.one(w.operation(), g)
					time.Sleep(time.Minute)
				}
				if l.Err != nil {
					t.Fatal(l.Err)
				}
				answer, part := l.Serve(test.asked)
				if got := show(at(answer.Root(), "id")); got != test.want || part.State != test.state || part.Reason != test.reason {
					t.Errorf("got %s, %+v", got, part)
				}
				if (part.Err != nil) != (test.why != "") || part.Err != nil && !strings.Contains(part.Err.Error(), test.why) {
					t.Errorf("because %v, want %q", part.Err, test.why)
				}
			})
		})
	}
}

// A page that lacks what is asked for is not taken where there is a whole one.
func TestAPageThatIsBrokenIsNotTakenByWhoAsksForWhatIsLost(t *testing.T) {
	sdl := strings.Replace(shopSDL, "node: Node }", "node: Node! }", 1)
	page := func(items string) upstreamtest.Step {
		return upstreamtest.Answer(200, `{"items":[`+items+`],"total":2,"pages":1}`)
	}
	api := upstreamtest.Play(page(`{"n":1},{"n":2}`), page(`{"n":1},{"m":2}`))
	w := newWorld(t, sdl, api, setting{})
	numbers := &wants{"edges": {"node": {"n": {}}}}
	count := &wants{"totalCount": {}}
	if got := text(w.one(w.operation(), root(call.ID("Query.paged")))); !strings.Contains(got, "n:2") {
		t.Fatal(got)
	}
	o := w.operation()
	for _, asked := range []*wants{count, numbers, count} {
		g := root(call.ID("Query.paged"))
		g.Asked = asked
		l := w.one(o, g)
		answer, part := l.Serve(asked)
		whole, want := asked == numbers, upstreams.StateFresh
		if whole {
			want = upstreams.StateStandingIn
		}
		if got := show(answer.Root()); part.State != want || strings.Contains(got, "n:2") != whole {
			t.Errorf("asked for %v: got %s, %+v", asked, got, part)
		}
	}
	if n := api.Calls(); n > 3 {
		t.Errorf("%d calls", n)
	}
}

// What one group waits for may turn out to be of no use to it: then it asks again.
func TestWhoWaitedForWhatAnotherAskedForAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"id":1,"buyer":{"id":7}}`))
		good := upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"id":2,"total":5,"buyer":{"id":8}}`))
		w := newWorld(t, "", two(upstreamtest.Play(broken), upstreamtest.Play(good)), setting{})
		o := w.operation()
		got := make([]string, 3)
		var group sync.WaitGroup
		for i, asked := range []*wants{{"id": {}}, {"total": {}}, {"total": {}}} {
			group.Go(func() {
				g := root(call.ID("Query.delivery[0]"), call.ID("Query.delivery[1]"))
				g.Asked = asked
				l := w.one(o, g)
				answer, _ := l.Serve(asked)
				got[i] = show(at(answer.Root(), "id"))
			})
			synctest.Wait()
		}
		group.Wait()
		if diff := cmp.Diff([]string{`"1"`, `"2"`, `"2"`}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// A report that wants problems has those of every answer once, also of one that could not
// be used.
func TestProblemsAreTold(t *testing.T) {
	const good = `{"id":1,"total":5,"buyer":{"id":7,"name":"x"}}`
	tests := map[string]struct {
		answers []string // the last of which counts
		want    string
	}{
		"of a field":                        {[]string{`{"id":1,"buyer":{"id":7}}`}, "Sale.total MISSING_KEY total: there is no such key in the object"},
		"of an answer":                      {[]string{`7`}, "Query.sale MISFIT the number that is there does not fit"},
		"of one that another stands in for": {[]string{good, `7`}, "Query.sale MISFIT the number that is there does not fit"},
		"of a good one: none":               {[]string{good}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var steps []upstreamtest.Step
			for _, answer := range test.answers {
				steps = append(steps, upstreamtest.Answer(200, answer))
			}
			w := newWorld(t, "", upstreamtest.Play(steps...), setting{})
			g := root(call.ID("Query.sale"))
			g.Args = arguments(t, "id", "1")
			for range steps[1:] {
				w.one(w.operation(), g)
			}
			o := w.operation()
			w.one(o, g)
			w.one(o, g)
			var got []string
			for _, p := range w.report.Problems() {
				if p.Count != 1 || p.Source != "shop" || p.Connector != "Query.sale" {
					t.Errorf("%+v", p)
				}
				if p.Field != "Person.name" { // the key of a field that may be null
					got = append(got, p.Field+" "+p.Kind+" "+p.Message)
				}
			}
			if strings.Join(got, "\n") != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
