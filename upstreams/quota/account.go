package quota

import (
	"context"
	"sync"
	"time"
)

// account is what may still be asked of a source with one credential. Four things have a say: our own rate;
// what the source says is left; after a 429 a pace found by trying; and the times when it said to come back.
type account struct {
	used time.Time // guarded by State.mu

	mu    sync.Mutex
	own   *bucket // Config.Rate; nil: no limit
	left  left
	pace  pace
	holds map[string]*hold // by connector
}

// keep puts our own rate in force, 0 for none.
func (a *account) keep(perSecond float64, burst int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch now := time.Now(); {
	case perSecond <= 0:
		a.own = nil
	case a.own == nil:
		a.own = newBucket(perSecond, burst, now)
	default:
		a.own.set(perSecond, float64(burst), now)
	}
}

// unlearn forgets what answers taught, but for the times when the source said to come back.
func (a *account) unlearn() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.left, a.pace = left{}, pace{}
}

// wait waits until a call may be sent, and takes what sending it costs. It does not begin to wait for what comes
// after ends.
func (a *account) wait(ctx context.Context, connector string, now, ends time.Time) (cost, error) {
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(ends) {
		ends = deadline
	}
	delay, paid, err := a.take(connector, now, ends)
	if err != nil || delay <= 0 {
		return paid, err
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return paid, nil
	case <-ctx.Done():
		a.undo(paid)
		return cost{}, ctx.Err()
	}
}

// take takes what sending a call costs, and returns how long to wait before it.
func (a *account) take(connector string, now, ends time.Time) (delay time.Duration, paid cost, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at, h := now, a.holds[connector]
	if h == nil || !now.Before(h.until) {
		h = nil
	} else if at = h.line.after(h.until); at.After(ends) {
		return 0, cost{}, h.error(now)
	}
	may, paid, ok := a.reserve(now, at, ends)
	if !ok {
		return 0, cost{}, &Error{After: min(may.Sub(now), time.Hour)}
	}
	if h != nil {
		h.line.last = at
	}
	return may.Sub(now), paid, nil
}

// cost is what was taken for a call that goes out.
type cost struct {
	booked  time.Time
	buckets [2]*bucket // nil: not of that
}

// undo gives it back.
func (a *account) undo(c cost) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.giveBack(c)
}

// giveBack is undo under mu.
func (a *account) giveBack(c cost) {
	a.left.undo(c.booked)
	for _, b := range c.buckets {
		if b != nil {
			b.undo()
		}
	}
}

// reserve takes, of all limits there are, what a call costs that would go out at at, and returns when it may.
// Nothing is taken where that is after ends.
func (a *account) reserve(now, at, ends time.Time) (may time.Time, paid cost, ok bool) {
	booked, ok := a.left.reserve(now, at, ends)
	if !ok {
		return booked, cost{}, false
	}
	may = booked
	paid = cost{booked, a.buckets(now)}
	for _, b := range paid.buckets {
		if b == nil {
			continue
		}
		if ready := b.take(now); ready.After(may) {
			may = ready
		}
	}
	if may.After(ends) {
		a.giveBack(paid)
		return may, cost{}, false
	}
	a.pace.sent(may)
	return may, paid, true
}

// buckets are our own rate and the pace, as far as they are in force; nil: it is not.
func (a *account) buckets(now time.Time) [2]*bucket { return [2]*bucket{a.own, a.pace.bucket(now)} }

// takeNow takes what sending c costs if nothing needs to be waited for and its priority leaves enough.
func (a *account) takeNow(c Call, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if h := a.holds[c.Connector]; h != nil && h.until.After(now) {
		return h.error(now)
	}
	leaves := c.Priority.leaves()
	if !a.left.leaves(leaves, now) {
		refused := &Error{}
		if _, until := a.left.known(now); until != nil {
			refused.After = until.Sub(now)
		}
		return refused
	}
	for _, b := range a.buckets(now) {
		if b == nil {
			continue
		}
		if wait := b.leaves(leaves, now); wait > 0 {
			return &Error{After: wait}
		}
	}
	if _, _, ok := a.reserve(now, now, now); !ok {
		return &Error{}
	}
	return nil
}

// look reports whether a call that may wait until ends would be sent.
func (a *account) look(connector string, now, ends time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := now
	if h := a.holds[connector]; h != nil && now.Before(h.until) {
		if at = h.until; at.After(ends) {
			return h.error(now)
		}
	}
	counted := a.pace
	may, paid, ok := a.reserve(now, at, ends)
	if !ok {
		return &Error{After: min(may.Sub(now), time.Hour)}
	}
	a.giveBack(paid)
	a.pace = counted
	return nil
}

// again takes what a retry costs that goes out a wait from now, if that is there by then; undo gives it back.
func (a *account) again(now time.Time, wait time.Duration) (undo func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := now.Add(wait)
	_, paid, ok := a.reserve(now, at, at)
	return func() { a.undo(paid) }, ok
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
	if before := a.holds[connector]; before != nil && !h.until.After(before.until) {
		return
	}
	if a.holds == nil {
		a.holds = map[string]*hold{}
	}
	a.holds[connector] = &h
}

// status adds what is known of the account.
func (a *account) status(s *Status, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.Left, s.ResetAt = a.left.known(now)
	if b := a.pace.bucket(now); b != nil {
		s.Pace = b.rate
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
