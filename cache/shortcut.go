package cache

import (
	"encoding/binary"
	"time"
)

// A shortcut leads to an entry in memory, and to what was made of it in a slot.
type shortcut struct {
	to   *held
	slot string
}

// mostShortcuts bounds those to one entry. Whoever makes keys of the same makes the same ones; after the settings
// were read anew, he is another one.
const mostShortcuts = 8

// perShortcut is about what one takes besides its name, in bytes.
const perShortcut = 128

// AtHand is what a shortcut led to.
type AtHand struct {
	*Entry     // nil: nothing
	Value  any // of the slot
}

// Maker returns what the names of one maker's shortcuts begin with: nobody else's do.
func (c *Cache) Maker() []byte { return binary.BigEndian.AppendUint64(nil, c.makers.Add(1)) }

// Shorten makes name a shortcut to e and the value in its slot, as long as memory holds e as it is: for whoever would
// make its key and scope, and the slot, of what the name is made of. The name begins with what [Cache.Maker] returned.
func (c *Cache) Shorten(name string, e *Entry, slot string) {
	if h := e.home.Load(); h != nil {
		h.in.shorten(name, h, slot)
	}
}

// HeldShort sets found to what memory has by shortcuts, and returns how many that are: the i-th by the name that
// name(i) returns, which may be the same bytes each time. What has no value in its slot is not found. As
// [Cache.Held] it waits for nothing.
func (c *Cache) HeldShort(now time.Time, name func(i int) []byte, found []AtHand) int {
	m, n := c.memory, 0
	m.mu.RLock()
	for i := range found {
		s := m.short[string(name(i))]
		if s.to == nil || !now.Before(s.to.until) {
			continue
		}
		if v, made := s.to.Made(s.slot); made {
			m.read(s.to, now)
			found[i] = AtHand{s.to.Entry, v}
			n++
		}
	}
	m.mu.RUnlock()
	c.counts.memoryHits.Add(uint64(n)) //nolint:gosec // a count
	return n
}

func (m *memory) shorten(name string, h *held, slot string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byName[h.name] != h {
		return
	}
	if known := m.short[name]; known.to != nil {
		m.leave(known.to, name)
	}
	if len(h.short) == mostShortcuts {
		m.leave(h, h.short[0])
	}
	h.short = append(h.short, name)
	m.short[name] = shortcut{h, slot}
	m.reweigh(h)
}

// leave takes a shortcut to h away.
func (m *memory) leave(h *held, name string) {
	for i, other := range h.short {
		if other == name {
			h.short = append(h.short[:i:i], h.short[i+1:]...)
			break
		}
	}
	delete(m.short, name)
}

// lengthen takes all shortcuts to h away.
func (m *memory) lengthen(h *held) {
	for _, name := range h.short {
		delete(m.short, name)
	}
	h.short = nil
}
