package upstreams

import (
	"context"
	"errors"
)

// opening reports whether what is remembered may not be found yet, since the store is being opened.
func (u *Client) opening() bool { return u.cache != nil && u.cache.Opening() }

// opened reports whether what was not found while the store was being opened may cover err, after it waited for it. Only
// who cannot be answered in another way waits: at a start, all others would be held up for nothing.
func (u *Client) opened(ctx context.Context, err error) bool {
	return outage(err) && u.cache.Opened(ctx)
}

func outage(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Outage()
}

// late has those of places that failed covered by what is found once the store is open.
func (r *round) late(ctx context.Context, places []int) {
	var failed []int
	for _, i := range places {
		if r.old[i] == nil && outage(r.got[i].Err) {
			failed = append(failed, i)
		}
	}
	if len(failed) == 0 || !r.u.cache.Opened(ctx) {
		return
	}
	for n, e := range r.u.cache.GetAll(ctx, r.namesAt(failed), r.batch.Scope) {
		i := failed[n]
		old := r.u.withWhole(ctx, r.one, r.u.usable(ctx, r.one, e))
		r.got[i].Answer, r.got[i].Err = r.u.standIn(r.one, old, r.got[i].Err)
	}
}
