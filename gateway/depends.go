package gateway

import (
	"cmp"
	"slices"

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

// dependences returns what is known of parts, one entry for a connector at a path, ordered by both. A part with an old
// answer depends on what that depended on.
func dependences(parts []upstreams.Part) []*dependence {
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
		e.Tags, e.Invalidated = e.some(of.Tags), e.some(of.Invalidated)
	}
	slices.SortStableFunc(entries, func(a, b *dependence) int {
		return cmp.Or(cmp.Compare(dotted(a.Path), dotted(b.Path)), cmp.Compare(a.Connector, b.Connector))
	})
	return entries
}

// some are those of tags that are shown, in order, and each once; the others are counted.
func (e *dependence) some(tags []string) []string {
	tags = slices.Compact(slices.Sorted(slices.Values(tags)))
	n := min(len(tags), mostTags)
	e.More += len(tags) - n
	return tags[:n]
}
