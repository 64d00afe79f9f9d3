package cache

import "sync/atomic"

// Stats counts since the start, except Entries and Bytes, which are now.
type Stats struct {
	MemoryHits  uint64 `json:"memoryHits"`
	StoreHits   uint64 `json:"storeHits"`
	Misses      uint64 `json:"misses"`
	StoreErrors uint64 `json:"storeErrors"` // each was a miss or a write that only memory has
	// StoreSkipped counts what was not asked of the store while it was left alone: misses and writes as above.
	StoreSkipped   uint64 `json:"storeSkipped"`
	StoreLeftAlone bool   `json:"storeLeftAlone"` // now: it did not answer the last times
	Unreadable     uint64 `json:"unreadable"`     // stored values of another version, or damaged: misses
	Entries        int    `json:"entries"`        // in memory
	Bytes          int64  `json:"bytes"`          // in memory, estimated, with the values made of the entries
}

type counts struct {
	memoryHits, storeHits, misses, storeErrors, storeSkipped, unreadable atomic.Uint64
}

// Stats returns the counts.
func (c *Cache) Stats() Stats {
	c.memory.mu.RLock()
	entries, bytes := len(c.memory.byName), c.memory.bytes
	c.memory.mu.RUnlock()
	return Stats{
		MemoryHits:     c.counts.memoryHits.Load(),
		StoreHits:      c.counts.storeHits.Load(),
		Misses:         c.counts.misses.Load(),
		StoreErrors:    c.counts.storeErrors.Load(),
		StoreSkipped:   c.counts.storeSkipped.Load(),
		StoreLeftAlone: c.patience.resting(),
		Unreadable:     c.counts.unreadable.Load(),
		Entries:        entries,
		Bytes:          bytes,
	}
}
