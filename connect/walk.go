package connect

import (
	"context"
	"errors"
	"slices"

	"holdfast/connect/call"
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

	out    Page[T]
	answer upstreams.Answer // how fresh the least fresh page was
	root   mapping.ItemFaults
	faulty bool
	losses
	findings
	absent  bool  // there is no such list
	stopped error // why there are not as many nodes as there could be
	calls   int
	seen    map[uint64]int // which call first brought an item
}

// run fills w.out.
func (w *walk[T]) run() error {
	win, err := w.window()
	if err != nil {
		return err
	}
	w.seen = map[uint64]int{}
	w.answer = upstreams.Answer{State: upstreams.StateFresh, Shared: true} // of no pages at all
	w.out.HasPrevious = win.from != nil && !win.backward
	if w.paging.Style == ByPage || w.paging.Style == ByOffset {
		return w.counted(win)
	}
	return w.chained(win)
}

// Why a walk ends early.
var (
	errLoop    = errors.New("the API repeats a page: reading stopped there")
	errNowhere = errors.New("the API says that there is more, but not where: reading stopped there")
	errPages   = errors.New("the list has too many pages for one query: go on after the last cursor")
)

// chained reads pages of which each says where the next is.
func (w *walk[T]) chained(win window) error {
	at, index, size := spot{}, -1, w.size(win.n)
	if win.from != nil {
		var err error
		if at, err = w.spotOf(*win.from); err != nil {
			return err
		}
		index = win.from.Index
		if given := min(win.from.Size, w.paging.Max); w.paging.Style == ByLink {
			size = given
		} else { // where a page begins does not depend on its size
			size = max(given, size)
		}
	}
	visited := map[spot]bool{}
	read := 0
	for {
		visited[at] = true
		s, err := w.fetch(at, size)
		if err != nil {
			return w.stop(err)
		}
		next, err := w.following(s, size)
		if err != nil {
			return err
		}
		read += len(s.nodes)
		i, here, behind := index+1, w.cursorAt(at, size), w.cursorAt(next, size)
		for ; i < len(s.nodes) && len(w.out.Nodes) < win.n; i++ {
			c := here
			if c.Index = i; i == len(s.nodes)-1 && s.leads() {
				c = behind // go on without this page
			}
			w.add(s, i, c)
		}
		more := s.more == nil && (s.leads() || s.astray) || s.more != nil && *s.more
		w.out.HasNext = i < len(s.nodes) || more
		if !w.out.HasNext && win.from == nil {
			w.reconcile(read, true)
		}
		switch {
		case len(w.out.Nodes) >= win.n || !more:
			return nil
		case s.astray:
			return w.stop(call.ErrAstray)
		case !s.leads():
			return w.stop(errNowhere)
		case visited[next]:
			return w.stop(errLoop)
		}
		at, index = next, -1
	}
}

// size is the size of pages to ask for when n nodes are wanted.
func (w *walk[T]) size(n int) int {
	if w.paging.Size == "" {
		return w.paging.Max // pages are as large as they are
	}
	return min(n, w.paging.Max)
}

// add puts the i-th node of a page into the connection, unless an earlier page had
// it: what is new in front of a list moves the rest into later pages.
func (w *walk[T]) add(s *sheet[T], i int, c cursor) {
	if call, ok := w.seen[s.mark(i)]; ok && call < w.calls {
		return
	}
	c.Of = string(w.page.ID)
	for _, f := range s.faults[i] {
		f.Index = append([]int{len(w.out.Nodes)}, f.Index[1:]...)
		w.root.AddItemFault(f)
	}
	w.faulty = w.faulty || s.faulty
	w.out.Nodes = append(w.out.Nodes, s.nodes[i])
	w.out.Cursors = append(w.out.Cursors, c.String())
}

