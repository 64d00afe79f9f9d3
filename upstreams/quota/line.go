package quota

import (
	"math/rand/v2"
	"time"
)

// gap is how far apart, on the average, those go who wait for one moment.
const gap = 10 * time.Millisecond

// line spreads those who wait for one moment: they go after it one by one, not all at the same instant. The
// zero value is empty.
type line struct{ last time.Time }

// after returns when one more may go who waits for at. It has that place once it is the last.
func (l *line) after(at time.Time) time.Time {
	if l.last.After(at) {
		at = l.last
	}
	return at.Add(rand.N(2 * gap)) //nolint:gosec // not a secret
}
