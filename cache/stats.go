package cache

import "sync/atomic"

// Stats counts since the start, except Entries and Bytes, which are now.
type Stats struct {
	MemoryHits  uint64 `json:"memoryHits"`
	StoreHits   uint64 `json:"storeHits"`
	Misses      uint64 `json:"misses"`
	StoreErrors uint64 `json:"storeErrors"` // each was a miss or a write that only memory has
	Unreadable  uint64 `json:"unreadable"`  // stored values of another version, or damaged: misses
	Entries     int    `json:"entries"`     // in memory
	Bytes       int64  `json:"bytes"`       // in memory, estimated
}

type counts struct {
	memoryHits, storeHits, misses, storeErrors, unreadable atomic.Uint64
}

// Stats returns the counts. It walks over all entries in memory: for a status page, not for every request.
func (c *Cache) Stats() Stats {
	s := Stats{
		MemoryHits:  c.counts.memoryHits.Load(),
		StoreHits:   c.counts.storeHits.Load(),
		Misses:      c.counts.misses.Load(),
		StoreErrors: c.counts.storeErrors.Load(),
		Unreadable:  c.counts.unreadable.Load(),
		Bytes:       c.memory.rest.MaxCost() - c.memory.rest.RemainingCost(),
	}
	c.memory.rest.IterValues(func(*held) bool {
		s.Entries++
		return false
	})
	return s
}
