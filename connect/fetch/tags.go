package fetch

import (
	"maps"
	"slices"
	"sync"

	"holdfast/cache"
	"holdfast/connect/record"
)

// Tags are what the answers of an operation depend on. The zero value is empty. It is safe for concurrent use.
type Tags struct {
	mu  sync.Mutex
	all map[cache.Tag]struct{}
}

// All are the tags so far, in order. The slice is the caller's.
func (t *Tags) All() []cache.Tag {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.all))
}

// add notes what was found depends on. What could not be had depends on who was asked for it.
func (t *Tags) add(g *Group, f *found, answer *record.Answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.all == nil {
		t.all = map[cache.Tag]struct{}{}
	}
	note := func(text string) { t.all[cache.TagOf(text)] = struct{}{} }
	if f.by != nil {
		note("source:" + f.by.API.Name())
	}
	for _, id := range g.Connectors {
		note("connector:" + string(id))
	}
	pages := f.pages
	if pages == nil && answer != nil {
		pages = []*record.Answer{answer}
	}
	for _, p := range pages {
		for _, tag := range p.Tags() {
			t.all[tag] = struct{}{}
		}
	}
}
