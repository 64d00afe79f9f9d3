package upstreams

import (
	"context"
	"errors"
	"time"
)

// A deadline is why a context ended.
type deadline string

func (d deadline) Error() string { return string(d) }

// Is has a deadline be [context.DeadlineExceeded] also where a context was canceled because of it.
func (d deadline) Is(target error) bool { return target == context.DeadlineExceeded }

// The deadlines that are ours, as causes of a context's end. Any other end is the caller's doing.
const (
	errTimeout    = deadline("no answer within the timeout")
	errTryTimeout = deadline("no answer within the timeout of one try")
)

// protect decides what is a failure (Accept runs here), repeats what may be repeated, stops asking a
// connector that keeps failing, and bounds the time of it all.
//
// The loop is written out, and the breaker driven by hand, because an outcome has three sides that a
// ready policy takes for one: whether to repeat it, whether it counts against the source, and whether
// the caller went away.
func (u *Client) protect(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		ctx, cancel := u.inTime(ctx)
		defer cancel()
		c := u.connector(r.Connector)
		var effect Effect
		for try := *r; ; try.try++ {
			a, err := u.once(ctx, &try, c, next)
			if err == nil {
				u.source.budget.earn(u.cfg.Retry.Budget)
				c.known.set(&try, true)
				return a, nil
			}
			if r.key == "" { // a write
				effect = u.effect(r, err).after(effect)
				err.Effect = effect
			}
			if !u.again(ctx, &try, err) {
				return nil, err
			}
		}
	}
}

// inTime bounds the time of a call, unless ctx ends as soon: that of a call that others may join does.
func (u *Client) inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if ends, ok := ctx.Deadline(); ok && time.Until(ends) <= u.cfg.Timeout {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, u.cfg.Timeout, errTimeout)
}

// once makes one try and tells the breaker what came of it.
func (u *Client) once(ctx context.Context, r *Request, c *connector, next answerFunc) (*Answer, *Error) {
	pass, ok := c.breaker.admit()
	if !ok {
		return nil, u.turnedAway(r, c)
	}
	came := abandoned // also if there is a panic: an admitted probe must always be told of
	defer func() {
		if back := pass.record(r, came); u.source.recovery.after(came) || back {
			u.recovered(u.cfg.Name)
		}
	}()

	a, err := u.exchange(ctx, r, next)
	u.source.alarm.hear(r.Connector, err)
	if err != nil {
		came = healthAfter(err)
		if came != abandoned {
			c.failed(err)
		}
		c.known.set(new(*r), false)
		if err.Kind == Unavailable && err.entry != nil && err.RetryAfter > 0 {
			u.hold(r, err)
		}
		return nil, err
	}
	came = fine
	c.answered()
	return a, nil
}

// turnedAway is what becomes of a call that c's breaker does not let through.
func (u *Client) turnedAway(r *Request, c *connector) *Error {
	err := &Error{
		Kind: Unavailable, Reason: ReasonBreakerOpen, Source: u.cfg.Name, Connector: r.Connector,
		RetryAfter: c.breaker.remaining(), held: true,
	}
	c.failed(err)
	return err
}

// exchange sends r and judges the answer, which is within the timeout of the question but not of the try: it
// would be no quicker the next time.
func (u *Client) exchange(ctx context.Context, r *Request, next answerFunc) (*Answer, *Error) {
	try, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	late := time.AfterFunc(u.tryTimeout(r), func() { stop(errTryTimeout) })
	defer late.Stop()
	r.stop, r.room = stop, u.bodies.Open()
	judged := false
	defer func() {
		if !judged {
			r.room.Close()
		}
	}()
	a, err := next(try, r)
	if err == nil {
		u.hear(r, a.Status)
		judged = true
		a, err = u.judgedInTime(ctx, r, a)
	}
	if err == nil {
		return a, nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		u.refuse(ctx, r, e)
		return nil, e
	}
	return nil, &Error{Kind: Unavailable, Reason: ReasonUnreachable, Source: u.cfg.Name, Connector: r.Connector, Err: err}
}

// hear warns of a connector whose URL is wrong, by all that its answers say.
func (u *Client) hear(r *Request, status int) {
	if u.connector(r.Connector).heard(status) {
		u.log.Warn("all answers so far say that there is no such thing: is the URL right?",
			"source", u.cfg.Name, "connector", r.Connector, "status", status)
	}
}

func (u *Client) tryTimeout(r *Request) time.Duration {
	switch {
	case u.cfg.TryTimeout > 0:
		return u.cfg.TryTimeout
	case r.repeat && *u.cfg.Retry.Max > 0:
		return u.cfg.Timeout / 2
	}
	return u.cfg.Timeout
}

// healthAfter says what an error tells of the source. What somebody can bring about by what he asks for must not
// count: of complete answers only a 5xx does, and a 2xx that cannot be used.
func healthAfter(e *Error) health {
	down := e.Kind == Contract || e.Kind == Unavailable && e.Reason != ReasonRateLimited
	switch {
	case e.left:
		return abandoned
	case !down, e.entry != nil && e.Status >= 300 && e.Status <= 499:
		return alive
	case e.Kind == Contract && e.Status <= 299: // 0: too large, or not encoded as it says
		return useless
	}
	return failing
}

// pause waits, and reports whether ctx is still there afterwards.
func pause(ctx context.Context, wait time.Duration) bool {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// overload is the error of a call for whose answer there was no room before ctx ended, or never will be.
func overload(ctx context.Context, err error) *Error {
	if ctx.Err() != nil {
		if e := gone(ctx); e.left {
			return e
		}
	}
	return &Error{Kind: Unavailable, Reason: ReasonOverload, Err: err, left: true}
}

// gone is the error of a call whose context ended.
func gone(ctx context.Context) *Error {
	cause := context.Cause(ctx)
	e := &Error{Kind: Unavailable, Reason: ReasonUnreachable, Err: cause}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) || errors.Is(cause, context.DeadlineExceeded) {
		e.Reason = ReasonTimeout
	}
	e.left = !errors.Is(cause, errTimeout) && !errors.Is(cause, errTryTimeout)
	return e
}
