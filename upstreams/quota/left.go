package quota

import "time"

// left is what a source says may still be asked: until its count begins again, or within a window that rolls.
// The zero value knows nothing and stops nobody.
type left struct {
	count   count
	rolling rolling
}

// told takes in what an answer says.
func (l *left) told(t told, now time.Time) {
	length := t.length
	switch was := l.rolling.length; {
	case length > 0:
	case now.Before(l.rolling.until) && near(t.reset, was):
		length = max(t.reset, was)
	case l.count.rolls(t, now):
		length = t.reset
	default:
		l.rolling.until = time.Time{}
		l.count.told(t, now)
		return
	}
	l.count = count{}
	l.rolling.told(t, length, now)
}

// reserve takes one call that would go out at at, and returns when it may; false where that is after ends.
func (l *left) reserve(now, at, ends time.Time) (time.Time, bool) {
	if now.Before(l.rolling.until) {
		return l.rolling.reserve(now, at, ends)
	}
	at, ok := l.count.reserve(now, at, ends)
	if ok && now.Before(l.count.until) {
		l.rolling.sends(at) // it may turn out to be one
	}
	return at, ok
}

// leaves reports whether share of the limit, and no less than nothing, is left after one more call.
func (l *left) leaves(share float64, now time.Time) bool {
	calls, _ := l.known(now)
	return calls == nil || *calls > 0 && float64(*calls-1) >= share*float64(l.limit(now))
}

func (l *left) limit(now time.Time) int {
	if now.Before(l.rolling.until) {
		return l.rolling.limit
	}
	return l.count.limit
}

// known is how many calls are left, and when the count begins again; nil where that is not known or never.
func (l *left) known(now time.Time) (calls *int, until *time.Time) {
	switch {
	case now.Before(l.rolling.until):
		return new(max(0, l.rolling.free(now))), nil
	case now.Before(l.count.until):
		return new(max(0, l.count.calls)), new(l.count.until)
	}
	return nil, nil
}

// undo takes back a call that was to go out at at.
func (l *left) undo(at time.Time) {
	l.count.undo(at)
	l.rolling.undo(at)
}
