package fetch

import (
	"errors"
	"slices"
	"strconv"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// pages are those of a connection that is being read.
type pages struct {
	a    *asking
	c    *connector
	walk *walk
	in   *call.Inputs // of the list

	page *call.Inputs       // of the page that is being asked for
	req  *upstreams.Request // for it; nil: not made yet

	answer   upstreams.Answer // how fresh the least fresh page was
	records  []*record.Answer
	problems []upstreams.Problem
	moot     bool // which answer served as a page depended on what is asked for
	over     bool
}

// connection reads the connection of c: the nodes that the arguments first, after, last
// and before ask for, from as many pages as that takes. When a page fails, the nodes
// before it are the answer, and the error says where it stopped. It is false where ask
// cannot answer one of the pages; then it goes on from there the next time.
func (a *asking) connection(c *connector, ask asker) (found, bool) {
	if a.pages == nil {
		p, err := a.begin(c)
		if err != nil {
			return found{by: c, err: c.refuse(err)}, true
		}
		a.pages = p
	}
	p := a.pages
	err := p.read(ask)
	if errors.Is(err, errNotHeld) {
		return found{}, false
	}
	f := found{by: c, moot: p.moot}
	if f.err = err; err != nil {
		f.err = c.refuse(err)
		f.problems = append(p.problems, problemsOf(nil, err)...)
		return f, true
	}
	f.answer, f.problems, f.pages = p.connection(), p.problems, p.records
	return f, true
}

// begin begins to read the connection.
func (a *asking) begin(c *connector) (*pages, error) {
	b := a.b
	win, err := windowOf(b.group.Args, b.group.Assumed, isCounted(c.Paging), string(c.ID))
	if err != nil {
		return nil, err
	}
	p := &pages{a: a, c: c, in: b.o.inputs(b.group, a.key)}
	p.answer = upstreams.Answer{State: upstreams.StateFresh, Shared: true} // of no pages at all
	var from spot
	if win.from != nil && !isCounted(c.Paging) {
		if from, err = p.spotOf(*win.from); err != nil {
			return nil, err
		}
	}
	p.walk, err = newWalk(c.Paging, win, from)
	return p, err
}

// read reads pages until the walk is over.
func (p *pages) read(ask asker) error {
	for w := p.walk; !p.over && !w.nothing(); {
		s, err := p.fetch(ask)
		if errors.Is(err, errNotHeld) {
			return err
		}
		if err != nil {
			p.over = true
			return w.stop(err)
		}
		next, err := p.following(s)
		if err != nil {
			return err
		}
		if p.over, err = w.take(s, next); err != nil {
			return err
		}
	}
	return nil
}

// fetch asks for the page that the walk wants.
func (p *pages) fetch(ask asker) (*sheet, error) {
	w := p.walk
	if p.req == nil {
		if w.calls == MaxPages {
			return nil, errPages
		}
		if err := p.request(); err != nil {
			return nil, err
		}
	}
	answer, err := ask(p.a, p.c, p.req)
	if errors.Is(err, errNotHeld) {
		return nil, err
	}
	p.req = nil
	w.calls++
	if err != nil {
		return nil, err
	}
	p.problems = append(p.problems, problemsOf(answer, nil)...)
	s, ok := answer.Value.(*sheet)
	if ok && s.Broken() {
		p.moot = true
		if answer.Whole != nil && s.lost(p.a.b.group.Asked) != nil {
			answer = answer.Whole
			s, ok = answer.Value.(*sheet)
		}
	}
	if !ok {
		return nil, p.c.otherKind()
	}
	if w.repeats(s) {
		return nil, errLoop
	}
	p.note(answer)
	p.records = append(p.records, s.list)
	w.enter(s)
	return s, nil
}

// request makes the request for the page that the walk wants. What a target says of the
// page is all: some APIs refuse anything beside it.
func (p *pages) request() (err error) {
	p.page = p.inputsAt(p.walk.at, p.walk.size)
	if p.req, err = p.c.Ask(p.page); err != nil {
		return err
	}
	p.req.Slot = "page\x00" + p.req.Slot // a sheet, where the connector by itself has a list
	if p.c.Paging.Style == call.ByLink {
		p.req.Heeds = append(slices.Clip(p.req.Heeds), "Link")
	}
	c, in, changes := p.c, p.page, changesOf(p.req)
	p.req.Accept = func(reply upstreams.Reply) (any, error) { return c.sheetOf(in, changes, reply) }
	return nil
}

// inputsAt are the inputs of a page.
func (p *pages) inputsAt(at spot, size int) *call.Inputs {
	in := *p.in
	in.Target = at.target
	if at.position != "" {
		in.Extra = append(in.Extra, call.Parameter{Name: p.c.Paging.At, Value: at.position})
	}
	if p.c.Paging.Size != "" {
		in.Extra = append(in.Extra, call.Parameter{Name: p.c.Paging.Size, Value: strconv.Itoa(size)})
	}
	return &in
}

// note keeps what is worst about the pages so far.
func (p *pages) note(a *upstreams.Answer) {
	if len(p.records) == 0 {
		p.answer = *a
		p.answer.Value, p.answer.Whole = nil, nil
		return
	}
	if rank(a.State) > rank(p.answer.State) {
		p.answer.State, p.answer.Reason, p.answer.Err = a.State, a.Reason, a.Err
	}
	p.answer.Age = max(p.answer.Age, a.Age)
	p.answer.TTL = min(p.answer.TTL, a.TTL)
	p.answer.Shared = p.answer.Shared && a.Shared
	if came := []string{"hit", "revalidated", "miss", "stale"}; slices.Index(came, a.Cache) > slices.Index(came, p.answer.Cache) {
		p.answer.Cache = a.Cache
	}
}

// rank orders states by how far they are from fresh.
func rank(s upstreams.State) int {
	switch s {
	case upstreams.StateStandingIn:
		return 2
	case upstreams.StateRefreshing:
		return 1
	default:
		return 0
	}
}

// refuse is err as an error of the source.
func (c *connector) refuse(err error) error {
	if _, ok := errors.AsType[*upstreams.Error](err); ok {
		return err
	}
	e := &upstreams.Error{Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: c.API.Name(), Connector: string(c.ID), Err: err}
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
