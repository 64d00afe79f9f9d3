package upstreams

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// account is what may still be asked of a source with one credential. Four things have a say: our own rate;
// what the source says is left; after a 429 a pace found by trying; and the times when it said to come back.
type account struct {
	used time.Time // guarded by turns.mu

	mu    sync.Mutex
	own   *rate.Limiter // Quota.Rate; nil: no limit
	left  left
	pace  pace
	holds map[string]hold // by connector
}

func newAccount(q Quota) *account {
	a := &account{holds: map[string]hold{}}
	if q.Rate > 0 {
		a.own = rate.NewLimiter(rate.Limit(q.Rate), q.Burst)
	}
	return a
}

// wait waits until r may be sent, and takes what sending it costs. It does not begin to wait for what comes
// after ends.
func (a *account) wait(ctx context.Context, r *Request, ends time.Time) error {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(ends) {
		ends = deadline
	}
	delay, undo, err := a.take(r, time.Now(), ends)
	if err != nil || delay <= 0 {
		return err
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		undo()
		return goneWaiting(ctx)
	}
}

// take takes what sending r costs, and returns how long to wait before it. Undo gives it back.
func (a *account) take(r *Request, now, ends time.Time) (delay time.Duration, undo func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h, ok := a.holds[r.Connector]; ok {
		delay = h.until.Sub(now)
		if h.until.After(ends) {
			return 0, nil, h.error(now)
		}
	}
	spent := a.left.wait(now)
	delay = max(delay, spent)
	reserved, wait := a.reserve(now)
	delay = max(delay, wait)
	undo = func() {
		for _, r := range reserved {
			r.Cancel()
		}
	}
	if delay > ends.Sub(now) {
		undo()
		return 0, nil, &Error{Kind: Limit, Reason: ReasonQuota, RetryAfter: min(delay, time.Hour)}
	}
	if spent == 0 {
		a.left.spend(now)
	}
	a.pace.sent(now.Add(delay))
	return delay, undo, nil
}

// reserve takes a token of each limiter there is, and returns when both have come.
func (a *account) reserve(now time.Time) (reserved []*rate.Reservation, wait time.Duration) {
	for _, l := range []*rate.Limiter{a.own, a.pace.limiter(now)} {
		if l != nil {
			r := l.ReserveN(now, 1)
			reserved, wait = append(reserved, r), max(wait, r.DelayFrom(now))
		}
	}
	return reserved, wait
}

// takeNow takes what sending r costs if nothing needs to be waited for and its priority leaves enough.
func (a *account) takeNow(r *Request, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h, ok := a.holds[r.Connector]; ok && h.until.After(now) {
		return h.error(now)
	}
	leaves := r.Priority.leaves()
	if a.left.wait(now) > 0 || !a.left.leaves(leaves, now) {
		return &Error{Kind: Limit, Reason: ReasonQuota, RetryAfter: a.left.until.Sub(now)}
	}
	limiters := []*rate.Limiter{a.own, a.pace.limiter(now)}
	for _, l := range limiters {
		if l != nil && l.TokensAt(now) < min(float64(l.Burst()), 1+leaves*float64(l.Burst())) {
			return &Error{Kind: Limit, Reason: ReasonQuota}
		}
	}
	for _, l := range limiters {
		if l != nil {
			l.AllowN(now, 1)
		}
	}
	a.left.spend(now)
	a.pace.sent(now)
	return nil
}

// again takes what a retry costs that goes out after wait, if that is there by then.
func (a *account) again(wait time.Duration) bool {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	spent := a.left.wait(now)
	reserved, delay := a.reserve(now)
	if max(spent, delay) > wait {
		for _, r := range reserved {
			r.CancelAt(now)
		}
		return false
	}
	if spent == 0 {
		a.left.spend(now)
	}
	a.pace.sent(now.Add(wait))
	return true
}

// told takes in what the source says is left.
func (a *account) told(t told, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left.told(t, now)
}

// slower takes in a 429.
func (a *account) slower(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pace.halve(now)
}

// status adds what is known of the account.
func (a *account) status(s *QuotaStatus, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Before(a.left.until) {
		s.Left, s.ResetAt = new(max(0, a.left.calls)), new(a.left.until)
	}
	if l := a.pace.limiter(now); l != nil {
		s.Pace = float64(l.Limit())
	}
	for connector, h := range a.holds {
		if now.Before(h.until) {
			if s.Held == nil {
				s.Held = map[string]time.Time{}
			}
			s.Held[connector] = h.until
		}
	}
}
