package outbox

import (
	"maps"
	"math"
	"slices"

	"holdfast/internal/wire"
)

// Span is a range of numbers, both ends included.
type Span struct{ From, To uint64 }

// Numbers are numbers of records by their writer. Every writer numbers his records from 1 on without a gap, so that one
// that is lost is missed: it is in no record, and not in the ledger of what was deleted. Spans are in order, and neither
// touch nor overlap.
type Numbers map[uint64][]Span

// add adds one number.
func (n Numbers) add(by, number uint64) { n.addSpan(by, Span{number, number}) }

func (n Numbers) addSpan(by uint64, s Span) {
	all := n[by]
	i, _ := slices.BinarySearchFunc(all, s.From, func(have Span, from uint64) int {
		if have.To+1 < from {
			return -1
		}
		return 1 // the first that ends right before it or later
	})
	j := i
	for ; j < len(all) && all[j].From <= s.To+1; j++ {
		s.From, s.To = min(s.From, all[j].From), max(s.To, all[j].To)
	}
	n[by] = slices.Replace(all, i, j, s)
}

// addAll adds those of other.
func (n Numbers) addAll(other Numbers) {
	for by, spans := range other {
		for _, s := range spans {
			n.addSpan(by, s)
		}
	}
}

// gaps returns which of a writer's numbers up to the given one are not there.
func (n Numbers) gaps(by, upTo uint64) (gaps []Span) {
	next := uint64(1)
	for _, s := range n[by] {
		if s.From > upTo {
			break
		}
		if s.From > next {
			gaps = append(gaps, Span{next, s.From - 1})
		}
		next = s.To + 1
	}
	if next <= upTo {
		gaps = append(gaps, Span{next, upTo})
	}
	return gaps
}

// count returns how many there are.
func (n Numbers) count() (count uint64) {
	for _, spans := range n {
		for _, s := range spans {
			count += s.To - s.From + 1
		}
	}
	return count
}

// has reports whether a number is there.
func (n Numbers) has(by, number uint64) bool {
	return n.hasSpan(by, Span{number, number})
}

// hasSpan reports whether all numbers of a span are there.
func (n Numbers) hasSpan(by uint64, s Span) bool {
	return slices.ContainsFunc(n[by], func(have Span) bool { return have.From <= s.From && s.To <= have.To })
}

func (n Numbers) clone() Numbers {
	c := make(Numbers, len(n)+1)
	for by, spans := range n {
		c[by] = slices.Clone(spans)
	}
	return c
}

func (n Numbers) append(b []byte) []byte {
	b = wire.AppendUint(b, uint64(len(n)))
	for _, by := range slices.Sorted(maps.Keys(n)) {
		b = wire.AppendFixed(b, by)
		b = wire.AppendUint(b, uint64(len(n[by])))
		last := uint64(0)
		for _, s := range n[by] {
			b = wire.AppendUint(b, s.From-last)
			b = wire.AppendUint(b, s.To-s.From)
			last = s.To
		}
	}
	return b
}

func readNumbers(r *wire.Reader) Numbers {
	writers := r.Count(9)
	n := make(Numbers, writers)
	for range writers {
		by := r.Fixed()
		if _, twice := n[by]; twice {
			r.Fail()
		}
		last := uint64(0)
		for i := range r.Count(2) {
			from := last + r.Uint()
			to := from + r.Uint()
			if from == 0 || to < from || to == math.MaxUint64 || from < last || i > 0 && from <= last+1 {
				r.Fail()
			}
			n[by] = append(n[by], Span{from, to})
			last = to
		}
	}
	return n
}
