package quota

import "time"

// mostHeld bounds how long a source's word is taken for when to come back: a Retry-After of a day, or a
// limit that resets tomorrow, may be a mistake, and is asked about again.
const mostHeld = 5 * time.Minute

// hold is a source's wish not to be asked by one connector, with one credential, for a while. What would
// have to wait longer than a call waits for its turn is not asked; an old answer may stand in.
type hold struct {
	until time.Time
	said  error
	line  line
}

// error is what becomes of a call that is held.
func (h *hold) error(now time.Time) *Error {
	return &Error{After: h.until.Sub(now), Said: h.said}
}
