package record

import (
	"slices"
	"strings"

	"holdfast/cache"
	"holdfast/connect/mapping"
)

// TagNames are the tags of a in words, for people, in order: the texts of those of objects in it, and of others those
// that are among known; Order:* for all of a kind; #HASH where the text is not known any more. They have values of the
// answer, also of what nobody asked for.
func (a *Answer) TagNames(known ...string) []string {
	texts := make(map[cache.Tag]string, len(a.tags))
	for _, text := range known {
		texts[cache.TagOf(text)] = text
	}
	in := rows{a.blob, a.cells, a.layouts}
	var text []byte
	for _, c := range a.cells {
		if c.kind() != Object {
			continue
		}
		for _, m := range a.layouts[c.layout()].tags {
			texts[cache.TagOf(m.head)] = m.head
			var whole bool
			if text, whole = m.appendText(text[:0], in, c.a); whole {
				texts[cache.TagOf(text)] = string(text)
			}
		}
	}
	names := make([]string, len(a.tags))
	for i, tag := range a.tags {
		switch text := texts[tag]; {
		case text == "":
			names[i] = tag.String()
		case strings.HasSuffix(text, ":"):
			names[i] = text + "*"
		default:
			names[i] = text
		}
	}
	slices.Sort(names)
	return names
}

// TagNames are those of a, which m made with these variables. What @cache says of the answer itself is not known any
// more; what it says of the request is.
func (m *Mapper) TagNames(a *Answer, vars mapping.Vars) []string {
	known := slices.Clone(m.families)
	for _, t := range slices.Concat(m.templates, m.absent) {
		t.Spread(mapping.NullValue(), vars, func(text []byte) bool { // what it says wrongly of null, a has not
			known = append(known, string(text))
			return len(known) < enoughTags
		})
	}
	return a.TagNames(known...)
}
