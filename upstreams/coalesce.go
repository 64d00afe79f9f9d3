package upstreams

import (
	"context"
	"errors"
	"time"

	"holdfast/upstreams/watch"
)

// coalesce makes one call for all who ask the same at the same time; who begins it is charged for it. The call belongs to no caller: it
// runs on its own goroutine and its own deadline, keeps the values of the first caller's context, and
// ends early only when everybody left. Callers of another connector share the answer, not the opinion
// on it: each judges it with its own Accept.
func (u *Client) coalesce(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		for came := u.epochs.AsOf(); ; {
			f, err := u.flights.join(ctx, u, r, next)
			if err != nil {
				return nil, err
			}
			if err := u.await(ctx, f, r); err != nil {
				return nil, u.sign(err, r)
			}
			if f.by.Priority > r.Priority && f.ownTrouble() {
				continue // there was no room for less urgent calls
			}
			if f.by.Connector == r.Connector && f.by.Slot == r.Slot {
				if f.by != r && f.err == nil && u.outdated(f.answer.entry, f.answer.Value, came) {
					continue
				}
				return f.answer, f.err
			}
			if e := f.entry(); e != nil {
				ctx, cancel := context.WithDeadlineCause(ctx, f.began.Add(u.cfg.Timeout), errTimeout)
				defer cancel()
				a, err := u.judgedInTime(ctx, r, &Answer{Status: e.Status, entry: e})
				if err == nil && u.outdated(a.entry, a.Value, came) {
					continue
				}
				return a, err
			}
			if !f.ownTrouble() {
				return nil, u.sign(f.err, r)
			}
			// the breaker or the limit of another connector was in the way: ask for ourselves
		}
	}
}

// sign returns a copy of err, if it is an *Error, that names r's connector.
func (u *Client) sign(err error, r *Request) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	own := *e
	own.Source, own.Connector = u.cfg.Name, r.Connector
	return &own
}

// await is wait for a flight that may be another's, which is counted and told the trace.
func (u *Client) await(ctx context.Context, f *flight, r *Request) (err error) {
	if f.by != r {
		u.connector(r.Connector).tally.Joined()
		_, s := watch.Wait(ctx, u.tracer, u.cfg.Name, r.Connector, f.span)
		defer func() { watch.End(s, class(err), err) }()
	}
	return u.flights.wait(ctx, f, r)
}

// wait returns when f has landed, or with an error when r's patience is over, or ctx ends, or the time of f where that
// cannot be broken off.
func (s *flights) wait(ctx context.Context, f *flight, r *Request) error {
	var slow <-chan time.Time
	if r.patience != nil {
		left := *r.patience - time.Since(f.began)
		if left <= 0 {
			return s.leaveBehind(f)
		}
		t := time.NewTimer(left)
		defer t.Stop()
		slow = t.C
	}
	defer Waiting(ctx)()
	for over := f.ctx.Done(); ; over = nil {
		select {
		case <-f.done:
			return nil
		case <-slow:
			return s.leaveBehind(f)
		case <-ctx.Done():
			s.leave(f, false)
			return gone(ctx)
		case <-over:
			if f.judging.Load() {
				return gone(f.ctx)
			}
			// else it is about to land
		}
	}
}

// leaveBehind leaves f to go on behind, unless it has landed already.
func (s *flights) leaveBehind(f *flight) error {
	select {
	case <-f.done:
		return nil
	default:
		s.leave(f, true)
		return &Error{Kind: Unavailable, Reason: ReasonSlow}
	}
}
