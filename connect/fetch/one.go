package fetch

import (
	"errors"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// A found is what one connector had.
type found struct {
	by       *connector
	answer   *upstreams.Answer // whose value is a [record.Answer]; nil if there is an error
	err      error
	problems []upstreams.Problem
	moot     bool             // it depends on what was asked for
	pages    []*record.Answer // that it was made of; nil: it is an answer itself
	changes  *call.Changes    // of a write that says so
}

// errNotHeld is what memory cannot answer.
var errNotHeld = errors.New("fetch: memory does not have it")

// An asker answers a request of a connector for what a asks for: from memory, or by a call.
type asker func(a *asking, c *connector, r *upstreams.Request) (*upstreams.Answer, error)

// fromMemory answers what is remembered and may be used without asking; else the error is
// errNotHeld.
func fromMemory(a *asking, c *connector, r *upstreams.Request) (*upstreams.Answer, error) {
	if c.Writes {
		return nil, errNotHeld
	}
	answer, ok := c.API.Held(a.b.ctx, r)
	if !ok {
		return nil, errNotHeld
	}
	return answer, nil
}

// byCall reads or writes.
func byCall(a *asking, c *connector, r *upstreams.Request) (*upstreams.Answer, error) {
	switch {
	case !c.Writes:
		return c.API.Read(a.b.ctx, r)
	case a.write != nil:
		written, err := a.write(a.b.ctx, r)
		if err != nil {
			return nil, err
		}
		return c.receipt(written)
	}
	return c.API.Write(a.b.ctx, r)
}

// receipt is the answer of a write that somebody records, with what is told of it.
func (c *connector) receipt(w call.Written) (*upstreams.Answer, error) {
	if w.Write.IsMissing() && w.Answer != nil {
		return w.Answer, nil
	}
	answer := upstreams.Answer{State: upstreams.StateFresh}
	if w.Answer != nil {
		answer = *w.Answer
	}
	is, _ := answer.Value.(*record.Answer)
	if is = c.mapper.Receipt(is, w.Write); is == nil {
		return nil, c.otherKind()
	}
	answer.Value = is
	return &answer, nil
}

// inputs are those of a call for a key.
func (o *Operation) inputs(g *Group, key call.Key) *call.Inputs {
	return &call.Inputs{
		Args: g.Args, This: key, Caller: o.opt.Caller, Operation: o.calls,
		Priority: o.opt.Priority, NotBefore: o.opt.NotBefore, NoStandIns: o.opt.NoStandIns,
	}
}

// accept judges and maps the answers to a call with these inputs. What the call changes hears of a good one.
func (c *connector) accept(in *call.Inputs, changes *call.Changes) func(upstreams.Reply) (any, error) {
	return func(reply upstreams.Reply) (any, error) {
		body, vars, err := c.Judge(in, reply)
		switch {
		case errors.Is(err, call.ErrNotThere):
			return c.mapper.NotThere(c.Vars(in)), nil
		case err != nil:
			return nil, err
		}
		changes.Heard(body, vars)
		return some(c.mapper.Map(record.Reading{Body: body, Vars: vars, Status: reply.Status, Tally: c.API}))
	}
}

// changesOf are what a request changes; nil: it does not say.
func changesOf(r *upstreams.Request) *call.Changes {
	c, _ := r.Changes.(*call.Changes)
	return c
}

// some is a record as a value of any kind, nil where there is none.
func some(a *record.Answer, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a, nil
}

// otherKind is the error of an answer that another kind of connector made, which is a
// mistake of ours.
func (c *connector) otherKind() error {
	return &upstreams.Error{
		Kind: upstreams.Contract, Reason: upstreams.ReasonContract, Source: c.API.Name(), Connector: string(c.ID),
		Err: errors.New("an answer of another kind"),
	}
}
