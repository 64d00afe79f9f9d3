package upstreams

import (
	"sync/atomic"
	"time"
)

// moment is a time that changes while others look at it, by the clock that nobody sets. The zero value has been long ago.
// It is safe for concurrent use.
type moment struct{ at atomic.Pointer[time.Time] }

func (m *moment) load() time.Time {
	if t := m.at.Load(); t != nil {
		return *t
	}
	return time.Time{}
}

func (m *moment) store(t time.Time) { m.at.Store(&t) }

// move moves m to a while after now if it has come by then, and reports whether it did. Of several at once one does.
func (m *moment) move(now time.Time, by time.Duration) bool {
	t := m.at.Load()
	return (t == nil || !now.Before(*t)) && m.at.CompareAndSwap(t, new(now.Add(by)))
}
