package mapping

import (
	"hash/maphash"
	"math/bits"
)

// Hash is a hash of v: equal texts as compact JSON have equal hashes, and others, most likely, not.
func (v Value) Hash(seed maphash.Seed) uint64 {
	h := uint64(v.kind) + 1
	switch v.kind {
	case Bool:
		if v.truth {
			h += 1 << 8
		}
	case Number, String:
		h = mix(h, maphash.String(seed, v.text))
	case Array:
		for _, item := range v.items() {
			h = mix(h, item.Hash(seed))
		}
	case Object:
		for _, m := range v.members() {
			h = mix(mix(h, maphash.String(seed, m.Key)), m.Value.Hash(seed))
		}
	default: // there is nothing more to say of it
	}
	return h
}

// mix makes one hash of two, in their order.
func mix(h, x uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9E3779B97F4A7C15, x^0xBF58476D1CE4E5B9)
	return bits.RotateLeft64(hi^lo, 23) + x
}
