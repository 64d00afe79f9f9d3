package connect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

func TestTroubleOnTheWay(t *testing.T) {
	fail := func(n int, step upstreamtest.Step) func(*pager, int) upstreamtest.Step {
		return func(_ *pager, call int) upstreamtest.Step {
			if call == n {
				return step
			}
			return nil
		}
	}
	same := func(*pager, int) upstreamtest.Step {
		return upstreamtest.Answer(200, `{"items":[{"n":0},{"n":1}],"next":"x","more":true,"total":99,"pages":50}`, "Link", `</?at=x>; rel=next`)
	}
	tests := map[string]struct {
		styles  []Style
		before  func(*pager, int) upstreamtest.Step
		first   int
		want    []int
		hasNext bool
		kind    upstreams.Kind // of the error beside the nodes, or in their place
		message string
	}{
		"the first page fails":        {before: fail(1, upstreamtest.Answer(503, "{}")), first: 20, kind: upstreams.Unavailable},
		"the second page fails":       {before: fail(2, upstreamtest.Answer(503, "{}")), first: 20, want: count0(10), hasNext: true, kind: upstreams.Unavailable},
		"the second page is HTML":     {before: fail(2, upstreamtest.Answer(200, "<p>", "Content-Type", "text/html")), first: 20, want: count0(10), hasNext: true, kind: upstreams.Contract},
		"the second page is not read": {before: fail(2, upstreamtest.Answer(503, "{}")), first: 10, want: count0(10), hasNext: true},
		"the third is not there":      {before: fail(3, upstreamtest.Answer(404, "{}")), first: 30, want: count0(20)},
		"there is no such list":       {before: fail(1, upstreamtest.Answer(404, "{}")), first: 30},
		"always the same page":        {before: same, first: 20, want: []int{0, 1}, hasNext: true, kind: upstreams.Contract, message: "repeats a page"},
		"a loop of cursors": {styles: []Style{ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[{"n":%d}],"next":"%d","more":true}`, n-1, n%3))
		}, first: 20, want: count0(4), hasNext: true, kind: upstreams.Contract, message: "repeats a page"},
		"more, but not where": {styles: []Style{ByCursor}, before: func(*pager, int) upstreamtest.Step {
			return upstreamtest.Answer(200, `{"items":[{"n":0}],"more":true}`)
		}, first: 20, want: []int{0}, hasNext: true, kind: upstreams.Contract, message: "not where"},
		"pages that end nowhere": {styles: []Style{ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[{"n":%d}],"next":"c%d","more":true}`, n-1, n))
		}, first: 60, want: count0(50), hasNext: true, kind: upstreams.Limit, message: "go on after the last cursor"},
		"empty pages that end nowhere": {styles: []Style{ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[],"next":"c%d","more":true}`, n))
		}, first: 60, kind: upstreams.Limit},
		"the list shrinks": {before: func(p *pager, n int) upstreamtest.Step {
			if n == 2 {
				p.items = p.items[:4]
			}
			return nil
		}, first: 30, want: count0(10)},
		"what is new moves the rest": {before: func(p *pager, n int) upstreamtest.Step {
			if n > 1 {
				p.items = slices.Insert(p.items, 0, fmt.Sprintf(`{"n":%d}`, 1000+n))
			}
			return nil
		}, first: 25, want: count0(25), hasNext: true},
		"a short page in the middle": {styles: []Style{ByPage}, before: func(_ *pager, n int) upstreamtest.Step {
			items := strings.Join(numbered(n*10, n*10+3), ",")
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[%s],"pages":3,"total":30}`, items))
		}, first: 20, want: []int{10, 11, 12, 20, 21, 22, 30, 31, 32}},
		"an empty page in the middle": {styles: []Style{ByPage, ByCursor}, before: func(p *pager, n int) upstreamtest.Step {
			if n == 2 {
				return upstreamtest.Answer(200, `{"items":[],"next":"after,20","more":true,"pages":6}`)
			}
			return nil
		}, first: 20, want: append(count0(10), count0(30)[20:]...), hasNext: true},
		"one bad node": {before: fail(1, upstreamtest.Answer(200, `{"items":[{"n":0},7,{"n":2}],"total":3,"pages":1}`)), first: 3, want: []int{0, -1, 2}, kind: upstreams.Contract},
	}
	for name, test := range tests {
		for styleName, style := range styles {
			if test.styles != nil && !slices.Contains(test.styles, style) {
				continue
			}
			t.Run(name+", "+styleName, func(t *testing.T) {
				p := &pager{style: style, items: numbered(0, 60), most: 10, before: test.before}
				got, errs, err := newLister(t, p, 10).ask(Args{"first": test.first})
				if err != nil {
					errs = append(errs, gqlerror.Wrap(err))
				}
				var kind upstreams.Kind
				var message string
				if len(errs) > 0 {
					e, ok := errors.AsType[*upstreams.Error](errs[0])
					if !ok || len(errs) > 1 {
						t.Fatalf("errors %v", errs)
					}
					kind, message = e.Kind, e.Message
				}
				if kind != test.kind || !strings.Contains(message, test.message) {
					t.Errorf("errors %v, want one of kind %s", errs, test.kind)
				}
				if test.want == nil {
					if got != nil {
						t.Errorf("got %+v", got)
					}
					return
				}
				if diff := cmp.Diff(test.want, numbers(got)); diff != "" || got.HasNext != test.hasNext {
					t.Fatalf("hasNextPage %v (-want +got):\n%s", got.HasNext, diff)
				}
				if stopped := kind != 0 && !slices.Contains(test.want, -1); stopped {
					if want := fmt.Sprintf("list.edges[%d]", len(test.want)); errs[0].Path.String() != want {
						t.Errorf("the error is at %s, want %s", errs[0].Path, want)
					}
				}
			})
		}
	}
}

