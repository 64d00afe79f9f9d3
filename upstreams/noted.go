package upstreams

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
)

// noted is what is known of a remembered answer besides the answer: found out once, and gone with the entry.
type noted struct {
	freshness.Directives

	spread float64     // how much is taken off its fresh window, from 0 to 1, of what may be
	again  moment      // when it may be asked for again behind
	early  atomic.Bool // a reader who could not ask found that it should be asked for already
	doubt  atomic.Pointer[doubt]
}

// note returns what is known of e.
func note(e *cache.Entry) *noted {
	n, _ := e.Note("noted", func() any { // nothing else has this name
		return &noted{Directives: freshness.Parse(e.Header), spread: spreadOf(e)}
	}).(*noted)
	return n
}

// spreadOf is a number by chance for this answer: all who read it agree on that, in other processes too.
func spreadOf(e *cache.Entry) float64 {
	x := uint64(cache.TagOf(e.Key)) ^ uint64(cache.TagOf(e.Scope))<<1 ^ uint64(e.Received.UnixNano()) //nolint:gosec // bits
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return float64((x^x>>31)>>11) / (1 << 53)
}

// refreshPause returns how long an answer that was asked for again behind is left alone: 5 seconds and up to
// a quarter by chance. A refresh that goes well replaces the answer; one that fails must not be repeated by
// every reader. What was asked for together gets one pause, to be asked for together again.
func refreshPause() time.Duration {
	const least = 5 * time.Second
	return least + rand.N(least/4) //nolint:gosec // not a secret
}

// refreshDue reports whether e may be asked for again behind. A yes begins the pause.
func refreshDue(e *cache.Entry, pause time.Duration) bool {
	return note(e).again.move(time.Now(), pause)
}
