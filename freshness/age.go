package freshness

import "time"

// brokenClock is how far a Date may be off our own clock. Beyond it the clock is broken (1970, 2099) and
// the Date says nothing about the answer, but to the letter.
const brokenClock = 24 * time.Hour

// farthest bounds an Expires in a distant century: 2^31 seconds, as for all other lifetimes.
const farthest = (1 << 31) * time.Second

// Age returns how old the answer is at now, never below zero: how long ago it was received, and the time
// it had spent in caches before (its Age header). Its Date does not count: the source's clock may be off.
// The longer of the time that both our clocks saw pass counts, for one stands still while a machine sleeps
// and the other may be set.
func (d Directives) Age(received, now time.Time) time.Duration {
	resident := max(now.Sub(received), now.Round(0).Sub(received.Round(0)))
	return d.AgeAtSource + max(0, resident)
}

// behind returns by how much RFC 9111 §4.2.3 counts the answer older than [Directives.Age]: by the time it
// took to come, or by what its Date says. A Date has whole seconds, so up to a second of difference to
// received is taken for its rounding.
func (d Directives) behind(r Respect, asked, received time.Time) time.Duration {
	behind := max(0, received.Sub(asked))
	if !d.Date.IsZero() {
		if apparent := received.Add(-time.Second).Sub(d.Date); apparent <= brokenClock || r == Strict {
			behind = max(behind, apparent-d.AgeAtSource)
		}
	}
	return behind
}

// lifetime returns how long the headers say an answer is fresh (RFC 9111 §4.2.1, no heuristics), and
// whether they say so at all. Received takes the place of a missing Date.
func (d Directives) lifetime(shared bool, received time.Time) (time.Duration, bool) {
	switch {
	case d.NoCache, d.noStore(), d.Private && shared:
		return 0, false
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

// noStore reports whether d forbids to keep the answer, whatever its status.
func (d Directives) noStore() bool { return d.NoStore && !d.MustUnderstand }

// Skew returns how far the source's clock is ahead of ours, in whole seconds, negative where it is behind,
// and whether a Date tells. It is the least that explains the Date: an answer may have been on its way since
// asked, and headers round down.
func (d Directives) Skew(asked, received time.Time) (skew time.Duration, ok bool) {
	if d.Date.IsZero() {
		return 0, false
	}
	rounded := time.Second
	if d.AgeAtSource > 0 {
		rounded = 2 * time.Second
	}
	made := d.Date.Add(d.AgeAtSource) // by its clock; then it left whichever cache had it
	switch ahead, behind := made.Sub(received), made.Sub(asked); {
	case ahead > 0:
		return (min(ahead, farthest) + time.Second - 1).Truncate(time.Second), true
	case behind <= -rounded:
		return behind.Truncate(time.Second), true
	}
	return 0, true
}
