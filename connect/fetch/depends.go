package fetch

import (
	"slices"

	"holdfast/connect/call"
	"holdfast/connect/record"
	"holdfast/upstreams"
)

// end ends the load of a key with what was found.
func (b *begun) end(l *Load, key call.Key, f found) {
	l.end(f)
	if b.o.opt.Depends && l.Err == nil {
		l.depends = f.depends(l.Answer, b.o.inputs(b.group, key))
	}
	if b.o.opt.Tags != nil {
		b.o.opt.Tags.add(b.group, &f, l.Answer)
	}
}

// depends is what was found depends on, or has left out of date.
func (f *found) depends(answer *record.Answer, in *call.Inputs) *upstreams.Dependence {
	source := "source:" + f.by.API.Name()
	switch {
	case f.by.Writes && answer.Bare(): // it is not made yet, or was before
		return nil
	case f.by.Writes && f.by.Invalidates == nil:
		return &upstreams.Dependence{Invalidated: []string{source}}
	case f.by.Writes:
		return &upstreams.Dependence{Invalidated: f.changes.Said()}
	}
	pages := f.pages
	if f.by.Paging == nil {
		pages = []*record.Answer{answer}
	}
	vars := f.by.Vars(in)
	tags := []string{source, "connector:" + string(f.by.ID)}
	for _, p := range pages {
		tags = append(tags, f.by.mapper.TagNames(p, vars)...)
	}
	slices.Sort(tags)
	return &upstreams.Dependence{Tags: slices.Compact(tags)}
}
