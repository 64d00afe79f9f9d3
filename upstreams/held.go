package upstreams

import (
	"context"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/quota"
)

// Held answers r from memory, or not: only what is fresh, or may be served while it is asked for again, which begins
// behind. It waits for nothing and nobody: what is not mapped yet, what is broken, and what stands in is for
// [Client.Read], which a reader calls who gets false. The answer is as that of Read.
func (u *Client) Held(ctx context.Context, r *Request) (*Answer, bool) {
	r = u.asCaller(ctx, r)
	key := u.keyOf(r)
	e := u.inMemory(key, r.Scope)
	if e == nil {
		return nil, false
	}
	a := new(Answer)
	if !u.held(r, e, time.Now(), a) {
		return nil, false
	}
	if a.behind() {
		u.refresh(ctx, r, key, e, u.ask)
	}
	u.shorten(r, r.Shortcut, "", e)
	u.countRead(ctx, u.connector(r.Connector), a, nil)
	return a.released(), true
}

// HeldBatch is [Client.Held] for each of b.Keys: it sets the answers that are held, in their order, and returns how
// many they are. The rest is for [Client.ReadBatch], in a batch of its own.
func (u *Client) HeldBatch(ctx context.Context, b *Batch, held []*Answer) int {
	if u.cache == nil {
		return 0
	}
	b = u.eachAsCaller(ctx, b)
	one, c, now := b.one(), u.connector(b.Connector), time.Now()
	var room [512]byte
	prefix := u.appendItems(room[:0], b)
	answers := make([]Answer, len(b.Keys)) // one allocation for all
	var old []int
	n := 0
	for i, name := range b.Keys {
		e := u.inMemory(string(appendPart(prefix, name)), b.Scope)
		if e == nil || !u.held(one, e, now, &answers[i]) {
			continue
		}
		if answers[i].behind() {
			old = append(old, i)
		}
		u.shorten(one, b.Shortcut, name, e)
		held[i] = &answers[i]
		n++
	}
	u.refreshEach(ctx, b, old, held)
	for _, a := range held {
		if a != nil {
			u.countRead(ctx, c, a.released(), nil)
		}
	}
	return n
}

// refreshEach asks again behind for what is held of the keys at places, of those that nobody asked for a moment ago.
func (u *Client) refreshEach(ctx context.Context, b *Batch, places []int, held []*Answer) {
	pause := refreshPause()
	due := *b
	due.Keys = nil
	old := map[string]*Answer{}
	for _, i := range places {
		if refreshDue(held[i].entry, pause) {
			due.Keys = append(due.Keys, b.Keys[i])
			old[b.Keys[i]] = held[i]
		}
	}
	if len(due.Keys) == 0 {
		return
	}
	u.source.callers.begin(b.whose)
	defer u.source.callers.end(b.whose)
	r := u.newRound(&due, u.ask)
	all := make([]int, len(r.keys))
	r.was = make([]*cache.Entry, len(r.keys))
	for i, key := range r.keys {
		all[i], r.old[i], r.was[i] = i, old[key], old[key].entry
	}
	r.ask(ctx, all, new(time.Duration), max(b.Priority, quota.Background))
}

// inMemory returns what memory has, however old; nil for nothing.
func (u *Client) inMemory(key, scope string) *cache.Entry {
	if u.cache == nil {
		return nil
	}
	return u.cache.Held(key, scope)
}

// held sets a to the answer in e, and reports whether it may be used as it is, and is mapped.
func (u *Client) held(r *Request, e *cache.Entry, now time.Time, a *Answer) bool {
	if !u.aged(r, e, now, a) || a.State == StateStandingIn {
		return false
	}
	v, made := e.Made(r.slotOn(e))
	if !made || isBroken(v) {
		return false
	}
	a.Value = v
	return true
}
