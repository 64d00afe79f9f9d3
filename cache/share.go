package cache

// share is what the answers of one source may take of memory. Its own hand goes over them as memory's does over all.
type share struct {
	max, bytes     int64
	oldest, newest *member
	hand           *member // nil: at the oldest
}

// member is the place of an entry among those of its source.
type member struct {
	of           *share
	held         *held
	older, newer *member
}

func sharesOf(cfg Config) map[Tag]*share {
	shares := map[Tag]*share{}
	for source, percent := range cfg.Shares {
		if percent > 0 && percent < 100 {
			shares[TagOf("source:"+source)] = &share{max: cfg.Bytes() / 100 * int64(percent)}
		}
	}
	return shares
}

// shareOf returns that of the source of e, nil for none.
func (m *memory) shareOf(e *Entry) *share {
	if len(m.shares) == 0 {
		return nil
	}
	for _, tag := range e.Tags {
		if s := m.shares[tag]; s != nil {
			return s
		}
	}
	return nil
}

// room is how many bytes h may take when it is alone.
func (m *memory) room(h *held) int64 {
	if h.member != nil {
		return min(m.max, h.member.of.max)
	}
	return m.max
}

// join makes h, which takes h.cost, one of its share. Others of it go for that.
func (m *memory) join(h *held) {
	if h.member == nil {
		return
	}
	s := h.member.of
	m.grow(h, h.cost)
	if h.member.older = s.newest; h.member.older != nil {
		h.member.older.newer = h.member
	} else {
		s.oldest = h.member
	}
	s.newest = h.member
}

// grow has h take so many more bytes of its share. Others of it go for that.
func (m *memory) grow(h *held, more int64) {
	if h.member == nil {
		return
	}
	s := h.member.of
	for s.bytes+more > s.max && s.oldest != nil {
		other := s.hand
		if other == nil {
			other = s.oldest
		}
		s.hand = other.newer
		if other.held != h && !other.held.used.Swap(false) {
			m.evict(other.held)
		}
	}
	s.bytes += more
}

// leaveShare takes h out of its share.
func (m *memory) leaveShare(h *held) {
	if h.member == nil {
		return
	}
	s, at := h.member.of, h.member
	s.bytes -= h.cost
	if s.hand == at {
		s.hand = at.newer
	}
	if at.older != nil {
		at.older.newer = at.newer
	} else {
		s.oldest = at.newer
	}
	if at.newer != nil {
		at.newer.older = at.older
	} else {
		s.newest = at.older
	}
	h.member = nil
}
