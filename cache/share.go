package cache

// sharesOf returns what the answers of sources may take of memory, by the tag of the source. Of a source that is not
// among them, they may take all.
func sharesOf(cfg Config) map[Tag]*sieve {
	shares := map[Tag]*sieve{}
	for source, percent := range cfg.Shares {
		if percent > 0 && percent < 100 {
			shares[TagOf("source:"+source)] = &sieve{max: cfg.Bytes() / 100 * int64(percent), entries: chain{kind: inShare}}
		}
	}
	return shares
}

// shareOf returns that of the source of e, nil for none.
func (m *memory) shareOf(e *Entry) *sieve {
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
	if h.share != nil {
		return min(m.all.max, h.share.max)
	}
	return m.all.max
}
