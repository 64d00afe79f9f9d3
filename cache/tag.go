package cache

import (
	"slices"
	"strconv"
	"strings"
)

// Tag names what an answer depends on, and what a bump says has changed: the hash of a text such as "source:shop" or
// "Payment:pi_1". Two texts with one hash cost freshness, nothing else.
type Tag uint64

const (
	// All is bumped to say that everything may have changed.
	All Tag = iota
	reserved
)

// TagOf returns the tag of a text, the same in every process and version: FNV-1a, stirred so that texts that differ
// little are far apart. It is not All.
func TagOf[T string | []byte](text T) Tag {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return max(Tag(h^h>>31), reserved)
}

// String is what is shown of a tag whose text is not known: #HASH.
func (t Tag) String() string { return "#" + strconv.FormatUint(uint64(t), 36) }

// MostTags is how many things one answer is said to depend on. Of more, those of the largest [Family] are said as one.
const MostTags = 128

// Family returns what the tags of one kind of things begin with, up to and with the colon: "Payment:" of
// "Payment:pi_1". It is "" where there is none, and for sources and connectors, of which an answer has one each.
func Family(text string) string {
	kind, _, ok := strings.Cut(text, ":")
	if !ok || kind == "source" || kind == "connector" {
		return ""
	}
	return text[:len(kind)+1]
}

// BumpOf returns what has to be bumped when the things that texts name have changed: the tag of each, and that of its
// family, which an answer has that depends on too many of them to say which. Whoever bumps by text bumps these.
func BumpOf(texts ...string) []Tag {
	tags := make([]Tag, 0, 2*len(texts))
	for _, text := range texts {
		tags = append(tags, TagOf(text))
		if family := Family(text); family != "" && !slices.Contains(tags, TagOf(family)) {
			tags = append(tags, TagOf(family))
		}
	}
	return tags
}
