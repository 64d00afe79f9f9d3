package fetch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A pager is an API that pages in one of the styles.
type pager struct {
	style  call.Style
	items  []string // raw items
	most   int      // items in a page, whatever is asked for
	least  int
	from   *int // what it calls its first page or item; nil: 1 for pages, 0 for items
	silent bool // says nothing about how much there is
	calls  []string
	// before may change the API before its n-th answer, from 1, or answer itself.
	before func(p *pager, n int) upstreamtest.Step

	mu sync.Mutex
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
	p.mu.Lock()
	defer p.mu.Unlock()
	q := req.URL.Query()
	p.calls = append(p.calls, req.URL.RawQuery)
	if p.before != nil {
		if step := p.before(p, len(p.calls)); step != nil {
			return step(req)
		}
	}
	size := number(q.Get("size"), p.most)
	size = max(p.least, min(size, p.most))
	first := origin(&call.Paging{Style: p.style, From: p.from})
	var from int
	switch at := q.Get("at"); p.style {
	case call.ByPage:
		from = (number(at, first) - first) * size
	case call.ByOffset:
		from = number(at, first) - first
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
	case p.style == call.ByLink:
		link := `<https://shop.test/list?at=0&ids=1,2>; rel="first"; title="a, b"`
		if to < len(p.items) {
			link += fmt.Sprintf(`, </list?size=%s&at=%s>; title=x; rel="last next"`, q.Get("size"), url.QueryEscape(fmt.Sprintf("after,%d", to)))
		}
		header = append(header, "Link", link)
	case p.style == call.ByCursor:
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

var styles = map[string]call.Style{"PAGE": call.ByPage, "OFFSET": call.ByOffset, "LINK": call.ByLink, "CURSOR": call.ByCursor}

// A lister reads connections of one style. Nothing stays fresh.
type lister struct {
	*world

	id call.ID
}

// newLister reads lists from an API; change, which may be nil, changes what is known of it.
func newLister(tb testing.TB, style call.Style, most int, rt http.RoundTripper, change func(*call.Connector), set setting) *lister {
	tb.Helper()
	id := map[call.Style]call.ID{
		call.ByPage: "Query.paged", call.ByOffset: "Query.counted", call.ByLink: "Query.linked", call.ByCursor: "Query.chained",
	}[style]
	set.call = func(c *call.Connector) {
		if c.ID != id {
			return
		}
		paging := *c.Paging
		paging.Max = most
		if p, ok := rt.(*pager); ok && p.silent {
			paging.Total, paging.Pages = nil, nil
		}
		c.Paging = &paging
		if change != nil {
			change(c)
		}
	}
	return &lister{world: newWorld(tb, "", rt, set), id: id}
}

// over is a lister of a pager.
func over(tb testing.TB, p *pager, most int) *lister {
	tb.Helper()
	return newLister(tb, p.style, most, p, nil, setting{})
}

// A listed connection.
type listed struct {
	numbers        []int // of the nodes; -1 for one that is null
	cursors        []string
	next, previous bool
	total          *int
	beside         []record.Beside
	load           *Load
}

func (l listed) end() string { return l.cursors[len(l.cursors)-1] }

// ask resolves the list with arguments, which are pairs.
func (l *lister) ask(args ...any) (listed, error) {
	l.tb.Helper()
	l.report = upstreams.NewTrace()
	l.ctx = upstreams.WithReport(l.tb.Context(), l.report)
	g := root(l.id)
	g.Args, g.Assumed = arguments(l.tb, args...), true
	for i := 0; i < len(args); i += 2 {
		g.Assumed = g.Assumed && args[i] != "first"
	}
	got := listed{load: l.one(l.operation(), g)}
	if got.load.Err != nil {
		return got, got.load.Err
	}
	answer, _ := got.load.Serve(nil)
	r := answer.Root()
	if got.beside = answer.Beside(); r.Kind() == record.Null {
		return got, nil
	}
	edges, info := at(r, "edges"), at(r, "pageInfo")
	for i := range edges.Len() {
		n := -1
		if node := at(edges.Item(i), "node"); node.Kind() == record.Object {
			n = number(show(at(node, "n")), -1)
		}
		got.numbers = append(got.numbers, n)
		got.cursors = append(got.cursors, quoted(l.tb, at(edges.Item(i), "cursor")))
	}
	got.next, got.previous = show(at(info, "hasNextPage")) == "true", show(at(info, "hasPreviousPage")) == "true"
	if total := at(r, "totalCount"); total.Kind() != record.Null {
		got.total = new(number(show(total), -1))
	}
	if n := len(got.cursors); n > 0 && (quoted(l.tb, at(info, "startCursor")) != got.cursors[0] || quoted(l.tb, at(info, "endCursor")) != got.end()) {
		l.tb.Errorf("a page from %s to %s", show(at(info, "startCursor")), show(at(info, "endCursor")))
	}
	return got, nil
}

// quoted is the text of a leaf that is a string.
func quoted(tb testing.TB, r record.Ref) string {
	tb.Helper()
	var text string
	if err := json.Unmarshal(r.Append(nil), &text); err != nil {
		tb.Fatal(err)
	}
	return text
}

func countTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// drift is how often something was met in the answers of the list.
func (l *lister) drift(what string) uint64 {
	return l.apis["shop"].Status().Connectors[string(l.id)].Drift[what]
}

// mappingOf is a mapping, or nil for "".
func mappingOf(text string) *mapping.Mapping {
	if text == "" {
		return nil
	}
	return mapping.MustParse(text)
}

func queryOf(tb testing.TB, text string) url.Values {
	tb.Helper()
	q, err := url.ParseQuery(text)
	if err != nil {
		tb.Fatal(err)
	}
	return q
}
