package connect

import (
	"context"
	"errors"
	"hash/maphash"
	"net/url"

	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// A walk reads pages until there are as many nodes as were asked for.
type walk[T any] struct {
	ctx        context.Context
	api        *API
	page       *Connector[[]T]
	paging     *Paging
	args, this Value

	out     Page[T]
	answer  upstreams.Answer // how fresh the least fresh page was
	root    mapping.ItemFaults
	faulty  bool
	stopped error // why there are not as many nodes as there could be
	calls   int
	seen    map[uint64]bool // contents of pages
}

// A sheet is one page as it came.
type sheet[T any] struct {
	nodes  []T
	faults []mapping.Fault
	faulty bool
	next   string
	more   *bool
	total  *int
	digest uint64
}

// run fills w.out.
func (w *walk[T]) run() error {
	win, err := w.window()
	if err != nil {
		return err
	}
	w.seen = map[uint64]bool{}
	w.out.HasPrevious = win.from != nil && !win.backward
	if w.paging.Style == ByPage || w.paging.Style == ByOffset {
		return w.counted(win)
	}
	return w.chained(win)
}

// errLoop is a vendor that gives the same page again.
var errLoop = errors.New("the API repeats a page: reading stopped there")

// chained reads pages of which each says where the next is.
func (w *walk[T]) chained(win window) error {
	size := min(win.n, w.paging.Max)
	at := cursor{Index: -1, Size: size}
	if win.from != nil {
		at = *win.from
	}
	for {
		s, err := w.fetch(at.Page, at.Size, 0)
		if err != nil {
			return w.stop(err)
		}
		here := s.next
		for i := at.Index + 1; i < len(s.nodes) && len(w.out.Nodes) < win.n; i++ {
			c := cursor{Page: at.Page, Index: i, Size: at.Size}
			if i == len(s.nodes)-1 && here != "" {
				c = cursor{Page: here, Index: -1, Size: at.Size} // go on without this page
			}
			w.add(s, i, c)
			w.out.HasNext = i < len(s.nodes)-1
		}
		more := here != "" && (s.more == nil || *s.more)
		w.out.HasNext = w.out.HasNext || more
		if len(w.out.Nodes) >= win.n || !more {
			return nil
		}
		if here == at.Page || w.calls == maxPages {
			return w.stop(errLoop)
		}
		at = cursor{Page: here, Index: -1, Size: at.Size}
	}
}

// counted reads pages that are numbered, or begin at a count of items: all of
// them are windows on items counted from 0.
func (w *walk[T]) counted(win window) error {
	size := min(win.n, w.paging.Max)
	from := 0
	if win.from != nil {
		size = min(win.from.Size, w.paging.Max)
		n, err := w.ordinal(*win.from)
		if err != nil {
			return err
		}
		from = n + 1
		if win.backward {
			from, win.n = max(0, n-win.n), min(win.n, n)
			w.out.HasPrevious = from > 0
		}
	}
	to := from + win.n
	for from < to {
		first := from // of the page that has it
		if w.paging.Style == ByPage {
			first = from / size * size
		}
		s, err := w.fetch(w.position(first, size), size, first/size+1)
		if err != nil {
			return w.stop(err)
		}
		for i := from - first; i < len(s.nodes) && first+i < to; i++ {
			w.add(s, i, w.cursorOf(first, i, size))
			from++
		}
		end := first + len(s.nodes)
		w.out.HasNext = end > from || w.more(s, end, size)
		if from < first+len(s.nodes) || !w.out.HasNext {
			return nil
		}
		if from < to && w.calls == maxPages {
			return w.stop(errLoop)
		}
	}
	return nil
}

// more says whether there are items after end.
func (w *walk[T]) more(s *sheet[T], end, size int) bool {
	switch {
	case s.more != nil:
		return *s.more
	case s.total != nil:
		return end < *s.total
	}
	return len(s.nodes) >= size // a full page may be followed by another
}

// position is how the API calls the page of which first is the first item.
func (w *walk[T]) position(first, size int) string {
	if w.paging.Style == ByPage {
		return itoa(first/size + 1)
	}
	return itoa(first)
}

func (w *walk[T]) cursorOf(first, i, size int) cursor {
	if w.paging.Style == ByPage {
		return cursor{Page: w.position(first, size), Index: i, Size: size}
	}
	return cursor{Page: itoa(first + i), Index: 0, Size: size}
}

// ordinal is which item, counted from 0, a cursor stands for.
func (w *walk[T]) ordinal(c cursor) (int, error) {
	n, err := c.number()
	if w.paging.Style == ByPage {
		if n < 1 || c.Index < 0 {
			return 0, badInput("the cursor is not one that this API gave out")
		}
		return (n-1)*min(c.Size, w.paging.Max) + c.Index, err
	}
	return n, err
}

// add puts the i-th node of a page into the connection.
func (w *walk[T]) add(s *sheet[T], i int, c cursor) {
	c.Of = w.page.ID
	for _, f := range s.faults {
		if len(f.Index) > 0 && f.Index[0] == i {
			f.Index = append([]int{len(w.out.Nodes)}, f.Index[1:]...)
			w.root.AddItemFault(f)
		}
	}
	w.faulty = w.faulty || s.faulty
	w.out.Nodes = append(w.out.Nodes, s.nodes[i])
	w.out.Cursors = append(w.out.Cursors, c.String())
	if s.total != nil {
		w.out.Total = s.total
	}
}

// fetch asks for one page. number is the page's, from 1, where pages are counted.
func (w *walk[T]) fetch(position string, size, number int) (*sheet[T], error) {
	w.calls++
	vars := w.api.variables(w.ctx, &w.page.Call, w.args, w.this)
	b := builder{api: w.api, connector: &w.page.Call, vars: vars, caller: callerHeader(w.ctx)}
	if position != "" {
		b.extra = append(b.extra, encode(w.paging.At)+"="+encode(position))
	}
	if w.paging.Size != "" {
		b.extra = append(b.extra, encode(w.paging.Size)+"="+itoa(size))
	}
	req, err := b.request()
	if err != nil {
		return nil, err
	}
	inner := accept(w.api, w.page, vars)
	req.Accept = func(reply upstreams.Reply) (any, error) {
		v, err := inner(reply)
		if err != nil {
			return nil, err
		}
		return w.sheet(v, reply, vars, number), nil
	}
	answer, err := w.api.Read(w.ctx, req)
	if err != nil {
		return nil, err
	}
	s, ok := answer.Value.(*sheet[T])
	if !ok {
		return nil, errors.New("connect: an answer of another kind")
	}
	if w.seen[s.digest] && len(s.nodes) > 0 {
		return nil, errLoop
	}
	w.seen[s.digest] = true
	w.note(answer)
	return s, nil
}

var digestSeed = maphash.MakeSeed() //nolint:gochecknoglobals // constant for the process

// sheet reads a page and what the answer says around it.
func (w *walk[T]) sheet(v any, reply upstreams.Reply, vars mapping.Vars, number int) *sheet[T] {
	s := &sheet[T]{digest: maphash.Bytes(digestSeed, reply.Body)}
	if m, ok := v.(*mapped[[]T]); ok {
		s.nodes, s.faulty, s.faults = m.value, m.faulty, m.root.FaultsOf("")
	}
	in, err := parse(reply)
	if err != nil {
		return s // an accepted answer that is not there
	}
	all := answerVars(vars, reply)
	s.more = w.paging.hasMore(in, all, number)
	s.total = w.paging.total(in, all)
	if w.paging.Style == ByLink {
		s.next = nextLink(reply.Header.Values("Link"), w.paging.At)
	} else {
		s.next = w.paging.next(in, all)
	}
	return s
}

// parameter is a query parameter of a link.
func parameter(link, name string) (string, bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	v := u.Query()[name]
	if len(v) == 0 {
		return "", false
	}
	return v[0], true
}

// note keeps what is worst about the pages so far.
func (w *walk[T]) note(a *upstreams.Answer) {
	rank := func(s upstreams.State) int {
		switch s {
		case upstreams.StateStandingIn:
			return 2
		case upstreams.StateRefreshing:
			return 1
		default:
			return 0
		}
	}
	if w.calls == 1 {
		w.answer = *a
		return
	}
	if rank(a.State) > rank(w.answer.State) {
		w.answer.State, w.answer.Reason = a.State, a.Reason
	}
	w.answer.Age = max(w.answer.Age, a.Age)
	w.answer.TTL = min(w.answer.TTL, a.TTL)
	w.answer.Shared = w.answer.Shared && a.Shared
	if a.Cache != "hit" {
		w.answer.Cache = a.Cache
	}
}

// stop ends a walk at a page that did not come. What came before it is served,
// and the error stands beside it; without any nodes it is the answer.
func (w *walk[T]) stop(err error) error {
	if len(w.out.Nodes) == 0 {
		return err
	}
	w.out.HasNext = true
	w.stopped = w.refuse(err)
	return nil
}

// refuse is err as an error of the source.
func (w *walk[T]) refuse(err error) error {
	if _, ok := errors.AsType[*upstreams.Error](err); ok {
		return err
	}
	e := &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: w.api.Name(), Connector: w.page.ID, Err: err}
	if input, ok := errors.AsType[errInput](err); ok {
		e.Kind, e.Reason, e.Message = upstreams.BadInput, "", input.text
	} else if errors.Is(err, errLoop) {
		e.Message = err.Error()
	}
	return e
}
