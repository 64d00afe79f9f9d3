package cache

// Tag names what an answer depends on, and what a bump says has changed: the hash of a text such as "source:shop" or
// "Payment:pi_1". Two texts with one hash cost freshness, nothing else.
type Tag uint64

const (
	// All is bumped to say that everything may have changed.
	All Tag = iota
	// Any is a tag of an answer that any bump may have changed, whatever its tags: of one that depends on more
	// things than are counted.
	Any
	reserved
)

// TagOf returns the tag of a text, the same in every process and version: FNV-1a, stirred so that texts that differ
// little are far apart. It is neither All nor Any.
func TagOf[T string | []byte](text T) Tag {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return max(Tag(h^h>>31), reserved)
}
