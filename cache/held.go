package cache

import (
	"sync"
	"sync/atomic"
	"time"
)

// held is an entry as memory holds it, and as it waits for the store. It is a part of its entry.
type held struct {
	*Entry // nil: a deletion that waits for the store

	name  ID           // these two are set by the first put
	in    *memory      // nil: not put yet
	used  atomic.Bool  // read since the hand came by
	again atomic.Int64 // when it is to be written to the store once more if it is read, in Unix nanoseconds

	// Guarded by memory.mu:
	until        time.Time
	revision     Revision // the last that is known to be in the store
	size, cost   int64    // bytes of the entry; with the values in its slots, and its shortcuts
	short        []string
	older, newer *held
	member       *member // nil: its source has no share

	waits waits // guarded by behind.mu
}

func (h *held) is(key, scope string) bool { return h.Entry != nil && h.Key == key && h.Scope == scope }

// memory holds entries, and the values in their slots, within a number of bytes. What goes when they are used up
// is decided as by SIEVE (Zhang et al., NSDI 2024): a hand walks from the oldest to the newest, spares what was read
// since it last came by, and takes the rest. Reading moves nothing, so readers do not wait for each other.
type memory struct {
	max int64

	behind         *behind // nil: there is no store
	mu             sync.RWMutex
	byName         map[ID]*held
	short          map[string]shortcut
	bytes          int64
	evicted        uint64 // for want of room
	oldest, newest *held
	hand           *held // where it goes on; nil: at the oldest
	shares         map[Tag]*share
	changes        [256]uint64 // by first byte of the name: puts and removals
}

func newMemory(cfg Config) *memory {
	return &memory{max: cfg.Bytes(), byName: map[ID]*held{}, short: map[string]shortcut{}, shares: sharesOf(cfg)}
}

// get returns what is held under i, which may be another key's. m.mu is held, at least for reading.
func (m *memory) get(i ID, now time.Time) *held {
	h := m.byName[i]
	if h == nil || !now.Before(h.until) {
		return nil
	}
	m.read(h, now)
	return h
}

// read takes note that h was read. A store drops first what was written first: what is still read is written again.
func (m *memory) read(h *held, now time.Time) {
	if !h.used.Load() {
		h.used.Store(true)
	}
	if m.behind != nil && h.again.Load() < now.UnixNano() {
		m.behind.add(h)
	}
}

// changed takes note that i is changed, so that who reads it from the store meanwhile does not put that in memory.
func (m *memory) changed(i ID) { m.changes[i[0]]++ }

// put holds h under its name until then. What does not fit even alone is not held. m.mu is held.
func (m *memory) put(h *held) {
	m.drop(m.byName[h.name])
	h.in = m
	h.home.Store(h) // from now on its values are weighed as they come
	if s := m.shareOf(h.Entry); s != nil {
		h.member = &member{of: s, held: h}
	}
	h.size = int64(h.Size())
	h.cost = h.fit()
	if h.cost > m.room(h) {
		h.member = nil
		return
	}
	m.join(h)
	m.makeRoom(h.cost, nil)
	m.byName[h.name] = h
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
	more := h.fit() - h.cost
	m.grow(h, more)
	m.makeRoom(more, h)
	m.bytes += more
	h.cost += more
}

// fit returns what h costs. An entry that has room only without its values loses them.
func (h *held) fit() int64 {
	cost := h.size + h.slots.size()
	for _, name := range h.short {
		cost += perShortcut + int64(len(name))
	}
	if cost > h.in.room(h) {
		h.slots.clear()
		h.in.lengthen(h)
		return h.size
	}
	return cost
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
			m.evict(h)
		}
	}
}

func (m *memory) evict(h *held) {
	m.evicted++
	m.drop(h)
}

// drop takes h, which may be nil, away.
func (m *memory) drop(h *held) {
	if h == nil {
		return
	}
	m.lengthen(h)
	m.leaveShare(h)
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
