package upstreams

import (
	"context"
	"errors"

	"holdfast/cache"
	"holdfast/upstreams/panics"
)

// judge returns what r's Accept makes of e, once for all who read e with the same slot. It waits for room to do so,
// until ctx ends or the timeout is over.
func (u *Client) judge(ctx context.Context, r *Request, e *cache.Entry) (any, error) {
	return e.Value(r.slotOn(e), func() (any, error) {
		done, err := u.roomFor(ctx, e.Body)
		if err != nil {
			err.Source, err.Connector, err.Sent = u.cfg.Name, r.Connector, true
			return nil, err
		}
		defer done()
		return u.judgeNow(r, e)
	})
}

// roomFor waits for room for what is made of a body.
func (u *Client) roomFor(ctx context.Context, content []byte) (done func(), late *Error) {
	if done, ok := u.bodies.TryParse(content); ok {
		return done, nil
	}
	ctx, cancel := u.inTime(ctx)
	defer cancel()
	done, err := u.bodies.Parse(ctx, content)
	if err != nil {
		return nil, overload(ctx, err)
	}
	return done, nil
}

// judgePart is judge for a part of an answer that is being judged, in which it has room.
func (u *Client) judgePart(r *Request, e *cache.Entry) (any, error) {
	return e.Value(r.slotOn(e), func() (any, error) { return u.judgeNow(r, e) })
}

func (u *Client) judgeNow(r *Request, e *cache.Entry) (any, error) {
	var v any
	err := panics.Catch(func() (err error) {
		v, err = u.accept(r, e)
		return err
	})
	if err == nil {
		return v, nil
	}
	return nil, u.blamed(r, e, err)
}

// blamed is the error of r whose answer e is not accepted.
func (u *Client) blamed(r *Request, e *cache.Entry, err error) *Error {
	var own Error
	if typed, ok := errors.AsType[*Error](err); ok {
		own = *typed // the connector may use one value for all
	} else {
		own = Error{Kind: Contract, Err: err}
	}
	if own.Kind == Contract {
		own.Reason = or(own.Reason, ReasonContract)
	}
	own.Source, own.Connector, own.entry, own.Sent = u.cfg.Name, r.Connector, e, true
	own.Status = or(own.Status, e.Status)
	return &own
}

// accept calls r's Accept.
func (u *Client) accept(r *Request, e *cache.Entry) (any, error) {
	reply := u.reply(r, e)
	if r.split != nil {
		return r.split(reply, e)
	}
	if r.Accept != nil {
		return r.Accept(reply)
	}
	if err := reply.Err(); err != nil {
		return nil, err
	}
	return reply, nil
}
