package upstreams

import (
	"slices"

	"holdfast/cache"
	"holdfast/upstreams/watch"
)

// dependent is a value that knows what it depends on, besides its source and connector.
type dependent interface {
	// Tags are not changed by who gets them.
	Tags() []cache.Tag
}

// naming is a dependent value that can say so in words, as far as they are known, else as #HASH.
type naming interface {
	TagNames(known ...string) []string
}

// withoutKeys returns tags as spans may have them: which things they are, callers and answers say, so that there are
// hashes in place of that. One tag is the same text everywhere, so that it can be found in other spans.
func withoutKeys(names []string) []string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = name
		if family := cache.Family(name); family != "" && name != family+"*" {
			shown[i] = family + cache.TagOf(name).String()
		}
	}
	return shown
}

// tellTags tells the span of a call what its answer depends on.
func (f *flight) tellTags() {
	if f.err != nil || !f.span.IsRecording() {
		return
	}
	var names []string
	tell := func(v any) {
		if n, ok := v.(naming); ok {
			names = append(names, n.TagNames()...)
		}
	}
	tell(f.answer.Value)
	for _, p := range partsOf(f.answer) {
		tell(p.value)
	}
	watch.Depends(f.span, withoutKeys(names))
}

// tagsOf returns the tags of e and those of what r's Accept made of it, which is v, in order. They are e's own where
// there are no others: an entry has the tags of everything that was ever made of it.
func (u *Client) tagsOf(e *cache.Entry, r *Request, v any) []cache.Tag {
	tags := withTags(e.Tags, u.connector(r.Connector).tags)
	if r.right != cache.All {
		tags = withTags(tags, []cache.Tag{r.right})
	}
	if d, ok := v.(dependent); ok {
		tags = withTags(tags, d.Tags())
	}
	return tags
}

// withTags returns have, which is in order, if all of more are there; else both.
func withTags(have, more []cache.Tag) []cache.Tag {
	for i, tag := range more {
		if _, ok := slices.BinarySearch(have, tag); !ok {
			all := append(slices.Clip(have), more[i:]...)
			slices.Sort(all)
			return slices.Compact(all)
		}
	}
	return have
}

// tagged returns e with such tags: as another entry, since others may have it.
func tagged(e *cache.Entry, tags []cache.Tag) *cache.Entry {
	if len(tags) == len(e.Tags) {
		return e
	}
	own := e.Renew(e, e.Header)
	own.Confirmed, own.Tags = e.Confirmed, tags
	return own
}

// tag gives the answer a to r the tags of what it depends on. Of a call that is still under way nobody else has it.
func (u *Client) tag(r *Request, a *Answer) {
	tags := u.tagsOf(a.entry, r, a.Value)
	if r.flight != nil {
		a.entry.Tags = tags
	} else {
		a.entry = tagged(a.entry, tags)
	}
}

// verdict is what became of e since it was asked for.
func (u *Client) verdict(e *cache.Entry) cache.Verdict { return u.epochs.JudgeEntry(e) }

// outdated reports whether e, of which v was made, was asked for before asOf, when somebody came who joined the call
// for it, and something that it depends on was bumped since: he must not be told how things were before that. A value
// that does not know what it depends on may depend on anything.
func (u *Client) outdated(e *cache.Entry, v any, asOf cache.AsOf) bool {
	if e == nil || !e.AsOf.Before(asOf) {
		return false
	}
	_, knows := v.(dependent)
	return !knows || u.verdict(e) != cache.Fresh
}
