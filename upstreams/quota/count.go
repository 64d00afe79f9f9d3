package quota

import (
	"slices"
	"time"
)

// same is how much two words for one moment may differ, by clocks and rounding.
const same = 2 * time.Second

// count is what a source says may still be asked until its count begins again. The zero value knows nothing
// and stops nobody.
type count struct {
	calls  int
	limit  int           // of the whole count; 0: not said
	until  time.Time     // when it begins again
	length time.Duration // how far away that was when it was first said

	line   line
	booked []time.Time // when those go who wait for the next count
}

// told takes in what an answer says. Within one count only the smaller number holds: calls are spent when
// they are sent, and answers to earlier ones arrive late.
func (c *count) told(t told, now time.Time) {
	until := now.Add(t.reset)
	if now.Before(c.until) && until.Before(c.until.Add(same)) {
		c.calls, c.limit = min(c.calls, t.left), t.limit
		if until.Before(c.until.Add(-same)) { // another limit, which is nearer
			c.until, c.length = until, t.reset
		}
		return
	}
	c.booked = slices.DeleteFunc(c.booked, func(at time.Time) bool { return !at.After(now) })
	*c = count{calls: max(0, t.left-len(c.booked)), limit: t.limit, until: until, length: t.reset}
}

// rolls reports whether t says that the end of the count has moved away with time: then it is none, but the
// length of a window that rolls.
func (c *count) rolls(t told, now time.Time) bool {
	return t.reset < mostHeld && now.Before(c.until.Add(-same)) && !now.Add(t.reset).Before(c.until.Add(same)) && near(t.reset, c.length)
}

// near reports whether two lengths are the same.
func near(a, b time.Duration) bool { return (a - b).Abs() <= same }

// over is when the count has surely begun again: until is mostly said in seconds that were rounded down.
func (c *count) over() time.Time { return c.until.Add(min(time.Second, c.length/10)) }

// reserve takes one call that would go out at at, and returns when it may; false where that is after ends, or
// the next count is spent too.
func (c *count) reserve(now, at, ends time.Time) (time.Time, bool) {
	over := c.over()
	switch {
	case !now.Before(over):
		return at, true
	case at.Before(over) && c.calls > 0:
		c.calls--
		return at, true
	case at.Before(over):
		at = c.line.after(over)
	}
	if at.After(ends) || c.limit > 0 && len(c.booked) >= c.limit {
		return over, false
	}
	c.line.last, c.booked = at, append(c.booked, at)
	return at, true
}

// undo takes back a call that was to go out at at.
func (c *count) undo(at time.Time) {
	if i := slices.Index(c.booked, at); i >= 0 {
		c.booked = slices.Delete(c.booked, i, i+1)
	} else if at.Before(c.over()) {
		c.calls++
	}
}
