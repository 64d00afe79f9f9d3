package upstreams

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"holdfast/upstreams/quota"
)

const (
	firstBackoff  = 50 * time.Millisecond
	longBackoff   = 2 * time.Second
	retryAfterCap = 30 * time.Second
)

// again reports whether r, which failed with e, is to be sent once more, and waits until then. A yes has paid
// for it: a token of the quota and a retry of the budget. The source's own word for it (Retry.Header) wins
// over what the answer looks like, but repeats nothing that must not be repeated.
func (u *Client) again(ctx context.Context, r *Request, e *Error) bool {
	if !r.repeat || e.left || r.try >= *u.cfg.Retry.Max {
		return false
	}
	yes, said := u.saysRetry(e)
	if said && !yes || !said && !worthRetrying(e) || e.RetryAfter > retryAfterCap {
		return false
	}
	wait := retryWait(r.try, e)
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	undo, ok := u.turns.Retry(callOf(r), wait)
	if !ok {
		return false
	}
	if !u.source.budget.spend() || !pause(ctx, wait) {
		undo()
		return false
	}
	return true
}

// saysRetry returns what the source says of a retry, if it does.
func (u *Client) saysRetry(e *Error) (yes, said bool) {
	if u.cfg.Retry.Header == "" || e.entry == nil {
		return false, false
	}
	yes, err := strconv.ParseBool(strings.TrimSpace(http.Header(e.entry.Header).Get(u.cfg.Retry.Header)))
	return yes, err == nil
}

// worthRetrying reports whether what failed with e may go well the next time.
func worthRetrying(e *Error) bool {
	switch e.Reason {
	case ReasonUnreachable, ReasonTimeout, ReasonStatus, ReasonRateLimited:
		return true
	}
	return false
}

// retryWait is how long after it failed with e a call is made again.
func retryWait(try int, e *Error) time.Duration {
	switch {
	case saysNow(e):
		return 0
	case e.Reason == ReasonRateLimited:
		return e.RetryAfter + backoff(try) // who was told to slow down does not come all at once
	}
	return max(e.RetryAfter, backoff(try))
}

// saysNow reports whether the answer behind e asks to be asked again at once.
func saysNow(e *Error) bool {
	if e.entry == nil {
		return false
	}
	wait, said := quota.RetryAfter(e.entry.Header, e.entry.Received)
	return said && wait == 0
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
	mu    sync.Mutex
	left  float64
	since time.Time // when time last earned its part
}

func newBudget() *budget { return &budget{left: budgetMost, since: time.Now()} }

// earn adds the part of a retry that a good answer is worth.
func (b *budget) earn(part float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(budgetMost, b.left+part)
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
