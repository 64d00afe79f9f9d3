package upstreams

import "time"

// mostHeld bounds how long a source's word is taken for when to come back: a Retry-After of a day, or a
// limit that resets tomorrow, may be a mistake, and is asked about again.
const mostHeld = 5 * time.Minute

// hold is a source's wish not to be asked by one connector, with one credential, for a while. What would
// have to wait longer than a call waits for its turn is not asked; an old answer may stand in.
type hold struct {
	until time.Time
	said  Error // what the source answered
}

// hold begins a hold as e says, unless there is a longer one.
func (a *account) hold(connector string, e *Error) {
	until := time.Now().Add(min(e.RetryAfter, mostHeld))
	a.mu.Lock()
	defer a.mu.Unlock()
	if until.After(a.holds[connector].until) {
		a.holds[connector] = hold{until: until, said: Error{Kind: e.Kind, Reason: e.Reason, Status: e.Status}}
	}
}

// error is what becomes of a call that is held.
func (h hold) error(now time.Time) *Error {
	e := h.said
	e.RetryAfter = h.until.Sub(now)
	return &e
}
