package connect

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A pager is an API that pages in one of the styles.
type pager struct {
	style  Style
	items  []string // raw items
	most   int      // items in a page, whatever is asked for
	least  int
	from   *int // what it calls its first page or item; nil: 1 for pages, 0 for items
	silent bool // says nothing about how much there is
	calls  []string
	// before may change the API before its n-th answer, from 1, or answer itself.
	before func(p *pager, n int) upstreamtest.Step
}

// numbered are items {"n": from} to {"n": to - 1}.
func numbered(from, to int) []string {
	var items []string
	for i := from; i < to; i++ {
		items = append(items, fmt.Sprintf(`{"n":%d}`, i))
	}
	return items
}

func (p *pager) RoundTrip(req *http.Request) (*http.Response, error) {
	q := req.URL.Query()
	p.calls = append(p.calls, req.URL.RawQuery)
	if p.before != nil {
		if step := p.before(p, len(p.calls)); step != nil {
			return step(req)
		}
	}
	size := number(q.Get("size"), p.most)
	size = max(p.least, min(size, p.most))
	origin := (&Paging{Style: p.style, From: p.from}).Origin()
	var from int
	switch at := q.Get("at"); p.style {
	case ByPage:
		from = (number(at, origin) - origin) * size
	case ByOffset:
		from = number(at, origin) - origin
	default:
		from = number(strings.TrimPrefix(at, "after,"), 0)
	}
	if from < 0 {
		return upstreamtest.Answer(400, `{}`)(req)
	}
	from = min(from, len(p.items))
	to := min(from+size, len(p.items))
	body := fmt.Sprintf(`{"items":[%s]`, strings.Join(p.items[from:to], ","))
	var header []string
	switch {
	case p.style == ByLink:
		link := `<https://shop.test/list?at=0&ids=1,2>; rel="first"; title="a, b"`
		if to < len(p.items) {
			link += fmt.Sprintf(`, </list?size=%s&at=%s>; title=x; rel="last next"`, q.Get("size"), url.QueryEscape(fmt.Sprintf("after,%d", to)))
		}
		header = append(header, "Link", link)
	case p.style == ByCursor:
		body += fmt.Sprintf(`,"next":"after,%d","more":%t`, to, to < len(p.items))
	case !p.silent:
		body += fmt.Sprintf(`,"total":%d,"pages":%d`, len(p.items), (len(p.items)+size-1)/size)
	}
	return upstreamtest.Answer(200, body+"}", header...)(req)
}

func number(text string, absent int) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return absent
	}
	return n
}

type node struct {
	mapping.ItemFaults

	N int
}

// A lister reads connections from a pager. Nothing stays fresh.
type lister struct {
	t      *testing.T
	api    *API
	c      *Connector[*Page[*node]]
	page   *Connector[[]*node]
	paging *Paging // both may be changed before the first question
	report *upstreams.Report
}

func newLister(t *testing.T, p *pager, most int) *lister {
	t.Helper()
	page := &Connector[[]*node]{
		Call: Call{ID: "Query.list", Method: "GET", URL: mapping.MustTemplate("/list"), Nullable: true},
		Map: func(m *Mapper, in Value) []*node {
			return NeedList(m.Answer(), "", in.Key("items"), NonNullObject(func(at At, in Value) *node {
				if !at.IsObject(in) {
					return nil
				}
				o := &node{}
				f := at.Object("Node", &o.ItemFaults)
				o.N = Need(f, "n", in.Key("n"), Int[int])
				return o
			}))
		},
	}
	paging := &Paging{Style: p.style, At: "at", Size: "size", Max: most}
	switch {
	case p.style == ByCursor:
		paging.Next, paging.More = mapping.MustParse("$.next"), mapping.MustParse("$.more")
	case p.style != ByLink && !p.silent:
		paging.Total = mapping.MustParse("$.total")
		if p.style == ByPage {
			paging.Pages = mapping.MustParse("$.pages")
		}
	}
	return &lister{t: t, page: page, paging: paging, api: open(t, Source{}, p, Settings{}), c: &Connector[*Page[*node]]{
		Call: page.Call, Pages: Paged(page, paging, func(p *Page[*node]) *Page[*node] { return p }),
	}}
}

// ask resolves the field list with these arguments.
func (l *lister) ask(args Args) (*Page[*node], gqlerror.List, error) {
	l.t.Helper()
	l.report = upstreams.NewTrace()
	ctx := graphql.WithResponseContext(upstreams.WithReport(l.t.Context(), l.report), graphql.DefaultErrorPresenter, graphql.DefaultRecover)
	field := &ast.Field{Name: "list", Alias: "list"}
	for name := range args {
		field.Arguments = append(field.Arguments, &ast.Argument{Name: name})
	}
	ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Field: graphql.CollectedField{Field: field}})
	v, err := One(ctx, l.api, l.c, args)
	return v, graphql.GetErrors(ctx), err
}

// numbers are the numbers of a connection's nodes; -1 for one that is null.
func numbers(p *Page[*node]) []int {
	var all []int
	for _, n := range p.Nodes {
		if n == nil {
			all = append(all, -1)
			continue
		}
		all = append(all, n.N)
	}
	return all
}

