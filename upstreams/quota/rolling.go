package quota

import (
	"slices"
	"time"
)

const (
	// mostSent bounds the calls that a window remembers one by one. Of a larger limit the older ones are
	// taken for others', which the source's word makes up for.
	mostSent = 1000
	// slack is the part of its length by which a window is taken for longer than it is: calls take
	// different times to reach the source, which counts them when they come.
	slack = 50
)

// rolling is a limit on the calls within any span of some length: there is no moment when its count begins
// again, each call leaves it by itself. The zero value is not in force and stops nobody.
type rolling struct {
	length time.Duration
	limit  int
	most   int       // that was ever left
	until  time.Time // when the source's word for it is too old

	sent   []time.Time // when ours went out or will, in order
	others int         // calls in the window, as of since, that are not among ours
	since  time.Time

	line line
}

// told takes in what an answer says. What the source counts and we do not was made by others with the same
// credential, and leaves the window bit by bit. Calls under way, which it does not count yet, hide some of
// those: so the larger number holds.
func (w *rolling) told(t told, length time.Duration, now time.Time) {
	w.most = max(w.most, t.left)
	if w.limit = t.limit; t.limit == 0 {
		w.limit = w.most + 1
	}
	w.length, w.until = length, now.Add(mostHeld)
	w.prune(now)
	own, _ := slices.BinarySearchFunc(w.sent, now, after)
	if others := min(w.limit, w.limit-t.left-own); others > w.foreign(now) {
		w.others, w.since = others, now
	}
}

// after finds the first time in a list that is after at.
func after(one, at time.Time) int {
	if one.After(at) {
		return 1
	}
	return -1
}

// foreign is how many calls of others are in the window at now.
func (w *rolling) foreign(now time.Time) int {
	if w.others == 0 {
		return 0
	}
	gone := min(1, float64(now.Sub(w.since))/float64(w.span()))
	return w.others - int(gone*float64(w.others))
}

// span is how long after it was made a call is taken to count.
func (w *rolling) span() time.Duration { return w.length + w.length/slack }

// prune forgets calls that left the window.
func (w *rolling) prune(now time.Time) {
	gone, _ := slices.BinarySearchFunc(w.sent, now.Add(-w.span()), after)
	w.sent = slices.Delete(w.sent, 0, gone)
}

// free is how many calls may go out at now; not above zero if none.
func (w *rolling) free(now time.Time) int {
	w.prune(now)
	return w.limit - len(w.sent) - w.foreign(now)
}

// reserve takes one call that would go out at at, and returns when it may; false where that is after ends.
func (w *rolling) reserve(now, at, ends time.Time) (time.Time, bool) {
	if next := w.next(now); next.After(at) {
		at = w.line.after(next)
		if at.After(ends) {
			return at, false
		}
		w.line.last = at
	}
	w.sends(at)
	return at, true
}

// sends remembers a call that goes out at at.
func (w *rolling) sends(at time.Time) {
	place, _ := slices.BinarySearchFunc(w.sent, at, after)
	w.sent = slices.Insert(w.sent, place, at)
	if len(w.sent) > mostSent {
		w.sent = slices.Delete(w.sent, 0, 1)
	}
}

// next is when so many calls have left the window, ours and others', that one more may go out.
func (w *rolling) next(now time.Time) time.Time {
	at, own, foreign := now, w.sent, w.foreign(now)
	for over := 1 - w.free(now); over > 0 && foreign+len(own) > 0; over-- {
		others := w.since.Add(time.Duration(float64(w.span()) * float64(w.others-foreign+1) / float64(max(1, w.others))))
		switch {
		case foreign == 0 || len(own) > 0 && own[0].Add(w.span()).Before(others):
			at, own = own[0].Add(w.span()), own[1:]
		default:
			at, foreign = others, foreign-1
		}
	}
	return at
}

// undo takes back a call that was to go out at at.
func (w *rolling) undo(at time.Time) {
	if i := slices.Index(w.sent, at); i >= 0 {
		w.sent = slices.Delete(w.sent, i, i+1)
	}
}
