package cache

import "time"

// sieve is entries within a number of bytes. What goes when they are used up is decided as by SIEVE (Zhang et al., NSDI
// 2024): a hand walks from the oldest to the newest, spares what was read since it last came by, and takes the rest.
// Reading moves nothing, so readers do not wait for each other.
type sieve struct {
	max, bytes int64
	entries    chain
	hand       *held // where it goes on; nil: at the oldest
}

// add adds h, for which there is room.
func (s *sieve) add(h *held) {
	s.bytes += h.cost
	s.entries.add(h)
}

// remove takes h, which is in it, out.
func (s *sieve) remove(h *held) {
	s.bytes -= h.cost
	if s.hand == h {
		s.hand = s.entries.newer(h)
	}
	s.entries.remove(h)
}

// makeRoom has evict remove entries, but not spare, until so many more bytes fit.
func (s *sieve) makeRoom(more int64, spare *held, evict func(*held)) {
	for s.bytes+more > s.max && s.entries.oldest != nil {
		h := s.hand
		if h == nil {
			h = s.entries.oldest
		}
		s.hand = s.entries.newer(h)
		read := h.used.Swap(false)
		if h != spare && (!read || !time.Now().Before(h.until)) {
			evict(h)
		}
	}
}
