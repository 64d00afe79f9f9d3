package upstreams

import (
	"math/rand/v2"
	"time"

	"holdfast/cache"
)

// WithJitter has what was asked for at one time not be asked for again at one time: the fresh window of an answer is
// shorter by up to this share of it, by chance but the same for all who read it, and what is read much is asked for
// again behind just before it ends. The default, 0, is neither.
func WithJitter(share float64) Option {
	return func(u *Client) { u.jitter = share }
}

// shorter is how long an answer is fresh of which the windows say that it is for so long.
func (u *Client) shorter(fresh time.Duration, n *noted) time.Duration {
	return fresh - time.Duration(u.jitter*n.spread*float64(fresh))
}

// early reports whether e, which is fresh for the time that is left, should be asked for again behind already. Each
// reader draws, and the odds rise as the time that is left falls to what the call took (XFetch; Vattani et al., VLDB
// 2015): the more read it, the likelier it is renewed before anybody has to wait. What nobody reads is not.
func (u *Client) early(e *cache.Entry, n *noted, left time.Duration, now time.Time) bool {
	const never = 20 // times as much: one in half a billion
	took := e.Received.Sub(e.Asked)
	if u.jitter == 0 || left >= never*took || now.Before(n.again.load()) {
		return false
	}
	if n.early.Load() {
		return true
	}
	if float64(left) >= rand.ExpFloat64()*float64(took) { //nolint:gosec // not a secret
		return false
	}
	n.early.Store(true)
	return true
}