// fetch asks for one page.
func (w *walk[T]) fetch(at spot, size int) (*sheet[T], error) {
	if w.calls == MaxPages {
		return nil, errPages
	}
	w.calls++
	o, in := w.api.Opened(&w.page.Call), w.inputs(at, size)
	req, err := o.Ask(in)
	if err != nil {
		return nil, err
	}
	req.Slot = "page\x00" + req.Slot // a sheet, where the connector by itself has a list
	if w.paging.Style == ByLink {
		req.Heeds = append(req.Heeds, "Link")
	}
	req.Accept = func(reply upstreams.Reply) (any, error) {
		return sheetOf(w.page, o, w.paging, in, reply)
	}
	answer, err := w.api.Read(w.ctx, req)
	if err != nil {
		return nil, err
	}
	w.findings = append(w.findings, problemsOf(answer, answer.Err)...)
	answer = serving(w.ctx, answer)
	s, ok := answer.Value.(*sheet[T])
	if !ok {
		return nil, errors.New("connect: an answer of another kind")
	}
	if w.repeats(s) {
		return nil, errLoop
	}
	w.note(answer)
	w.absent = s.absent && w.calls == 1
	w.losses = append(w.losses, s.losses...)
	if s.total != nil {
		w.out.Total = s.total
	}
	return s, nil
}

// inputs are those of the request for one page. What a target says of the page is all:
// some APIs refuse anything beside it.
func (w *walk[T]) inputs(at spot, size int) *call.Inputs {
	in := inputs(w.ctx, w.args, w.this)
	in.Target = at.target
	if at.position != "" {
		in.Extra = append(in.Extra, call.Parameter{Name: w.paging.At, Value: at.position})
	}
	if w.paging.Size != "" {
		in.Extra = append(in.Extra, call.Parameter{Name: w.paging.Size, Value: itoa(size)})
	}
	return in
}

// repeats remembers the items of a page, and says whether there were some and
// earlier pages had them all.
func (w *walk[T]) repeats(s *sheet[T]) bool {
	repeated := 0
	for _, mark := range s.marks {
		switch call, ok := w.seen[mark]; {
		case mark == 0:
		case !ok:
			w.seen[mark] = w.calls
		case call < w.calls:
			repeated++
		}
	}
	return repeated > 0 && repeated == len(s.nodes)
}

// reconcile tells of a list that ends after another number of items than the API
// says there are. One that was not read from its beginning may seem longer than it
// is, where pages before were short.
func (w *walk[T]) reconcile(read int, whole bool) {
	total := w.out.Total
	if total == nil || *total == read || !whole && *total < read {
		return
	}
	const place, message = "paginate.total", "another number of items came"
	upstreams.ReportFrom(w.ctx).Found(upstreams.Problem{
		Source: w.api.Name(), Connector: string(w.page.ID), Field: place, Kind: misfits, Message: message, Count: 1,
	})
	if w.answer.Cache != "hit" {
		w.api.Drift(string(w.page.ID), place+": "+message)
	}
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
		w.answer.State, w.answer.Reason, w.answer.Err = a.State, a.Reason, a.Err
	}
	w.answer.Age = max(w.answer.Age, a.Age)
	w.answer.TTL = min(w.answer.TTL, a.TTL)
	w.answer.Shared = w.answer.Shared && a.Shared
	if came := []string{"hit", "revalidated", "miss", "stale"}; slices.Index(came, a.Cache) > slices.Index(came, w.answer.Cache) {
		w.answer.Cache = a.Cache
	}
}

// stop ends a walk at a page that did not come. What came before it is served,
// and the error stands beside it; without any nodes it is the answer.
func (w *walk[T]) stop(err error) error {
	if len(w.out.Nodes) == 0 {
		return err
	}
	w.findings = append(w.findings, problemsOf(nil, err)...)
	w.out.HasNext = true
	w.stopped = w.refuse(err)
	return nil
}

// refuse is err as an error of the source.
func (w *walk[T]) refuse(err error) error {
	if _, ok := errors.AsType[*upstreams.Error](err); ok {
		return err
	}
	e := &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: w.api.Name(), Connector: string(w.page.ID), Err: err}
	input, isInput := errors.AsType[call.InputError](err)
	switch {
	case isInput:
		e.Kind, e.Reason, e.Message = upstreams.BadInput, "", input.Text
	case errors.Is(err, errPages):
		e.Kind, e.Reason, e.Message = upstreams.Limit, "", err.Error()
	case errors.Is(err, errLoop), errors.Is(err, errNowhere), errors.Is(err, call.ErrAstray):
		e.Message = err.Error()
	}
	return e
}
