package upstreams

import (
	"context"
	"errors"
	"fmt"

	"holdfast/cache"
	"holdfast/upstreams/panics"
)

// judges are the answers that are being looked at, not more at a time than calls may be under way. To look
// at one cannot be broken off: what is late goes on for nobody, in its place among them, and is remembered.
type judges chan struct{}

// judgedBy is judged for somebody who waits until ctx ends. Then r needs its room no more.
func (u *Client) judgedBy(ctx context.Context, r *Request, e *cache.Entry) (*Answer, error) {
	late := func() error { return u.sign(gone(ctx), r) }
	select {
	case u.judges <- struct{}{}:
	case <-ctx.Done():
		r.room.Close()
		return nil, late()
	}
	j := &judging{u: u, ctx: ctx, r: r, e: e, done: make(chan struct{})}
	go j.run() // close waits for it
	select {
	case <-j.done:
		return j.a, j.err
	case <-ctx.Done():
		return nil, late() // and j is its goroutine's
	}
}

// judging is one answer that is being looked at.
type judging struct {
	u    *Client
	ctx  context.Context
	r    *Request
	e    *cache.Entry
	done chan struct{} // closed once there is an outcome:
	a    *Answer
	err  error
}

func (j *judging) run() {
	defer func() {
		j.r.room.Close()
		<-j.u.judges
		close(j.done)
	}()
	j.err = j.u.caught(j.r, func() (err error) {
		j.a, err = j.u.judged(j.ctx, j.r, j.e)
		return err
	})
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
