package upstreams

import (
	"context"
	"net/http"
	"time"

	"holdfast/cache"
)

// isBroken reports whether v was made of an answer that broke the contract where it may not, see
// [Request].Accept.
func isBroken(v any) bool {
	b, ok := v.(interface{ Broken() bool })
	return ok && b.Broken()
}

// wholeKey names the last whole answer beside the newest one, which has the given key. It is no request's or
// item's key: it has one part more.
func wholeKey(key string) string { return string(appendPart([]byte(key), "whole")) }

// setAside keeps what is remembered under the key of a broken answer, if that is whole: it is about to be replaced.
func (u *Client) setAside(ctx context.Context, r *Request, broken *cache.Entry) {
	last := u.cache.Get(ctx, broken.Key, broken.Scope)
	if last == nil || last == broken || last.Status == http.StatusNotFound || last.Status == http.StatusGone {
		return
	}
	if v, err := u.judge(ctx, r, last); err != nil || isBroken(v) {
		return
	}
	whole := &cache.Entry{
		Key: wholeKey(last.Key), Scope: last.Scope, Status: last.Status, Header: last.Header, Body: last.Body,
		Asked: last.Asked, Received: last.Received, AsOf: last.AsOf, Tags: last.Tags,
	}
	u.put(r, whole)
}

// drop has nothing stand in any more that is remembered under names, nor the last whole answers beside them.
func (u *Client) drop(ctx context.Context, scope string, names ...string) {
	keys := make([]string, 0, 2*len(names))
	for _, name := range names {
		keys = append(keys, name, wholeKey(name))
	}
	_ = u.cache.Delete(ctx, keys, scope) // here that is so in any case
}

// withWhole gives a, which may be nil, the last whole answer if its own value is broken.
func (u *Client) withWhole(ctx context.Context, r *Request, a *Answer) *Answer {
	if a == nil || u.cache == nil || r.NoStandIns || !isBroken(a.Value) {
		return a
	}
	e := u.cache.Get(ctx, wholeKey(a.entry.Key), a.entry.Scope)
	if e == nil {
		return a
	}
	age, w := u.judgeAge(e, r, time.Now())
	if age >= w.Stale {
		return a
	}
	v, err := u.judge(ctx, r, e)
	if err != nil || isBroken(v) {
		return a
	}
	a.Whole = &Answer{
		Value: v, Status: e.Status, State: StateStandingIn, Reason: or(a.Reason, ReasonContract), Age: age,
		Shared: r.Scope == "", Cache: "stale", entry: e,
	}
	return a
}
