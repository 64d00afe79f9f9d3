package executor

import (
	"slices"
	"sync"
	"sync/atomic"

	"holdfast/upstreams"
)

// A trail is a path of answers without the places in lists: all items of a list have
// one. The trails of an operation are made once and shared by its runs.
type trail struct {
	up    *trail
	key   string // "" at an item of a list
	id    int    // counts the trails of an operation
	path  []any  // as reports have it, with "*" for the places in lists; not to be changed
	below atomic.Pointer[[]*trail]
}

// trails makes the trails of one operation.
type trails struct {
	root trail
	mu   sync.Mutex
	made atomic.Int64 // besides the root
}

// on is the trail of a response key below t, or with "" that of the items there.
func (a *trails) on(t *trail, key string) *trail {
	if known := t.find(key); known != nil {
		return known
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := t.find(key); known != nil {
		return known
	}
	b := &trail{up: t, key: key, id: int(a.made.Add(1)), path: append(slices.Clip(t.path), any(key))}
	if key == "" {
		b.path[len(b.path)-1] = "*"
	}
	var all []*trail
	if known := t.below.Load(); known != nil {
		all = slices.Clip(*known)
	}
	all = append(all, b)
	t.below.Store(&all)
	return b
}

func (t *trail) find(key string) *trail {
	if known := t.below.Load(); known != nil {
		for _, b := range *known {
			if b.key == key {
				return b
			}
		}
	}
	return nil
}

// size is what the trails take in memory, about.
func (a *trails) size() int64 { return a.made.Load() * 256 }

// A note is how fresh answers at a trail are.
type note struct {
	upstreams.Part

	at   *trail
	next int32 // of the same trail, counted from 1; 0: there is none
}

// note keeps how fresh an answer at a trail is. What does not differ in more than its
// age is one note, with the worst of them.
func (r *run) note(at *trail, p *upstreams.Part) {
	for len(r.noted) <= at.id {
		r.noted = append(r.noted, 0)
	}
	for i := r.noted[at.id]; i > 0; i = r.notes[i-1].next {
		n := &r.notes[i-1]
		if n.Source != p.Source || n.Connector != p.Connector || n.State != p.State || n.Reason != p.Reason || n.Cache != p.Cache {
			continue
		}
		n.Age, n.TTL, n.Shared = max(n.Age, p.Age), min(n.TTL, p.TTL), n.Shared && p.Shared
		if len(p.Vary) > 0 && !slices.Equal(n.Vary, p.Vary) {
			n.Vary = slices.Concat(n.Vary, p.Vary)
			slices.Sort(n.Vary)
			n.Vary = slices.Compact(n.Vary)
		}
		n.Depends = n.Depends.With(p.Depends)
		return
	}
	r.notes = append(r.notes, note{*p, at, r.noted[at.id]})
	r.noted[at.id] = int32(len(r.notes))
}

// tell tells the report all that was noted.
func (r *run) tell() {
	if r.report == nil {
		return
	}
	for i := range r.notes {
		n := &r.notes[i]
		n.Path = n.at.path
		r.report.Note(n.Part)
	}
}
