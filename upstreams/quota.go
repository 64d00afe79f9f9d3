package upstreams

import (
	"context"
	"time"

	"golang.org/x/time/rate"
)

// quota lets a call through when it is its turn: no more than Quota.Concurrent at once, no more than
// Quota.Rate per second. Who would wait too long is told so at once and does not reach the breaker.
func (u *Client) quota(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		if c := u.connector(r.Connector); c.breaker.turnsAway() {
			return nil, u.turnedAway(r, c) // who is not asked takes no turn
		}
		if err := u.turns.take(ctx); err != nil {
			return nil, u.sign(err, r)
		}
		defer u.turns.giveBack()
		return next(ctx, r)
	}
}

// turns are the calls a source may have under way and per second.
type turns struct {
	slots chan struct{} // one element for each call under way
	rate  *rate.Limiter // nil: no limit
	wait  time.Duration
}

func newTurns(q Quota) *turns {
	t := &turns{slots: make(chan struct{}, q.Concurrent), wait: q.Wait}
	if q.Rate > 0 {
		t.rate = rate.NewLimiter(rate.Limit(q.Rate), q.Burst)
	}
	return t
}

// take waits for a turn. When it returns nil, the caller must give it back.
func (t *turns) take(ctx context.Context) error {
	ends := time.Now().Add(t.wait)
	if err := t.slot(ctx, ends); err != nil {
		return err
	}
	if err := t.token(ctx, ends); err != nil {
		t.giveBack()
		return err
	}
	return nil
}

func (t *turns) giveBack() { <-t.slots }

func (t *turns) slot(ctx context.Context, ends time.Time) error {
	select {
	case t.slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(time.Until(ends))
	defer timer.Stop()
	select {
	case t.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return &Error{Kind: Limit, Reason: ReasonQuota}
	case <-ctx.Done():
		return goneWaiting(ctx)
	}
}

func (t *turns) token(ctx context.Context, ends time.Time) error {
	if t.rate == nil {
		return nil
	}
	reserved := t.rate.Reserve()
	delay := reserved.Delay()
	if delay == 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(ends) {
		ends = deadline
	}
	if !reserved.OK() || delay > time.Until(ends) {
		reserved.Cancel()
		return &Error{Kind: Limit, Reason: ReasonQuota, RetryAfter: min(delay, time.Hour)}
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		reserved.Cancel()
		return goneWaiting(ctx)
	}
}

// goneWaiting is the error of a call that ended before its turn came: our limit if our own deadline
// passed, else the caller's doing.
func goneWaiting(ctx context.Context) error {
	if e := gone(ctx); e.left {
		return e
	}
	return &Error{Kind: Limit, Reason: ReasonQuota}
}

// again takes a token for a retry if there is one now. The retry keeps the slot of its call.
func (t *turns) again() bool { return t.rate == nil || t.rate.Allow() }
