package cache

// MostBumped is how many tags bumps are known of, and of how many those that forget. Beyond, the oldest bump goes, and is
// taken for one of everything. So a [Journal] needs to keep no more of either, whatever their age: who was told of more
// knows that he does not know the others.
const MostBumped = 100_000

// mark says when a tag was last bumped.
type mark struct {
	number   uint64 // of the last bump, in this process
	sequence uint64 // of the last one in this incarnation of the journal
	unsent   uint64 // the number of the last of ours that the journal is not known to have; 0: none
}

// marks are those of many tags, but no more than most.
type marks struct {
	most  int
	of    map[Tag]mark
	floor mark   // of those that went: the last of any tag, for what is known
	order []made // oldest first; with some that have newer ones since
}

// made is a bump of a tag.
type made struct {
	tag    Tag
	number uint64
}

func newMarks(most int) marks { return marks{most: most, of: map[Tag]mark{}} }

// raise takes note of a bump. What is 0 stays as it is.
func (m *marks) raise(tag Tag, b mark) {
	now := m.of[tag]
	if b.number > now.number {
		m.order = append(m.order, made{tag, b.number})
	}
	m.of[tag] = mark{max(now.number, b.number), max(now.sequence, b.sequence), max(now.unsent, b.unsent)}
	m.bound()
}

// sent takes note that the journal has the bumps of tag up to number: with All, those of every tag.
func (m *marks) sent(tag Tag, number, sequence uint64) {
	if tag == All {
		for other, at := range m.of {
			if other != All && at.unsent != 0 {
				m.sent(other, number, sequence)
			}
		}
	}
	now, known := m.of[tag]
	if !known {
		m.floor.sequence = max(m.floor.sequence, sequence)
		return
	}
	now.sequence = max(now.sequence, sequence)
	if now.unsent <= number {
		now.unsent = 0
	}
	m.of[tag] = now
}

// bound has the oldest go. What the journal does not have stays: there are few of those.
func (m *marks) bound() {
	for spared := 0; len(m.of) > m.most && spared < len(m.order); {
		oldest := m.order[0]
		m.order = m.order[1:]
		switch at := m.of[oldest.tag]; {
		case at.number != oldest.number: // there is a newer one
		case at.unsent != 0 || oldest.tag == All:
			m.order = append(m.order, oldest)
			spared++
		default:
			delete(m.of, oldest.tag)
			m.floor.number, m.floor.sequence = max(m.floor.number, at.number), max(m.floor.sequence, at.sequence)
		}
	}
	if len(m.order) > 2*len(m.of)+1024 {
		var left []made
		for _, b := range m.order {
			if m.of[b.tag].number == b.number {
				left = append(left, b)
			}
		}
		m.order = left
	}
}

// restart forgets where in the journal the bumps are: all that it had are before anything in its new incarnation.
func (m *marks) restart() {
	for tag, at := range m.of {
		at.sequence = 0
		m.of[tag] = at
	}
	m.floor.sequence = 0
}

// since says what is after an answer.
type since struct {
	asOf AsOf
	here bool // its numbers are of this process
}

func (s since) misses(m mark) bool {
	if s.here {
		return m.number > s.asOf.Number
	}
	return m.unsent != 0 || m.sequence > s.asOf.Sequence
}

// miss reports whether what was asked for then does not know of a bump of one of tags, or of own, or of everything.
func (m *marks) miss(s since, tags []Tag, own Tag) bool {
	if s.misses(m.floor) || s.misses(m.of[All]) || s.misses(m.of[own]) {
		return true
	}
	for _, tag := range tags {
		if at, ok := m.of[tag]; ok && s.misses(at) {
			return true
		}
	}
	return false
}
