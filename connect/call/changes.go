package call

import (
	"slices"
	"sync"

	"holdfast/cache"
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// Changed is a tag of the answers that a write makes unfresh.
type Changed struct {
	*mapping.Template

	Reply bool // it is made of the reply, and not known before
	// Sources are those of whose answers some may have the tag, and the write's own: where nobody knows which tags
	// there are, all of them are unfresh.
	Sources []string
}

// Changes are what one write says that it changes, for [upstreams.Request]. It is safe for concurrent use. A nil one
// hears of nothing.
type Changes struct {
	named  []Changed
	source string
	vars   mapping.Vars
	before []cache.Tag

	mu    sync.Mutex
	heard bool
	after []cache.Tag // of the reply that was heard
}

// changes are those of a call with these inputs; nil if the connector does not say.
func (o *Opened) changes(in *Inputs) *Changes {
	if !o.Writes || o.Invalidates == nil {
		return nil
	}
	c := &Changes{named: o.Invalidates, source: o.API.source.Name, vars: o.Vars(in)}
	for _, t := range c.named {
		if !t.Reply {
			c.before = t.bump(c.before, mapping.NullValue(), c.vars)
		}
	}
	return c
}

// bump appends what has to be bumped. Where that is not known, it is all of the sources that may have it.
func (t *Changed) bump(tags []cache.Tag, data mapping.Value, vars mapping.Vars) []cache.Tag {
	room := len(tags) + 2*cache.MostTags
	known := t.Spread(data, vars, func(text []byte) bool {
		tags = append(tags, cache.BumpOf(string(text))...)
		return len(tags) < room
	})
	if !known || len(tags) >= room {
		return t.whole(tags)
	}
	return tags
}

func (t *Changed) whole(tags []cache.Tag) []cache.Tag {
	for _, source := range t.Sources {
		tags = append(tags, cache.TagOf("source:"+source))
	}
	return tags
}

// Heard takes in a good reply: its body, and the variables that mappings of it read.
func (c *Changes) Heard(body mapping.Value, vars mapping.Vars) {
	if c == nil {
		return
	}
	var after []cache.Tag
	for _, t := range c.named {
		if t.Reply {
			after = t.bump(after, body, vars)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard, c.after = true, after
}

// Before implements [upstreams.Changes].
func (c *Changes) Before() []cache.Tag { return c.before }

// After implements [upstreams.Changes]. What only the reply tells is not known where there was none, or no good one:
// unless nothing was changed, it may be anything. So it may be where a write that was made named nothing at all.
func (c *Changes) After(effect upstreams.Effect) []cache.Tag {
	c.mu.Lock()
	defer c.mu.Unlock()
	tags := slices.Concat(c.before, c.after)
	if effect == upstreams.EffectNone {
		return tags
	}
	for _, t := range c.named {
		if t.Reply && !c.heard {
			tags = t.whole(tags)
		}
	}
	if len(tags) == 0 && len(c.named) > 0 {
		tags = append(tags, cache.TagOf("source:"+c.source))
	}
	return tags
}
