package call

import (
	"slices"
	"strings"

	"holdfast/connect/mapping"
)

// An Event is what events of a source change: one @on. It does not change and is safe for concurrent use.
type Event struct {
	Source string
	Type   string // in the source's words; with a * at its end all that begin so
	Tags   []Changed
}

// Is reports whether events of a type are meant.
func (e *Event) Is(kind string) bool {
	if beginning, ok := strings.CutSuffix(e.Type, "*"); ok {
		return strings.HasPrefix(kind, beginning)
	}
	return kind == e.Type
}

// EventChanges returns the tags, as texts, of what has changed where an event of a source, with a type and a body, says so.
// Where a tag cannot be made of the body it is all that may have it. It is not known where no @on means the event.
func EventChanges(on []Event, source, kind string, body mapping.Value) (tags []string, known bool) {
	vars := mapping.Vars{"$event": body}
	for i := range on {
		if e := &on[i]; e.Source == source && e.Is(kind) {
			known = true
			for j := range e.Tags {
				tags = e.Tags[j].bump(tags, mapping.NullValue(), vars)
			}
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags), known
}
