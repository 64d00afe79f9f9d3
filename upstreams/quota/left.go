package quota

import "time"

// left is what a source says may still be asked until its count begins again. The zero value knows nothing
// and stops nobody.
type left struct {
	calls int
	limit int       // of the whole count; 0: not said
	until time.Time // when it begins again
}

// told takes in what an answer says. Within one count only the smaller number holds: calls are spent when
// they are sent, and answers to earlier ones arrive late.
func (l *left) told(t told, now time.Time) {
	const same = 2 * time.Second // clocks and rounding
	calls := t.left
	if now.Before(l.until) && t.reset.Before(l.until.Add(same)) {
		calls = min(l.calls, calls)
	}
	l.calls, l.limit, l.until = calls, t.limit, t.reset
}

// wait returns how long nothing is left; 0 when something is, or nothing is known.
func (l *left) wait(now time.Time) time.Duration {
	if l.calls > 0 {
		return 0
	}
	return max(0, l.until.Sub(now))
}

// leaves reports whether share of the limit is left after one more call.
func (l *left) leaves(share float64, now time.Time) bool {
	return !now.Before(l.until) || float64(l.calls-1) >= share*float64(l.limit)
}

// spend counts one call.
func (l *left) spend(now time.Time) {
	if now.Before(l.until) {
		l.calls--
	}
}
