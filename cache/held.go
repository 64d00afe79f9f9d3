package cache

import (
	"sync"
	"sync/atomic"
	"time"
)

// held is an entry as memory holds it.
type held struct {
	*Entry
	until time.Time

	name ID          // these are set by put
	in   *memory     // nil: not put yet
	used atomic.Bool // read since the hand came by

	// Guarded by memory.mu:
	size, cost   int64 // bytes of the entry; with the values in its slots, and its shortcuts
	short        []string
	older, newer *held
}

func (h *held) is(key, scope string) bool { return h.Key == key && h.Scope == scope }

// instead returns h as it takes the place of old, which may be nil or another key's: kept at least as long
// after its arrival. It returns nil if old stays.
func (h *held) instead(old *held) *held {
	if old == nil || !old.is(h.Key, h.Scope) {
		return h
	}
	if old.supersedes(h.Entry) {
		return nil
	}
	until := h.until
	if longer := h.Received.Add(old.until.Sub(old.Received)); longer.After(until) {
		until = longer
	}
	if old.Entry == h.Entry && !until.After(old.until) {
		return nil
	}
	return &held{Entry: h.Entry, until: until}
}

// memory holds entries, and the values in their slots, within a number of bytes. What goes when they are used up
// is decided as by SIEVE (Zhang et al., NSDI 2024): a hand walks from the oldest to the newest, spares what was read
// since it last came by, and takes the rest. Reading moves nothing, so readers do not wait for each other.
type memory struct {
	max int64

	mu             sync.RWMutex
	byName         map[ID]*held
	short          map[string]shortcut
	bytes          int64
	oldest, newest *held
	hand           *held // where it goes on; nil: at the oldest
}

func newMemory(bytes int64) *memory {
	return &memory{max: bytes, byName: map[ID]*held{}, short: map[string]shortcut{}}
}

// get returns what is held under i, which may be another key's.
func (m *memory) get(i ID) *held {
	m.mu.RLock()
	defer m.mu.RUnlock()
	h := m.byName[i]
	if h == nil || !time.Now().Before(h.until) {
		return nil
	}
	h.read()
	return h
}

// read takes note that h was read.
func (h *held) read() {
	if !h.used.Load() {
		h.used.Store(true)
	}
}

// put holds h, which is new, under i. What does not fit even alone is not held.
func (m *memory) put(i ID, h *held) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(m.byName[i])
	h.name, h.in = i, m
	h.Entry.home.Store(h) // from now on its values are weighed as they come
	h.size = int64(h.Size())
	h.cost = h.fit()
	if h.cost > m.max {
		return
	}
	m.makeRoom(h.cost, nil)
	m.byName[i] = h
	m.bytes += h.cost
	if h.older = m.newest; h.older != nil {
		h.older.newer = h
	} else {
		m.oldest = h
	}
	m.newest = h
}

// weigh takes note of values that came or went since. They go again where there is no room for them.
func (m *memory) weigh(h *held) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName[h.name] == h {
		m.reweigh(h)
	}
}

func (m *memory) reweigh(h *held) {
	cost := h.fit()
	m.makeRoom(cost-h.cost, h)
	m.bytes += cost - h.cost
	h.cost = cost
}

// fit returns what h costs. An entry that has room only without its values loses them.
func (h *held) fit() int64 {
	cost := h.size + h.slots.size()
	for _, name := range h.short {
		cost += perShortcut + int64(len(name))
	}
	if cost > h.in.max {
		h.slots.clear()
		h.in.lengthen(h)
		return h.size
	}
	return cost
}

func (m *memory) remove(i ID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(m.byName[i])
}

// makeRoom takes entries away, but not spare, until so many more bytes fit.
func (m *memory) makeRoom(more int64, spare *held) {
	for m.bytes+more > m.max && m.oldest != nil {
		h := m.hand
		if h == nil {
			h = m.oldest
		}
		m.hand = h.newer
		read := h.used.Swap(false)
		if h != spare && (!read || !time.Now().Before(h.until)) {
			m.drop(h)
		}
	}
}

// drop takes h, which may be nil, away.
func (m *memory) drop(h *held) {
	if h == nil {
		return
	}
	m.lengthen(h)
	delete(m.byName, h.name)
	m.bytes -= h.cost
	if m.hand == h {
		m.hand = h.newer
	}
	if h.older != nil {
		h.older.newer = h.newer
	} else {
		m.oldest = h.newer
	}
	if h.newer != nil {
		h.newer.older = h.older
	} else {
		m.newest = h.older
	}
	h.older, h.newer = nil, nil
}
