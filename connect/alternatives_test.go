package connect_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/connect"
	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// tracked is a connector that maps {"at": "…"} to the text.
func tracked(id call.ID) *connect.Connector[*string] {
	return &connect.Connector[*string]{
		Call: connect.Call{ID: id, Method: http.MethodGet, URL: mapping.MustTemplate("/"), Nullable: true},
		Map: func(m *connect.Mapper, in connect.Value) *string {
			return connect.Want(m.Answer(), "", in.Key("at"), connect.String)
		},
	}
}

func TestTheNextConnectorIsAskedWhenTheOneBeforeIsOut(t *testing.T) {
	here, there := upstreamtest.Answer(200, `{"at":"here"}`), upstreamtest.Answer(200, `{"at":"there"}`)
	tests := map[string]struct {
		first, second upstreamtest.Step
		old           bool // the first was well before
		want          string
		state         upstreams.State
		source        string
		calls         int // of the second
		kind          upstreams.Kind
	}{
		"the first answers":               {first: here, second: there, want: "here", state: upstreams.StateFresh, source: "a"},
		"the first is down":               {first: upstreamtest.Answer(503, ""), second: there, want: "there", state: upstreams.StateAlternative, source: "b", calls: 1},
		"the first lies":                  {first: upstreamtest.Answer(200, "<html>"), second: there, want: "there", state: upstreams.StateAlternative, source: "b", calls: 1},
		"the first says no":               {first: upstreamtest.Answer(403, "{}"), second: there, kind: upstreams.Refused},
		"the first says: not there":       {first: upstreamtest.Answer(404, "{}"), second: there, want: "", state: upstreams.StateFresh, source: "a"},
		"both are down":                   {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(500, ""), kind: upstreams.Unavailable, calls: 1},
		"the second does not know":        {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(404, "{}"), kind: upstreams.Unavailable, calls: 1},
		"the second has nothing":          {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(200, `{}`), kind: upstreams.Unavailable, calls: 1},
		"a current answer beats an old":   {first: upstreamtest.Answer(503, ""), second: there, old: true, want: "there", state: upstreams.StateAlternative, source: "b", calls: 1},
		"an old answer beats none":        {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(503, ""), old: true, want: "here", state: upstreams.StateStandingIn, source: "a", calls: 1},
		"an old answer beats not knowing": {first: upstreamtest.Answer(503, ""), second: upstreamtest.Answer(404, "{}"), old: true, want: "here", state: upstreams.StateStandingIn, source: "a", calls: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				steps := []upstreamtest.Step{test.first}
				if test.old {
					steps = []upstreamtest.Step{here, test.first}
				}
				a, b := upstreamtest.Play(steps...), upstreamtest.Play(test.second)
				choices := []connect.Choice[*string]{
					{API: opened(t, "a", a), Connector: tracked("Query.tracked[0]")},
					{API: opened(t, "b", b), Connector: tracked("Query.tracked[1]")},
				}
				report := upstreams.NewReport()
				ctx := upstreams.WithReport(t.Context(), report)
				if test.old {
					if _, err := connect.OneOf(t.Context(), choices, nil); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Minute)
				}
				got, err := connect.OneOf(ctx, choices, nil)
				if kind := kindOf(err); kind != test.kind {
					t.Fatalf("error %v, want kind %v", err, test.kind)
				}
				if connect.OrZero(got) != test.want || len(b.Log()) != test.calls {
					t.Errorf("got %q with %d calls of the second, want %q with %d", connect.OrZero(got), len(b.Log()), test.want, test.calls)
				}
				if parts := report.Parts(); err == nil && (parts[0].State != test.state || parts[0].Source != test.source) {
					t.Errorf("reported %+v, want %s from %s", parts, test.state, test.source)
				}
			})
		})
	}
}

func kindOf(err error) upstreams.Kind {
	if e, ok := err.(*upstreams.Error); ok { //nolint:errorlint // One returns nothing else
		return e.Kind
	}
	return 0
}

// opened is an API that rt answers for.
func opened(t *testing.T, name string, rt http.RoundTripper) *connect.API {
	t.Helper()
	c, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	u := upstreams.New(upstreams.Config{Name: name, Retry: upstreams.Retry{Max: new(0)}}, c, rt)
	t.Cleanup(func() { _ = u.Close(t.Context()) })
	api, err := connect.Source{Name: name}.Open(u, connect.Settings{URL: "https://" + name + ".example.com"})
	if err != nil {
		t.Fatal(err)
	}
	return api
}
