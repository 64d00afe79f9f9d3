package upstreams

import (
	"sync/atomic"
	"time"

	"holdfast/cache"
)

// skew is how far a source's clock is ahead of ours, by its last answer that told the time. It is for people:
// nothing is decided by it. The zero value knows nothing.
type skew struct {
	last  atomic.Int64 // a time.Duration
	known atomic.Bool
}

// learn looks at the Date of e.
func (s *skew) learn(e *cache.Entry) {
	if ahead, ok := note(e).Skew(e.Asked, e.Received); ok {
		s.last.Store(int64(ahead))
		s.known.Store(true)
	}
}

// get returns nil while nothing is known.
func (s *skew) get() *time.Duration {
	if !s.known.Load() {
		return nil
	}
	return new(time.Duration(s.last.Load()))
}
