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
	before []string

	mu    sync.Mutex
	heard bool
	after []string // of the reply that was heard
	said  []string // by After
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

// bump appends what has to be bumped. Where that is not known, or more than an answer is said to depend on, it is all
// of the sources that may have it.
func (t *Changed) bump(tags []string, data mapping.Value, vars mapping.Vars) []string {
	before := len(tags)
	known := t.Spread(data, vars, func(text []byte) bool {
		tags = append(tags, string(text))
		return len(tags)-before <= cache.MostTags
	})
	if !known || len(tags)-before > cache.MostTags {
		return t.whole(tags[:before])
	}
	return tags
}

func (t *Changed) whole(tags []string) []string {
	for _, source := range t.Sources {
		tags = append(tags, "source:"+source)
	}
	return tags
}

// Heard takes in a good reply: its body, and the variables that mappings of it read.
func (c *Changes) Heard(body mapping.Value, vars mapping.Vars) {
	if c == nil {
		return
	}
	var after []string
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
func (c *Changes) Before() []string { return c.before }

// After implements [upstreams.Changes]. What only the reply tells is not known where there was none, or no good one:
// unless nothing was changed, it may be anything. So it may be where a write that was made named nothing at all.
func (c *Changes) After(effect upstreams.Effect) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = c.changed(effect)
	return c.said
}

func (c *Changes) changed(effect upstreams.Effect) []string {
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
		tags = append(tags, "source:"+c.source)
	}
	return tags
}

// Said are the tags that were named last, as texts, when the write has ended; nil before. The slice is not to be
// changed.
func (c *Changes) Said() []string {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.said
}
