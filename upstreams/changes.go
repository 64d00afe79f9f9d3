package upstreams

import "holdfast/cache"

// Changes says what a write changes, as [cache.BumpOf] has it: what carries one of the tags and was asked for before
// is not fresh any more.
type Changes interface {
	// Before is asked before the request leaves: from then on the change may be made at any time.
	Before() []cache.Tag
	// After is asked once, when it is known what became of the write, and as much as will be: by then the request's
	// Accept has judged the last answer, if there was one. What was asked for meanwhile may have been answered from
	// before the change, so that it has what Before had too, whatever the effect.
	After(Effect) []cache.Tag
}

// changes are what r changes: anything at the source, unless it says so itself.
func (u *Client) changes(r *Request) (before func() []cache.Tag, after func(Effect) []cache.Tag) {
	if r.Changes != nil {
		return r.Changes.Before, r.Changes.After
	}
	return func() []cache.Tag { return u.tags }, func(Effect) []cache.Tag { return u.tags }
}
