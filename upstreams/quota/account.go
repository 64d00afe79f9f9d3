package quota

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// account is what may still be asked of a source with one credential. Four things have a say: our own rate;
// what the source says is left; after a 429 a pace found by trying; and the times when it said to come back.
type account struct {
	used time.Time // guarded by State.mu

	mu    sync.Mutex
	own   *rate.Limiter // Config.Rate; nil: no limit
	left  left
	pace  pace
	holds map[string]hold // by connector
}

// keep puts our own rate in force, 0 for none.
func (a *account) keep(perSecond float64, burst int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case perSecond <= 0:
		a.own = nil
	case a.own == nil:
		a.own = rate.NewLimiter(rate.Limit(perSecond), burst)
	default:
		a.own.SetLimit(rate.Limit(perSecond))
		a.own.SetBurst(burst)
	}
}

// unlearn forgets what answers taught, but for the times when the source said to come back.
func (a *account) unlearn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left, a.pace = left{}, pace{}
}

// wait waits until a call may be sent, and takes what sending it costs. It does not begin to wait for what
// comes after ends.
func (a *account) wait(ctx context.Context, connector string, ends time.Time) error {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(ends) {
		ends = deadline
	}
	delay, undo, err := a.take(connector, time.Now(), ends)
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
		return ctx.Err()
	}
}

// take takes what sending a call costs, and returns how long to wait before it. Undo gives it back.
func (a *account) take(connector string, now, ends time.Time) (delay time.Duration, undo func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h, ok := a.holds[connector]; ok {
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
		return 0, nil, &Error{After: min(delay, time.Hour)}
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

// takeNow takes what sending c costs if nothing needs to be waited for and its priority leaves enough.
func (a *account) takeNow(c Call, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h, ok := a.holds[c.Connector]; ok && h.until.After(now) {
		return h.error(now)
	}
	leaves := c.Priority.leaves()
	if a.left.wait(now) > 0 || !a.left.leaves(leaves, now) {
		return &Error{After: a.left.until.Sub(now)}
	}
	limiters := []*rate.Limiter{a.own, a.pace.limiter(now)}
	for _, l := range limiters {
		if l != nil && l.TokensAt(now) < min(float64(l.Burst()), 1+leaves*float64(l.Burst())) {
			return &Error{}
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

// hold begins a hold, unless there is a longer one.
func (a *account) hold(connector string, h hold) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h.until.After(a.holds[connector].until) {
		if a.holds == nil {
			a.holds = map[string]hold{}
		}
		a.holds[connector] = h
	}
}

// status adds what is known of the account.
func (a *account) status(s *Status, now time.Time) {
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
