package freshness

import "time"

// brokenClock is how far a Date may be off our own clock. Beyond it the clock is broken (1970, 2099) and
// the Date says nothing about the answer.
const brokenClock = 24 * time.Hour

// farthest bounds an Expires in a distant century: 2^31 seconds, as for all other lifetimes.
const farthest = (1 << 31) * time.Second

// Age returns how old the answer is (RFC 9111 §4.2.3), never below zero: asked is when the request
// left, received when the answer was complete. A Date has whole seconds, so up to a second of
// difference to received is taken for its rounding.
func (d Directives) Age(asked, received, now time.Time) time.Duration {
	initial := d.AgeAtSource + max(0, received.Sub(asked))
	if !d.Date.IsZero() {
		if apparent := received.Sub(d.Date) - time.Second; apparent <= brokenClock {
			initial = max(initial, apparent)
		}
	}
	return initial + max(0, now.Sub(received))
}

// lifetime returns how long the headers say an answer is fresh (RFC 9111 §4.2.1, no heuristics), and
// whether they say so at all. Received takes the place of a missing Date.
func (d Directives) lifetime(shared bool, received time.Time) (time.Duration, bool) {
	switch {
	case shared && d.SMaxAge.Set:
		return d.SMaxAge.For, true
	case d.MaxAge.Set:
		return d.MaxAge.For, true
	case d.HasExpires:
		from := d.Date
		if from.IsZero() {
			from = received
		}
		return min(max(0, d.Expires.Sub(from)), farthest), true
	}
	return 0, false
}
