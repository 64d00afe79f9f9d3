package connect

import (
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"holdfast/connect/mapping"
	"holdfast/upstreams/upstreamtest"
)

// A warm read neither parses nor maps anything, however large the answer is.
func TestAWarmReadMapsNothing(t *testing.T) {
	allocs := map[int]float64{}
	for _, items := range []int{1, 1_000} {
		mapped := 0
		c := &Connector[[]*line]{
			Call: Call{ID: "Query.lines", Method: "GET", URL: mapping.MustTemplate("/lines"), Policy: Policy{Fresh: new(time.Hour)}},
			Map: func(m *Mapper, in Value) []*line {
				mapped++
				return NeedList(m.Answer(), "", in, NonNullObject(mapLine))
			},
		}
		api := upstreamtest.Play(upstreamtest.Answer(200, "["+strings.Repeat(`{"n":1},`, items-1)+`{"n":2}]`))
		a := open(t, Source{}, api, Settings{})
		ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
		read := func() {
			if got, err := One(ctx, a, c, nil); err != nil || len(got) != items {
				t.Fatal(len(got), err)
			}
		}
		read()
		allocs[items] = testing.AllocsPerRun(100, read)
		if mapped != 1 || api.Calls() != 1 {
			t.Errorf("mapped %d times, %d calls", mapped, api.Calls())
		}
	}
	if few, many := allocs[1], allocs[1_000]; many > few+2 || many > 50 {
		t.Errorf("a warm read of 1,000 items makes %v allocations, of one %v", many, few)
	}
}
