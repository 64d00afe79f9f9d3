package executor

import (
	"slices"

	"holdfast/connect/plan"
	"holdfast/upstreams"
)

// A trail is a path of the answer without the places in lists: all items of a list
// have one.
type trail struct {
	up    *trail
	key   string // "" at an item of a list
	below []*trail
	notes []upstreams.Part
}

// field is the trail of a field of the object that t leads to.
func (t *trail) field(f *plan.Field) *trail { return t.on(f.Key) }

// item is the trail of the items of the list that t leads to.
func (t *trail) item() *trail { return t.on("") }

func (t *trail) on(key string) *trail {
	for _, b := range t.below {
		if b.key == key {
			return b
		}
	}
	b := &trail{up: t, key: key}
	t.below = append(t.below, b)
	return b
}

// path is the trail as reports have it, with "*" for the places in lists.
func (t *trail) path() []any {
	n := 0
	for at := t; at.up != nil; at = at.up {
		n++
	}
	path := make([]any, n)
	for at := t; at.up != nil; at = at.up {
		n--
		if path[n] = at.key; at.key == "" {
			path[n] = "*"
		}
	}
	return path
}

// note keeps how fresh an answer at the trail is. What does not differ in more than
// its age is one note, with the worst of them.
func (t *trail) note(p *upstreams.Part) {
	for i := range t.notes {
		n := &t.notes[i]
		if n.Source != p.Source || n.Connector != p.Connector || n.State != p.State || n.Reason != p.Reason || n.Cache != p.Cache {
			continue
		}
		n.Age, n.TTL, n.Shared = max(n.Age, p.Age), min(n.TTL, p.TTL), n.Shared && p.Shared
		if len(p.Vary) > 0 && !slices.Equal(n.Vary, p.Vary) {
			n.Vary = append(slices.Clip(n.Vary), p.Vary...)
			slices.Sort(n.Vary)
			n.Vary = slices.Compact(n.Vary)
		}
		return
	}
	t.notes = append(t.notes, *p)
}

// report tells of all that was noted at the trail and below.
func (t *trail) report(to *upstreams.Report) {
	for _, p := range t.notes {
		p.Path = t.path()
		to.Note(p)
	}
	for _, b := range t.below {
		b.report(to)
	}
}
