package gateway

import (
	"cmp"
	"slices"
	"strings"

	"holdfast/cache"
	"holdfast/upstreams"
)

// dependence is one entry of extensions.trace.tags: what the answer under a path depends on, or what the write there
// left out of date.
type dependence struct {
	Path        []any    `json:"path"` // places in lists are "*"
	Source      string   `json:"source"`
	Connector   string   `json:"connector"`
	Tags        []string `json:"tags,omitempty"`
	Invalidated []string `json:"invalidated,omitempty"`
	More        int      `json:"more,omitempty"` // that are not shown
}

// mostTags is how many tags of one entry are shown.
const mostTags = 20

// dependences returns what is known of parts, one entry for a connector at a path, ordered by both, with or without the
// keys of things.
func dependences(parts []upstreams.Part, keys bool) []*dependence {
	known := map[[2]string]*upstreams.Dependence{}
	var entries []*dependence
	for _, p := range parts {
		if p.Depends == nil {
			continue
		}
		path := collapse(p.Path)
		at := [2]string{dotted(path), p.Connector}
		if known[at] == nil {
			entries = append(entries, &dependence{Path: path, Source: p.Source, Connector: p.Connector})
		}
		known[at] = known[at].With(p.Depends)
	}
	for _, e := range entries {
		of := known[[2]string{dotted(e.Path), e.Connector}]
		e.Tags, e.Invalidated = e.some(of.Tags, keys), e.some(of.Invalidated, keys)
	}
	slices.SortStableFunc(entries, func(a, b *dependence) int {
		return cmp.Or(cmp.Compare(dotted(a.Path), dotted(b.Path)), cmp.Compare(a.Connector, b.Connector))
	})
	return entries
}

// some are those of tags that are shown, in order, and each once; the others are counted.
func (e *dependence) some(tags []string, keys bool) []string {
	tags = slices.Compact(slices.Sorted(slices.Values(tags)))
	if !keys {
		tags = kinds(tags)
	}
	n := min(len(tags), mostTags)
	e.More += len(tags) - n
	return tags[:n]
}

// kinds are tags in order without the keys of things, each once: Order:… of Order:5. Hashes say nothing then.
func kinds(tags []string) []string {
	var all []string
	for _, tag := range tags {
		family := cache.Family(tag)
		switch {
		case strings.HasPrefix(tag, "#"):
			continue
		case family != "" && tag != family+"*":
			tag = family + "…"
		}
		all = append(all, tag)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
