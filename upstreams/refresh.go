package upstreams

import (
	"math/rand/v2"
	"sync/atomic"
	"time"

	"holdfast/cache"
)

// refreshPause is how long an answer that was asked for again behind is left alone, plus up to a quarter by
// chance. A refresh that goes well replaces the answer; one that fails must not be repeated by every reader.
const refreshPause = 5 * time.Second

// refreshDue reports whether e may be asked for again behind. A yes begins the pause.
func refreshDue(e *cache.Entry) bool {
	v, _ := e.Value("\x00refresh", func() (any, error) { return new(atomic.Int64), nil }) // never an error
	next, ok := v.(*atomic.Int64)                                                         // Unix time in nanoseconds
	if !ok {
		return false
	}
	now, due := time.Now(), next.Load()
	if now.UnixNano() < due {
		return false
	}
	pause := refreshPause + rand.N(refreshPause/4) //nolint:gosec // not a secret
	return next.CompareAndSwap(due, now.Add(pause).UnixNano())
}
