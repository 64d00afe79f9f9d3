package cache

import (
	"context"
	"sync"
	"time"
)

// MemoryLeases are [Leases] of several caches in one process. The zero value is ready for use.
type MemoryLeases struct {
	mu    sync.Mutex
	taken map[string]*lease
}

type lease struct{ until time.Time }

// Take implements [Leases].
func (m *MemoryLeases) Take(ctx context.Context, name string, ttl time.Duration) (release func(), ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.taken[name]; l != nil && time.Now().Before(l.until) {
		return nil, false, nil
	}
	if m.taken == nil {
		m.taken = map[string]*lease{}
	}
	own := &lease{time.Now().Add(ttl)}
	m.taken[name] = own
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.taken[name] == own {
			delete(m.taken, name)
		}
	}, true, nil
}
