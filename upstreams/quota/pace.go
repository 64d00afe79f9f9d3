package quota

import "time"

const (
	slowestPace = 1.0              // calls per second: Retry-After says when even that is too fast
	paceRegains = 30 * time.Second // how long after a 429 what it took is given back
)

// pace finds by trying how fast a source may be asked that says no more than 429: half as fast as before,
// and then a little faster every moment, until the old speed is reached without another 429. Then, and in
// the zero value, it stops nobody.
type pace struct {
	half  float64   // calls per second right after the last 429
	since time.Time // when that was; zero: not in force
	tries *bucket   // nil: not in force

	second          time.Time // that is counted
	before, counted int       // calls in the busiest of the seconds before it, half as many for each that is past; so far in it
}

// sent counts a call, which may go out a little later than now.
func (p *pace) sent(at time.Time) {
	second := at.Truncate(time.Second)
	if past := int64(second.Sub(p.second) / time.Second); past > 0 {
		p.before = max(p.counted, p.before/2) >> min(past-1, 62)
		p.counted, p.second = 0, second
	}
	p.counted++
}

// halve takes in a 429. Several at once are one.
func (p *pace) halve(now time.Time) {
	if p.tries != nil && now.Sub(p.since) < time.Second {
		return
	}
	speed := float64(max(p.before, p.counted))
	if b := p.bucket(now); b != nil {
		speed = min(speed, b.rate)
	}
	p.half, p.since = max(slowestPace, speed/2), now
	p.tries = newBucket(p.half, max(1, int(p.half)), now)
}

// bucket returns what paces calls now; nil if nothing does.
func (p *pace) bucket(now time.Time) *bucket {
	if p.tries == nil {
		return nil
	}
	regained := float64(now.Sub(p.since)) / float64(paceRegains)
	if regained >= 1 {
		p.tries = nil
		return nil
	}
	p.tries.set(p.half*(1+max(0, regained)), p.tries.burst, now)
	return p.tries
}
