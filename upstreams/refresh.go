package upstreams

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"holdfast/cache"
)

// refreshPause returns how long an answer that was asked for again behind is left alone: 5 seconds and up to
// a quarter by chance. A refresh that goes well replaces the answer; one that fails must not be repeated by
// every reader. What was asked for together gets one pause, to be asked for together again.
func refreshPause() time.Duration {
	const least = 5 * time.Second
	return least + rand.N(least/4) //nolint:gosec // not a secret
}

// refreshDue reports whether e may be asked for again behind. A yes begins the pause.
func refreshDue(e *cache.Entry, pause time.Duration) bool {
	next, ok := e.Note("refresh", func() any { return new(atomic.Int64) }).(*atomic.Int64) // Unix time in nanoseconds
	if !ok {
		return false
	}
	now, due := time.Now(), next.Load()
	return now.UnixNano() >= due && next.CompareAndSwap(due, now.Add(pause).UnixNano())
}
