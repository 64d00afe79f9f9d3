package cache

import (
	"sync"
	"sync/atomic"
	"time"
)

// held is an entry as memory holds it, and as it waits for the store. It is a part of its entry.
type held struct {
	*Entry // nil: a deletion that waits for the store

	name  ID
	in    *memory      // nil: not put yet, or a deletion
	used  atomic.Bool  // read since the hand came by
	again atomic.Int64 // when it is to be written to the store once more if it is read, in Unix nanoseconds

	// Guarded by memory.mu:
	until      time.Time
	revision   Revision // the last that is known to be in the store
	size, cost int64    // bytes of the entry; with the values in its slots, and its shortcuts
	short      []string
	share      *sieve // nil: its source has none

	waits waits // guarded by behind.mu

	beside [chainKinds]neighbours // guarded as the chains are
}

func (h *held) is(key, scope string) bool { return h.Entry != nil && h.Key == key && h.Scope == scope }

// memory holds entries, and the values in their slots, within a number of bytes, and those of some sources within a
// share of them.
type memory struct {
	behind  *behind // nil: there is no store
	mu      sync.RWMutex
	byName  map[ID]*held
	short   map[string]shortcut
	all     sieve
	shares  map[Tag]*sieve
	evicted uint64        // for want of room
	changes [256]uint64   // by first byte of the name: puts and removals
	leaving atomic.Uint64 // as StoreState.Leaving, after what was last carried there
}

func newMemory(cfg Config) *memory {
	return &memory{
		byName: map[ID]*held{}, short: map[string]shortcut{},
		all: sieve{max: cfg.Bytes(), entries: chain{kind: inMemory}}, shares: sharesOf(cfg),
	}
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

// read takes note that h was read. m.mu is held, at least for reading.
func (m *memory) read(h *held, now time.Time) {
	if !h.used.Load() {
		h.used.Store(true)
	}
	m.stay(h, now)
}

// stay has h, which was read here or in the store, stay there: a store drops first what was written first, so what is still
// read is written again. m.mu is held, at least for reading.
func (m *memory) stay(h *held, now time.Time) {
	if m.behind != nil && h.due(now, Revision(m.leaving.Load())) {
		m.behind.add(h)
	}
}

// due reports whether h, since it is read, is to be written once more: in time, or as it is about to leave the store. What
// waits is not, nor what found no room lately.
func (h *held) due(now time.Time, leaving Revision) bool {
	again, until := h.again.Load(), now.UnixNano()
	return again < until || h.revision < leaving && again != never && again > until+int64(anotherTry)
}

// changed takes note that i is changed, so that who reads it from the store meanwhile does not put that in memory.
func (m *memory) changed(i ID) { m.changes[i[0]]++ }

// placed returns the place of e, which is called i. It is made once: whoever saves e reads it without the lock. m.mu is
// held.
func (m *memory) placed(e *Entry, i ID) *held {
	h := &e.place
	if h.in == nil {
		h.Entry, h.name, h.in = e, i, m
	}
	return h
}

// put holds h under its name until then. What does not fit even alone is not held. m.mu is held.
func (m *memory) put(h *held) {
	m.drop(m.byName[h.name])
	h.home.Store(h) // from now on its values are weighed as they come
	h.share = m.shareOf(h.Entry)
	h.size = int64(h.Size())
	h.cost = h.fit()
	if h.cost > m.room(h) {
		return
	}
	m.makeRoom(h.cost, h)
	m.byName[h.name] = h
	m.all.add(h)
	if h.share != nil {
		h.share.add(h)
	}
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
	m.makeRoom(more, h)
	h.cost += more
	m.all.bytes += more
	if h.share != nil {
		h.share.bytes += more
	}
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

// makeRoom takes others away until h may take so many more bytes.
func (m *memory) makeRoom(more int64, h *held) {
	if h.share != nil {
		h.share.makeRoom(more, h, m.evict)
	}
	m.all.makeRoom(more, h, m.evict)
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
	delete(m.byName, h.name)
	m.all.remove(h)
	if h.share != nil {
		h.share.remove(h)
	}
}
