package cache

import (
	"sync/atomic"
	"time"

	"github.com/dgraph-io/ristretto/v2"
)

// held is an entry as memory holds it.
type held struct {
	*Entry
	until time.Time
	short uint64 // id.short, set by put
}

func (h *held) is(key, scope string) bool { return h.Key == key && h.Scope == scope }

// cost is the entry and, by rule of thumb, one value as large as its body.
func (h *held) cost() int64 { return int64(h.Size() + len(h.Body)) }

// ringSize is the number of recent puts seen at once. Their bytes come on top of Config.Memory, so only
// small ones are in the ring: a quarter of the memory at most.
const ringSize = 256

// memory is ristretto with a ring of recent puts before it: ristretto admits new keys a little later,
// and a few not at all, while what was put must be there at once, with its values.
type memory struct {
	ring  [ringSize]atomic.Pointer[held]
	small int64
	rest  *ristretto.Cache[uint64, *held]
}

func newMemory(bytes int64) (*memory, error) {
	const typical = 2 << 10 // bytes of an entry; ristretto wants ten counters for each
	rest, err := ristretto.NewCache(&ristretto.Config[uint64, *held]{
		NumCounters: max(10_000, 10*bytes/typical),
		MaxCost:     bytes,
		BufferItems: 64,
		ShouldUpdate: func(next, prev *held) bool {
			return !next.is(prev.Key, prev.Scope) || !prev.supersedes(next.Entry)
		},
	})
	if err != nil {
		return nil, err
	}
	return &memory{small: bytes / 4 / ringSize, rest: rest}, nil
}

// get returns what is held under i, which may be another key's with the same short id.
func (m *memory) get(i id) *held {
	n := i.short()
	h := m.ring[n%ringSize].Load()
	if h == nil || h.short != n {
		h, _ = m.rest.Get(n)
	}
	if h == nil || !time.Now().Before(h.until) {
		return nil
	}
	return h
}

func (m *memory) put(i id, h *held) {
	n := i.short()
	h.short = n
	recent := &m.ring[n%ringSize]
	old := recent.Load()
	again := old != nil && old.short == n
	large := h.cost() > m.small
	if again || large { // of two new ones that wait for admission, ristretto keeps the first
		if _, admitted := m.rest.Get(n); !admitted {
			m.rest.Wait()
		}
	}
	switch {
	case !large:
		recent.Store(h)
	case again:
		recent.CompareAndSwap(old, nil)
	}
	m.rest.SetWithTTL(n, h, h.cost(), time.Until(h.until))
}

// remove is complete when it returns: it waits for puts that ristretto has not admitted yet.
func (m *memory) remove(i id) {
	n := i.short()
	recent := &m.ring[n%ringSize]
	if old := recent.Load(); old != nil && old.short == n {
		recent.CompareAndSwap(old, nil)
	}
	m.rest.Del(n)
	m.rest.Wait()
}

func (m *memory) close() { m.rest.Close() }
