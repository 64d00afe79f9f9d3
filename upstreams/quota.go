package upstreams

import (
	"context"
	"errors"
	"net/http"

	"holdfast/upstreams/quota"
)

// quota lets a call through when it is its turn. Who would wait too long is told so at once and does not
// reach the breaker.
func (u *Client) quota(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		if c := u.connector(r.Connector); c.breaker.turnsAway() {
			return nil, u.turnedAway(r, c) // who is not asked takes no turn
		}
		if err := u.acquire(ctx, r); err != nil {
			return nil, u.sign(refused(ctx, err), r)
		}
		defer u.turns.Release()
		return next(ctx, r)
	}
}

func (u *Client) acquire(ctx context.Context, r *Request) error {
	if r.Booked {
		return u.turns.AcquireBooked(ctx)
	}
	return u.turns.Acquire(ctx, callOf(r))
}

// callOf is what the quota knows of r.
func callOf(r *Request) quota.Call {
	return quota.Call{Connector: r.Connector, Credential: spender(r), Priority: r.Priority, Patience: r.patience}
}

// refused is the error of a call that got no turn: what the source said when it asked to be left alone, or
// our limit, also if our own deadline passed while it waited. That a caller goes away is his own doing.
func refused(ctx context.Context, err error) *Error {
	r, ok := errors.AsType[*quota.Error](err)
	if !ok {
		if e := gone(ctx); e.left {
			return e
		}
		return &Error{Kind: Limit, Reason: ReasonQuota, held: true}
	}
	if said, ok := errors.AsType[*Error](r.Said); ok {
		return &Error{Kind: said.Kind, Reason: said.Reason, Status: said.Status, RetryAfter: r.After, held: true}
	}
	return &Error{Kind: Limit, Reason: ReasonQuota, RetryAfter: r.After, held: true}
}

// hold stops asking r's connector with its credential for as long as e, an answer to r, says.
func (u *Client) hold(r *Request, e *Error) {
	u.turns.Hold(callOf(r), e.RetryAfter, &Error{Kind: e.Kind, Reason: e.Reason, Status: e.Status})
}

// spender names the credential r goes out with: "" is the service's own. A caller's own is forwarded, or
// was built into the request from what the caller sent.
func spender(r *Request) string {
	if r.Scope == "" {
		return ""
	}
	own := r.caller
	if values := r.Header.Values("Authorization"); len(own) == 0 && len(values) > 0 {
		own = http.Header{"Authorization": values}
	}
	if len(own) == 0 {
		return ""
	}
	return scopeWith("", own)
}
