package quota

import "time"

// bucket is a token bucket: each call takes a token, and tokens come back at a rate. Whoever takes one that is
// not there yet owes it, and goes when it has come.
type bucket struct {
	rate   float64 // tokens per second
	burst  float64 // the most there are
	tokens float64 // at since; below zero: owed
	since  time.Time
}

// newBucket returns a full bucket.
func newBucket(rate float64, burst int, now time.Time) *bucket {
	return &bucket{rate: rate, burst: float64(burst), tokens: float64(burst), since: now}
}

// advance lets the tokens come back that do until now.
func (b *bucket) advance(now time.Time) {
	if passed := now.Sub(b.since); passed > 0 {
		b.tokens, b.since = min(b.burst, b.tokens+passed.Seconds()*b.rate), now
	}
}

// set changes rate and burst from now on.
func (b *bucket) set(rate, burst float64, now time.Time) {
	b.advance(now)
	b.rate, b.burst, b.tokens = rate, burst, min(burst, b.tokens)
}

// take takes a token and returns when it is there.
func (b *bucket) take(now time.Time) time.Time {
	b.advance(now)
	b.tokens--
	if b.tokens >= 0 {
		return now
	}
	return now.Add(seconds(-b.tokens / b.rate))
}

// undo gives back a token. Those who took one after it go when they were told to.
func (b *bucket) undo() { b.tokens = min(b.burst, b.tokens+1) }

// leaves returns how long until a token is there, and that share of the burst is left after it, or the bucket full.
func (b *bucket) leaves(share float64, now time.Time) time.Duration {
	b.advance(now)
	need := min(b.burst, 1+share*b.burst)
	if b.tokens >= need {
		return 0
	}
	return max(1, seconds((need-b.tokens)/b.rate))
}
