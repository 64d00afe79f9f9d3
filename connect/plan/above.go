package plan

import "slices"

// bits is a set of small numbers.
type bits []uint64

func (b bits) add(i int32) { b[i/64] |= 1 << (i % 64) }

func (b bits) has(i int32) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) join(other bits) {
	for i, word := range other {
		b[i] |= word
	}
}

// below says whether a spot is below fields with one of these ids, which are sorted.
func (d *document) below(ids []int32, s *spot) bool {
	for up := s.up; up != nil; up = up.up {
		if _, ok := slices.BinarySearch(ids, up.id); ok {
			return true
		}
	}
	d.linked.Do(d.link)
	return slices.ContainsFunc(ids, s.in.above.has)
}

// link finds the places around each fragment.
func (d *document) link() {
	for _, f := range slices.Backward(d.reached) { // those that spread a fragment come before it
		f.above = make(bits, d.places/64+1)
		for _, site := range f.sites {
			for up := site.up; up != nil; up = up.up {
				if up.id >= 0 {
					f.above.add(up.id)
				}
			}
			f.above.join(site.in.above)
		}
	}
}

// size is what d takes in memory, in bytes, about.
func (d *document) size() int64 {
	const each, entry = 128, 64
	return int64(each+entry)*int64(len(d.elements)) + int64(len(d.reached))*int64(d.places/8+entry)
}
