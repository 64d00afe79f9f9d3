package upstreams

import (
	"context"
	"fmt"
	"sync"

	"holdfast/upstreams/quota"
)

// Operation counts the calls that one operation makes of each source. The zero value has made none; it is
// safe for concurrent use.
type Operation struct {
	mu    sync.Mutex
	calls map[string]int // by source
}

// take counts a call of the source if there were fewer than most of them.
func (o *Operation) take(source string, most int) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.calls[source] >= most {
		return false
	}
	if o.calls == nil {
		o.calls = map[string]int{}
	}
	o.calls[source]++
	return true
}

// charge counts r for its operation when it is about to go out, and returns an error if that makes one too
// many. What is asked behind is nobody's, and who is turned away by the breaker does not go out.
func (u *Client) charge(r *Request) error {
	most := u.cfg.Quota.PerOperation
	switch {
	case r.Operation == nil, r.Priority != quota.Person, u.connector(r.Connector).breaker.turnsAway():
		return nil
	case r.Operation.take(u.cfg.Name, most):
		return nil
	}
	return &Error{
		Kind: Limit, Reason: ReasonQuota, Source: u.cfg.Name, Connector: r.Connector,
		Message: fmt.Sprintf("the operation needs more than %d calls of %s: ask for less at once", most, u.cfg.Name),
	}
}

// chargeWrite is the layer that charges writes; reads are charged where they do not join another's call.
func (u *Client) chargeWrite(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		if err := u.charge(r); err != nil {
			return nil, err
		}
		return next(ctx, r)
	}
}
