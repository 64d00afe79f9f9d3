package upstreams

import (
	"sync/atomic"
	"time"

	"holdfast/cache"
)

// skew is how far a source's clock is ahead of ours, by its last answer that told the time. It is for people:
// nothing is decided by it. The zero value knows nothing.
type skew struct{ last atomic.Pointer[time.Duration] }

// learn looks at the Date of e.
func (s *skew) learn(e *cache.Entry) {
	if ahead, ok := directives(e).Skew(e.Asked, e.Received); ok {
		s.last.Store(&ahead)
	}
}

// get returns nil while nothing is known.
func (s *skew) get() *time.Duration { return s.last.Load() }
