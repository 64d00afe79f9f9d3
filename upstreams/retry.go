package upstreams

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	firstBackoff  = 50 * time.Millisecond
	longBackoff   = 2 * time.Second
	retryAfterCap = 30 * time.Second
)

// again reports whether r, which failed with e, is sent once more, and after which wait. A yes has paid
// for it: a token of the quota and a retry of the budget.
func (u *Client) again(ctx context.Context, r *Request, e *Error) (time.Duration, bool) {
	if !r.repeat || e.left || r.try >= *u.cfg.Retry.Max {
		return 0, false
	}
	wait := backoff(r.try)
	switch e.Reason {
	case ReasonUnreachable, ReasonTimeout:
	case ReasonStatus:
		wait = max(wait, e.RetryAfter)
	case ReasonRateLimited:
		if e.RetryAfter == 0 {
			return 0, false
		}
		wait += e.RetryAfter
	default:
		return 0, false
	}
	if e.RetryAfter > retryAfterCap {
		return 0, false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return 0, false
	}
	return wait, u.budget.spend() && u.turns.again()
}

// backoff is a random part (full jitter) of a wait that doubles with every try.
func backoff(try int) time.Duration {
	return rand.N(min(longBackoff, firstBackoff<<try)) //nolint:gosec // not a secret
}

const (
	budgetMost  = 5.0
	budgetEvery = 10 * time.Second // earns one retry by itself
)

// budget is how many retries a source has left. Good answers earn some, so that a short trouble is
// retried and an outage is not multiplied.
type budget struct {
	earns float64 // by each good answer

	mu    sync.Mutex
	left  float64
	since time.Time // when time last earned its part
}

func newBudget(earns float64) *budget {
	return &budget{earns: earns, left: budgetMost, since: time.Now()}
}

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(budgetMost, b.left+b.earns)
}

// spend takes one retry if there is one.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.left = min(budgetMost, b.left+float64(now.Sub(b.since))/float64(budgetEvery))
	b.since = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