func TestABadNodeIsAtItsPath(t *testing.T) {
	p := &pager{style: ByPage, items: append(numbered(0, 12), `7`, `{"n":13}`), most: 10}
	got, errs, err := newLister(t, p, 10).ask(Args{"first": 14})
	if err != nil {
		t.Fatal(err)
	}
	if len(errs) != 1 || errs[0].Path.String() != "list.edges[12].node" || numbers(got)[12] != -1 {
		t.Errorf("errors %v, nodes %v", errs, numbers(got))
	}
}

func TestAnEmptyListHasATotal(t *testing.T) {
	for _, style := range []Style{ByPage, ByOffset} {
		got, errs, err := newLister(t, &pager{style: style, most: 10}, 10).ask(Args{})
		if err != nil || errs != nil || got.HasNext || got.Start() != nil || got.End() != nil || got.Total == nil || *got.Total != 0 {
			t.Errorf("%+v, %v, %v", got, err, errs)
		}
	}
}

// An API whose pages have a size of its own.
func TestPagesOfTheAPIsOwnSize(t *testing.T) {
	for name, style := range styles {
		for what, change := range map[string]func(*pager, *Paging){
			"no size to ask for":       func(_ *pager, paging *Paging) { paging.Size = "" },
			"a least size":             func(p *pager, _ *Paging) { p.least = 10 },
			"a size below the maximum": func(p *pager, _ *Paging) { p.most = 6 },
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				p := &pager{style: style, items: numbered(0, 53), most: 10}
				l := newLister(t, p, 10)
				change(p, l.paging)
				var all []int
				args := Args{"first": 7}
				for range 60 {
					got, errs, err := l.ask(args)
					if err != nil || errs != nil {
						t.Fatal(err, errs)
					}
					all = append(all, numbers(got)...)
					if !got.HasNext {
						break
					}
					args["after"] = *got.End()
				}
				if diff := cmp.Diff(count0(53), all); diff != "" {
					t.Errorf("(-want +got):\n%s\n%q", diff, p.calls)
				}
			})
		}
	}
}

// A connector of pages may also be asked by itself: what is remembered of one
// answer is a list for the one and a page for the other.
func TestAPageIsNotTheListOfItsConnector(t *testing.T) {
	p := &pager{style: ByCursor, items: numbered(0, 3), most: 10}
	l := newLister(t, p, 10)
	l.paging.Size = ""
	list := *l.page
	l.page.Policy = Policy{Fresh: new(time.Hour)}
	list.Policy = l.page.Policy
	ctx := graphql.WithResponseContext(t.Context(), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	for range 2 {
		if got, _, err := l.ask(nil); err != nil || len(got.Nodes) != 3 {
			t.Fatal(got, err)
		}
		if got, err := One(ctx, l.api, &list, nil); err != nil || len(got) != 3 {
			t.Fatal(got, err)
		}
	}
	if len(p.calls) != 1 {
		t.Errorf("calls %q", p.calls)
	}
}

func TestALongPageTakesLittleTime(t *testing.T) {
	items := numbered(0, 100_000)
	for i := range items {
		if i%2 == 1 {
			items[i] = `7`
		}
	}
	p := &pager{style: ByPage, items: items, most: len(items), least: len(items)}
	began := time.Now()
	got, errs, err := newLister(t, p, 1000).ask(Args{"first": 1000})
	if took := time.Since(began); err != nil || len(got.Nodes) != 1000 || len(errs) != 500 || took > time.Minute {
		t.Errorf("%d nodes and %d errors in %v, %v", len(got.Nodes), len(errs), took, err)
	}
}
