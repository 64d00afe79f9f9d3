package fetch

import (
	"errors"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// An asking is one load on its way: the choices are asked in their order until one
// answers. It may begin with what memory holds, and go on from there by calls.
type asking struct {
	b    *begun
	load *Load
	key  call.Key

	choice int                // who is asked
	in     *call.Inputs       // of its request
	req    *upstreams.Request // to it; nil: not made yet
	asked  *upstreams.Request // the last one
	over   *upstreams.Request // one that nobody needs any more; nil: there is none
	write  Send               // sends it, if it is a change that somebody else makes
	accept func(upstreams.Reply) (any, error)
	judge  *connector // whose accept is
	pages  *pages     // of its connection; nil: not begun

	first found            // what the first said
	why   upstreams.Reason // it is out
	moot  bool
}

// asking begins the load at a place of the group.
func (b *begun) asking(i int) *asking {
	key := b.group.Keys[i]
	return &asking{b: b, load: b.loads[i], key: key, in: b.o.inputs(b.group, key)}
}

// again is asking for another place, if nobody needs the first load any more.
func (a *asking) again(i int) {
	a.load, a.key = a.b.loads[i], a.b.group.Keys[i]
	a.in.This, a.over = a.key, a.asked
}

// recallEach ends the loads at places that memory can answer, and returns those places.
func (b *begun) recallEach(places []int) (here []int) {
	var spare *asking
	for n, i := range places {
		if len(b.behind) >= mostAtOnce { // they have to wait for others anyway
			for _, i := range places[n:] {
				b.behind = append(b.behind, func() { b.asking(i).finish() })
			}
			break
		}
		a := spare
		if a == nil {
			a = b.asking(i)
		} else {
			a.again(i)
		}
		spare = nil
		if !a.recall() {
			b.behind = append(b.behind, a.finish)
			continue
		}
		here = append(here, i)
		if a.isOver() {
			spare = a
		}
	}
	return here
}

// recall ends the load if memory can answer it.
func (a *asking) recall() (done bool) {
	if err := caught(func() { done = a.run(fromMemory) }); err != nil {
		a.end(found{by: a.b.choices[0], err: err})
		return true
	}
	return done
}

// isOver says whether nobody, such as a refresh behind, needs what was asked with.
func (a *asking) isOver() bool {
	return len(a.b.choices) == 1 && (a.load.meta == nil || a.load.meta.State == upstreams.StateFresh)
}

// finish ends the load by calls, and settles it.
func (a *asking) finish() {
	if err := caught(func() { a.run(byCall) }); err != nil {
		a.end(found{by: a.b.choices[0], err: err})
	}
	a.b.o.settle(a.load)
}

// run asks the choices until the load has ended; false if ask cannot answer one of them.
// A choice that is out may still have an old answer: that is the answer if no other
// choice has a current one. What one API says is never mixed with what another does.
func (a *asking) run(ask asker) bool {
	for ; a.choice < len(a.b.choices); a.choice++ {
		f, ok := a.one(ask)
		if !ok {
			return false
		}
		a.pages, a.req, a.asked, a.over = nil, nil, a.req, nil
		why, out := a.isOut(f)
		switch {
		case a.choice == 0 && !out:
			a.end(f)
			return true
		case a.choice == 0:
			a.first, a.why = f, why
		case !out && f.err == nil && !isNull(f):
			a.end(a.instead(f))
			return true
		}
	}
	a.end(a.first)
	return true
}

// one asks the choice whose turn it is.
func (a *asking) one(ask asker) (found, bool) {
	c := a.b.choices[a.choice]
	if c.Paging != nil {
		return a.connection(c, ask)
	}
	if a.req == nil {
		if err := a.beginWrite(c); err != nil {
			return found{by: c, err: err}, true
		}
		req, err := c.AskAgain(a.over, a.in)
		if err != nil {
			return found{by: c, err: err}, true
		}
		if a.judge != c || c.Writes {
			a.accept, a.judge = c.accept(a.in, changesOf(req)), c
		}
		req.Accept = a.accept
		if a.choice == 0 {
			req.Shortcut = a.b.shortcut(string(a.key))
		}
		a.req = req
	}
	answer, err := ask(a, c, a.req)
	if errors.Is(err, errNotHeld) {
		return found{}, false
	}
	return found{by: c, answer: answer, err: err, problems: problemsOf(answer, err), changes: changesOf(a.req)}, true
}

// beginWrite begins a change that somebody else makes.
func (a *asking) beginWrite(c *connector) (err error) {
	if writer := a.b.o.opt.Writer; c.Writes && writer != nil {
		a.write, err = writer.Begin(a.b.ctx, c.Opened, a.in)
	}
	return err
}

// isOut says whether an API failed, and how, whether or not an old answer stands in.
// One whose answer has nothing of what is asked for has failed too.
func (a *asking) isOut(f found) (upstreams.Reason, bool) {
	if f.err != nil {
		e, ok := errors.AsType[*upstreams.Error](f.err)
		if !ok {
			return "", false
		}
		return e.Reason, e.Outage()
	}
	if r, ok := f.answer.Value.(*record.Answer); ok && r.Broken() {
		a.moot = a.moot || len(a.b.choices) > 1
		if r.Lost(a.b.group.Asked) != nil {
			return upstreams.ReasonContract, true
		}
	}
	return f.answer.Reason, f.answer.State == upstreams.StateStandingIn
}

// isNull says whether an answer is that there is no such thing. From an
// alternative that means little: it may never have been told of it.
func isNull(f found) bool {
	r, ok := f.answer.Value.(*record.Answer)
	if !ok {
		return true
	}
	kind := r.Root().Kind()
	return kind == record.Null || kind == record.Faulty
}

// instead is what an alternative found, in place of the first choice.
func (a *asking) instead(f found) found {
	answer := *f.answer
	answer.State, answer.Reason, answer.Err = upstreams.StateAlternative, a.why, a.first.err
	if a.first.err == nil {
		answer.Err = a.first.answer.Err
	}
	f.answer = &answer
	return f
}

// end ends the load with what was found.
func (a *asking) end(f found) {
	f.moot = f.moot || a.moot
	a.b.tell(f.problems)
	a.b.end(a.load, a.key, f)
}