func count0(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

var styles = map[string]Style{"PAGE": ByPage, "OFFSET": ByOffset, "LINK": ByLink, "CURSOR": ByCursor}

func TestPagingThroughAListGivesEachItemOnce(t *testing.T) {
	const items, most = 53, 10
	for name, style := range styles {
		for _, first := range []int{1, 3, 7, 10, 25, 53, 54, 1000} {
			for _, silent := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s by %d, silent %t", name, first, silent), func(t *testing.T) {
					p := &pager{style: style, items: numbered(0, items), most: most, silent: silent}
					l := newLister(t, p, most)
					var all []int
					args := Args{"first": first}
					for range items + 2 {
						got, errs, err := l.ask(args)
						if err != nil || errs != nil {
							t.Fatal(err, errs)
						}
						all = append(all, numbers(got)...)
						if full := len(got.Nodes) == first; !full && got.HasNext {
							t.Fatalf("%d of %d nodes, and there are more", len(got.Nodes), first)
						}
						if got.HasPrevious != (args["after"] != nil) {
							t.Errorf("hasPreviousPage %v", got.HasPrevious)
						}
						if !silent && (style == ByPage || style == ByOffset) && (got.Total == nil || *got.Total != items) {
							t.Errorf("totalCount %v", got.Total)
						}
						if !got.HasNext {
							break
						}
						args["after"] = *got.End()
					}
					if diff := cmp.Diff(count0(items), all); diff != "" {
						t.Errorf("(-want +got):\n%s\n%q", diff, p.calls)
					}
				})
			}
		}
	}
}

func TestAnyItemsCursorGoesOn(t *testing.T) {
	for name, style := range styles {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: style, items: numbered(0, 40), most: 10}
			l := newLister(t, p, 10)
			for _, first := range []int{3, 10, 12} {
				all, _, err := l.ask(Args{"first": first})
				if err != nil {
					t.Fatal(err)
				}
				for i, c := range all.Cursors {
					for _, then := range []int{1, 4, 10, 13} {
						got, _, err := l.ask(Args{"first": then, "after": c})
						if err != nil {
							t.Fatal(err)
						}
						if diff := cmp.Diff(count0(40)[i+1:i+1+then], numbers(got)); diff != "" {
							t.Fatalf("%d after %d of %d (-want +got):\n%s", then, i, first, diff)
						}
					}
				}
			}
		})
	}
}

func TestCountedListsAreReadBackwards(t *testing.T) {
	for name, style := range map[string]Style{"PAGE": ByPage, "OFFSET": ByOffset} {
		t.Run(name, func(t *testing.T) {
			l := newLister(t, &pager{style: style, items: numbered(0, 40), most: 10}, 10)
			all, _, err := l.ask(Args{"first": 40})
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range all.Cursors {
				for _, last := range []int{1, 3, 10, 17} {
					got, errs, err := l.ask(Args{"last": last, "before": c})
					if err != nil || errs != nil {
						t.Fatal(err, errs)
					}
					want := count0(40)[max(0, i-last):i]
					if diff := cmp.Diff(want, numbers(got), cmpEmpty); diff != "" {
						t.Fatalf("%d before %d (-want +got):\n%s", last, i, diff)
					}
					if !got.HasNext || got.HasPrevious != (i > last) {
						t.Errorf("%d before %d: hasNextPage %v, hasPreviousPage %v", last, i, got.HasNext, got.HasPrevious)
					}
				}
			}
		})
	}
}

// cmpEmpty makes no difference between no items and none.
var cmpEmpty = cmp.Transformer("empty", func(list []int) []int { return append([]int{}, list...) })

func TestOneCallIsMadeWhereOneWillDo(t *testing.T) {
	tests := map[string]struct {
		style Style
		args  []Args // "after": i is the cursor of the i-th node before
		calls []string
	}{
		"page after page":               {ByPage, []Args{{"first": 5}, {"first": 5, "after": 4}}, []string{"at=1&size=5", "at=2&size=5"}},
		"pages of another size":         {ByPage, []Args{{"first": 1}, {"first": 10, "after": 0}}, []string{"at=1&size=1", "at=1&size=11"}},
		"from the middle of a page":     {ByPage, []Args{{"first": 5}, {"first": 5, "after": 2}}, []string{"at=1&size=5", "at=1&size=5", "at=2&size=5"}},
		"more than a page holds":        {ByPage, []Args{{"first": 25}}, []string{"at=1&size=20", "at=2&size=20"}},
		"an offset is where it is":      {ByOffset, []Args{{"first": 1}, {"first": 20, "after": 0}}, []string{"at=0&size=1", "at=1&size=20"}},
		"a cursor at the end of a page": {ByCursor, []Args{{"first": 2}, {"first": 20, "after": 1}}, []string{"size=2", "at=after%2C2&size=20"}},
		"links keep their size":         {ByLink, []Args{{"first": 2}, {"first": 2, "after": 1}}, []string{"size=2", "at=after%2C2&size=2"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &pager{style: test.style, items: numbered(0, 60), most: 20}
			l := newLister(t, p, 20)
			var before *Page[*node]
			for _, args := range test.args {
				if i, ok := args["after"].(int); ok {
					args["after"] = before.Cursors[i]
				}
				got, _, err := l.ask(args)
				if err != nil {
					t.Fatal(err)
				}
				before = got
			}
			if diff := cmp.Diff(test.calls, p.calls); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
