package cache

import "sync/atomic"

// Stats says what the layers of a cache hold now, and counts since the start.
type Stats struct {
	Memory MemoryStats `json:"memory"`
	Store  *StoreStats `json:"store,omitempty"` // nil: there is none
	Queue  *QueueStats `json:"queue,omitempty"` // nil as Store
	Bumps  BumpStats   `json:"bumps"`
	Misses uint64      `json:"misses"` // lookups of what was nowhere
}

// MemoryStats are those of memory.
type MemoryStats struct {
	Entries   int    `json:"entries"`
	Bytes     int64  `json:"bytes"`  // estimated, with the values made of the entries
	Budget    int64  `json:"budget"` // bytes
	Hits      uint64 `json:"hits"`
	Evictions uint64 `json:"evictions"` // for want of room
}

// StoreStats are those of the store.
type StoreStats struct {
	StoreState

	Hits      uint64 `json:"hits"`
	Errors    uint64 `json:"errors"`    // lookups that were misses, and writes that have to be made again
	Skipped   uint64 `json:"skipped"`   // what was not asked while it is left alone: as above
	LeftAlone bool   `json:"leftAlone"` // now: it did not answer the last times
	// Unreadable counts values of another version, or damaged: misses.
	Unreadable uint64 `json:"unreadable"`
	Conflicts  uint64 `json:"conflicts"` // writes that found something there that was not known of
}

// QueueStats are those of what is on its way into the store.
type QueueStats struct {
	Entries int    `json:"entries"`
	Bytes   int64  `json:"bytes"`
	Budget  int64  `json:"budget"`  // bytes
	Dropped uint64 `json:"dropped"` // for want of room, or since the store would not have them: only memory has or had them
}

type counts struct {
	memoryHits, storeHits, misses, storeErrors, storeSkipped, unreadable, conflicts atomic.Uint64
}

// Stats returns them. It waits for nothing.
func (c *Cache) Stats() Stats {
	c.memory.mu.RLock()
	s := Stats{
		Memory: MemoryStats{
			Entries: len(c.memory.byName), Bytes: c.memory.all.bytes, Budget: c.memory.all.max,
			Hits: c.counts.memoryHits.Load(), Evictions: c.memory.evicted,
		},
		Misses: c.counts.misses.Load(),
	}
	c.memory.mu.RUnlock()
	s.Bumps = c.Epochs.Stats()
	if c.store == nil {
		return s
	}
	s.Store = &StoreStats{
		StoreState: c.store.State(), LeftAlone: c.patience.resting(),
		Hits: c.counts.storeHits.Load(), Errors: c.counts.storeErrors.Load(), Skipped: c.counts.storeSkipped.Load(),
		Unreadable: c.counts.unreadable.Load(), Conflicts: c.counts.conflicts.Load(),
	}
	c.behind.mu.Lock()
	defer c.behind.mu.Unlock()
	s.Queue = &QueueStats{
		Entries: len(c.behind.waiting) + len(c.behind.flying), Bytes: c.behind.bytes, Budget: c.behind.max, Dropped: c.behind.dropped,
	}
	return s
}
