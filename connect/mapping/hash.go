package mapping

import "hash/maphash"

// Hash writes v to h: equal texts as compact JSON have equal hashes, and others, most likely, not.
func (v Value) Hash(h *maphash.Hash) {
	_ = h.WriteByte(byte(v.kind)) // a hash does not fail
	switch v.kind {
	case Bool:
		maphash.WriteComparable(h, v.truth)
	case Number, String:
		maphash.WriteComparable(h, len(v.text))
		_, _ = h.WriteString(v.text)
	case Array:
		maphash.WriteComparable(h, v.Len())
		for _, item := range v.items() {
			item.Hash(h)
		}
	case Object:
		maphash.WriteComparable(h, v.Len())
		for _, m := range v.members() {
			maphash.WriteComparable(h, len(m.Key))
			_, _ = h.WriteString(m.Key)
			m.Value.Hash(h)
		}
	default: // nothing more to say
	}
}
