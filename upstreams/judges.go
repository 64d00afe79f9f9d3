package upstreams

import (
	"context"
	"errors"
	"fmt"

	"holdfast/upstreams/panics"
)

// judges are the answers that are being looked at, not more at a time than calls may be under way. To look
// at one cannot be broken off: what is late goes on for nobody, in its place among them, and is remembered.
type judges chan struct{}

// judgedInTime is judged for somebody who waits until ctx ends. Then r needs its room no more. A flight judges on its
// own goroutine: who waits for it leaves by himself, see [flights.wait].
func (u *Client) judgedInTime(ctx context.Context, r *Request, a *Answer) (*Answer, error) {
	select {
	case u.judges <- struct{}{}:
	case <-ctx.Done():
		r.room.Close()
		return nil, u.sign(gone(ctx), r)
	}
	if r.flight != nil {
		return u.judgedHere(ctx, r, a)
	}
	j := &judging{u: u, ctx: ctx, r: r, a: a, done: make(chan struct{})}
	go j.run() // close waits for it
	select {
	case <-j.done:
		return j.a, j.err
	case <-ctx.Done():
		return nil, u.sign(gone(ctx), r) // and j is its goroutine's
	}
}

// judgedHere is judged by r's flight, which has a place among the judges.
func (u *Client) judgedHere(ctx context.Context, r *Request, a *Answer) (*Answer, error) {
	defer u.judges.leave(r)
	r.flight.judging.Store(true) // before the look at the time: who finds that over, and this not set, waits for no judge
	defer r.flight.judging.Store(false)
	var err error
	if ctx.Err() == nil {
		a, err = u.judged(ctx, r, a)
	}
	if ctx.Err() != nil {
		return nil, u.sign(gone(ctx), r)
	}
	return a, err
}

// judging is one answer that is being looked at on a goroutine of its own.
type judging struct {
	u    *Client
	ctx  context.Context
	r    *Request
	done chan struct{} // closed once there is an outcome:
	a    *Answer
	err  error
}

func (j *judging) run() {
	defer close(j.done)
	defer j.u.judges.leave(j.r)
	j.err = j.u.caught(j.r, func() (err error) {
		j.a, err = j.u.judged(j.ctx, j.r, j.a)
		return err
	})
}

// judged returns a, the answer to r, with what Accept makes of it. A read's is remembered.
func (u *Client) judged(ctx context.Context, r *Request, a *Answer) (*Answer, error) {
	v, err := u.judge(ctx, r, a.entry)
	if err != nil {
		return nil, err
	}
	a.Value = v
	switch {
	case r.good != nil:
		r.good(a)
	case r.split == nil && r.key != "":
		if u.keep(ctx, r, r.old, a) {
			u.onceMore(r)
		}
	}
	return a, nil
}

// leave gives up the place that r has, and its room.
func (j judges) leave(r *Request) {
	r.room.Close()
	<-j
}

// close waits until nothing is looked at, or ctx ends.
func (j judges) close(ctx context.Context) error {
	for n := range cap(j) {
		select {
		case j <- struct{}{}:
			defer func() { <-j }()
		case <-ctx.Done():
			return fmt.Errorf("answers still looked at, %d of %d places free: %w", n, cap(j), context.Cause(ctx))
		}
	}
	return nil
}

// caught returns what f returns; a panic is an error for all who wait for r.
func (u *Client) caught(r *Request, f func() error) error {
	err := panics.Catch(f)
	if p, ok := err.(*panics.Error); ok { //nolint:errorlint // not one that somebody caught before
		return &Error{Kind: Contract, Reason: ReasonContract, Source: u.cfg.Name, Connector: r.Connector, Err: p}
	}
	return err
}

// unwatched runs f, for which nobody waits: a panic is logged.
func (u *Client) unwatched(f func()) {
	err := panics.Catch(func() error {
		f()
		return nil
	})
	if p, ok := errors.AsType[*panics.Error](err); ok {
		u.log.Error("panic behind", "source", u.cfg.Name, "cause", p.Error(), "stack", string(p.Stack))
	}
}
