package fetch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/connect/call"
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
		styles  []call.Style
		before  func(*pager, int) upstreamtest.Step
		first   int
		want    []int
		hasNext bool
		kind    string // of the error beside the nodes, or in their place
		message string
	}{
		"the first page fails":        {before: fail(1, upstreamtest.Answer(503, "{}")), first: 20, kind: "unavailable"},
		"the second page fails":       {before: fail(2, upstreamtest.Answer(503, "{}")), first: 20, want: countTo(10), hasNext: true, kind: "unavailable"},
		"the second page is HTML":     {before: fail(2, upstreamtest.Answer(200, "<p>", "Content-Type", "text/html")), first: 20, want: countTo(10), hasNext: true, kind: "unusable answer"},
		"the second page is not read": {before: fail(2, upstreamtest.Answer(503, "{}")), first: 10, want: countTo(10), hasNext: true},
		"the third is not there":      {before: fail(3, upstreamtest.Answer(404, "{}")), first: 30, want: countTo(20)},
		"there is no such list":       {before: fail(1, upstreamtest.Answer(404, "{}")), first: 30},
		"always the same page":        {before: same, first: 20, want: []int{0, 1}, hasNext: true, kind: "unusable answer", message: "repeats a page"},
		"a loop of cursors": {styles: []call.Style{call.ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[{"n":%d}],"next":"%d","more":true}`, n-1, n%3))
		}, first: 20, want: countTo(4), hasNext: true, kind: "unusable answer", message: "repeats a page"},
		"more, but not where": {styles: []call.Style{call.ByCursor}, before: func(*pager, int) upstreamtest.Step {
			return upstreamtest.Answer(200, `{"items":[{"n":0}],"more":true}`)
		}, first: 20, want: []int{0}, hasNext: true, kind: "unusable answer", message: "not where"},
		"pages that end nowhere": {styles: []call.Style{call.ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[{"n":%d}],"next":"c%d","more":true}`, n-1, n))
		}, first: 60, want: countTo(50), hasNext: true, kind: "limit reached", message: "go on after the last cursor"},
		"empty pages that end nowhere": {styles: []call.Style{call.ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[],"next":"c%d","more":true}`, n))
		}, first: 60, kind: "limit reached"},
		"the list shrinks": {before: func(p *pager, n int) upstreamtest.Step {
			if n == 2 {
				p.items = p.items[:4]
			}
			return nil
		}, first: 30, want: countTo(10)},
		"what is new moves the rest": {before: func(p *pager, n int) upstreamtest.Step {
			if n > 1 {
				p.items = slices.Insert(p.items, 0, fmt.Sprintf(`{"n":%d}`, 1000+n))
			}
			return nil
		}, first: 25, want: countTo(25), hasNext: true},
		"a short page in the middle": {styles: []call.Style{call.ByPage}, before: func(_ *pager, n int) upstreamtest.Step {
			items := strings.Join(numbered(n*10, n*10+3), ",")
			return upstreamtest.Answer(200, fmt.Sprintf(`{"items":[%s],"pages":3,"total":30}`, items))
		}, first: 20, want: []int{10, 11, 12, 20, 21, 22, 30, 31, 32}},
		"an empty page in the middle": {styles: []call.Style{call.ByPage, call.ByCursor}, before: func(_ *pager, n int) upstreamtest.Step {
			if n == 2 {
				return upstreamtest.Answer(200, `{"items":[],"next":"after,20","more":true,"pages":6}`)
			}
			return nil
		}, first: 20, want: append(countTo(10), countTo(30)[20:]...), hasNext: true},
		"one bad node":        {before: fail(1, upstreamtest.Answer(200, `{"items":[{"n":0},7,{"n":2}],"total":3,"pages":1}`)), first: 3, want: []int{0, -1, 2}},
		"no node that is not": {before: fail(1, upstreamtest.Answer(200, `{"items":[7,8],"total":2,"pages":1}`)), first: 3, kind: "unusable answer"},
		"no list":             {before: fail(1, upstreamtest.Answer(200, `{"items":7,"total":2,"pages":1}`)), first: 3, kind: "unusable answer"},
	}
	for name, test := range tests {
		for styleName, style := range styles {
			if test.styles != nil && !slices.Contains(test.styles, style) {
				continue
			}
			t.Run(name+", "+styleName, func(t *testing.T) {
				p := &pager{style: style, items: numbered(0, 60), most: 10, before: test.before}
				got, err := over(t, p, 10).ask("first", test.first)
				var place []any
				if len(got.beside) > 0 {
					err, place = got.beside[0].Err, got.beside[0].Path
				}
				kind, message := "", ""
				if e, ok := errors.AsType[*upstreams.Error](err); ok {
					kind, message = e.Kind.String(), e.Message
				}
				if (err != nil) != (kind != "") || kind != test.kind || !strings.Contains(message, test.message) || len(got.beside) > 1 {
					t.Errorf("error %v, want one of kind %q", err, test.kind)
				}
				if diff := cmp.Diff(test.want, got.numbers); diff != "" || got.next != test.hasNext {
					t.Fatalf("hasNextPage %v (-want +got):\n%s", got.next, diff)
				}
				if place != nil && !cmp.Equal(place, []any{"edges", len(test.want)}) {
					t.Errorf("the error is at %v", place)
				}
			})
		}
	}
}

func TestABadNodeIsAtItsPlace(t *testing.T) {
	p := &pager{style: call.ByPage, items: append(numbered(0, 12), `7`, `{"n":13}`), most: 10}
	got, err := over(t, p, 10).ask("first", 14)
	if err != nil {
		t.Fatal(err)
	}
	answer, _ := got.load.Serve(nil)
	f := at(at(answer.Root(), "edges").Item(12), "node").Fault()
	if f == nil || f.Connector != "Query.paged" || f.Source != "shop" || got.numbers[12] != -1 || got.numbers[13] != 13 {
		t.Errorf("fault %+v, nodes %v", f, got.numbers)
	}
}

func TestAnEmptyListHasATotal(t *testing.T) {
	for _, style := range []call.Style{call.ByPage, call.ByOffset} {
		got, err := over(t, &pager{style: style, most: 10}, 10).ask()
		if err != nil || got.beside != nil || got.next || len(got.cursors) > 0 || got.total == nil || *got.total != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

// An API whose pages have a size of its own.
func TestPagesOfTheAPIsOwnSize(t *testing.T) {
	for name, style := range styles {
		for what, change := range map[string]func(*pager, *call.Paging){
			"no size to ask for":       func(_ *pager, paging *call.Paging) { paging.Size = "" },
			"a least size":             func(p *pager, _ *call.Paging) { p.least = 10 },
			"a size below the maximum": func(p *pager, _ *call.Paging) { p.most = 6 },
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				p := &pager{style: style, items: numbered(0, 53), most: 10}
				l := newLister(t, style, 10, p, func(c *call.Connector) { change(p, c.Paging) }, setting{})
				var all []int
				args := []any{"first", 7}
				for range 60 {
					got, err := l.ask(args...)
					if err != nil || got.beside != nil {
						t.Fatal(err, got.beside)
					}
					all = append(all, got.numbers...)
					if !got.next {
						break
					}
					args = []any{"first", 7, "after", got.end()}
				}
				if diff := cmp.Diff(countTo(53), all); diff != "" {
					t.Errorf("(-want +got):\n%s\n%q", diff, p.calls)
				}
			})
		}
	}
}

func TestALongPageTakesLittleTime(t *testing.T) {
	items := numbered(0, 100_000)
	for i := range items {
		if i%2 == 1 {
			items[i] = `7`
		}
	}
	p := &pager{style: call.ByPage, items: items, most: len(items), least: len(items)}
	began := time.Now()
	got, err := over(t, p, 1000).ask("first", 1000)
	bad := 0
	for _, n := range got.numbers {
		if n < 0 {
			bad++
		}
	}
	if took := time.Since(began); err != nil || len(got.numbers) != 1000 || bad != 500 || took > time.Minute {
		t.Errorf("%d nodes and %d errors in %v, %v", len(got.numbers), bad, took, err)
	}
}

// A list is as old as its oldest page, and as wide open as none.
func TestAConnectionIsAsFreshAsItsLeastFreshPage(t *testing.T) {
	p := &pager{style: call.ByPage, items: numbered(0, 30), most: 10}
	l := over(t, p, 10)
	if _, err := l.ask("first", 30); err != nil {
		t.Fatal(err)
	}
	p.before = func(_ *pager, n int) upstreamtest.Step {
		if n == 5 {
			return upstreamtest.Answer(503, "{}")
		}
		return nil
	}
	got, err := l.ask("first", 30)
	if err != nil || len(got.numbers) != 30 {
		t.Fatal(got, err)
	}
	if _, part := got.load.Serve(nil); part.State != upstreams.StateStandingIn || part.Reason != upstreams.ReasonStatus || part.Cache != "stale" || part.Err == nil {
		t.Errorf("reported %+v", part)
	}
}
