package upstreams

import (
	"context"
	"errors"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams/quota"
)

// notThere is how long a remembered answer that there is no such thing may be used in any way.
const notThere = 30 * time.Second

// remember answers from the cache: at once while an answer is fresh; at once, asking again behind, in the
// refresh window; and with an old answer when asking fails or takes longer than patience. An answer goes
// into the cache when it was judged good, whether or not anybody still waits for it.
func (u *Client) remember(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		key, early := u.keyOf(r), u.opening()
		e := u.lookup(ctx, key, r.Scope)
		old := u.withWhole(ctx, r, u.usable(ctx, r, e))
		if old != nil {
			e = old.entry
		}
		if old != nil && old.State != StateStandingIn {
			if old.behind() {
				u.refresh(ctx, r, key, e, next)
			}
			return old, nil
		}
		u.source.callers.begin(r.whose)
		defer u.source.callers.end(r.whose)
		ask, err := u.asking(r, key, e)
		if err != nil {
			return nil, err
		}
		if old != nil {
			ask.patience = u.patienceWith(r)
		}
		a, err := next(ctx, ask)
		if err != nil && old == nil && early && u.opened(ctx, err) {
			old = u.withWhole(ctx, r, u.usable(ctx, r, u.lookup(ctx, key, r.Scope)))
		}
		if err != nil {
			return u.standIn(r, old, err)
		}
		if a.doubted && u.instead(r, old) {
			return old, nil
		}
		came := u.arrived(r, a.Value, a.entry)
		came.Cache = or(a.Cache, came.Cache)
		return u.withWhole(ctx, r, came), nil
	}
}

// asking is r as it is sent: built, and with what is remembered in e, which may be nil.
func (u *Client) asking(r *Request, key string, e *cache.Entry) (*Request, error) {
	ask := *r
	ask.key, ask.repeat, ask.old = key, true, e
	if err := u.build(&ask); err != nil {
		return nil, err
	}
	return &ask, nil
}

// build has a request built that had only a key.
func (u *Client) build(r *Request) error {
	if r.Builder == nil {
		return nil
	}
	err := r.Builder.Build(r)
	if _, ok := errors.AsType[*Error](err); err != nil && !ok {
		err = &Error{Kind: BadInput, Err: err}
	}
	r.Builder = nil // whoever remembers the request keeps nothing of what it was made of
	return u.sign(err, r)
}

// refresh asks again behind, unless somebody did a moment ago.
func (u *Client) refresh(ctx context.Context, r *Request, key string, e *cache.Entry, next answerFunc) {
	if !refreshDue(e, refreshPause()) {
		return
	}
	u.source.callers.begin(r.whose)
	defer u.source.callers.end(r.whose)
	ask, err := u.asking(r, key, e)
	if err != nil {
		return // whoever asks when the answer is too old is told
	}
	ask.patience = new(time.Duration)
	ask.Priority = max(ask.Priority, quota.Background)
	_, _ = next(ctx, ask) // what becomes of it, the next reader will see
}

// patienceWith is how long to wait for the answer to r where an old one may stand in.
func (u *Client) patienceWith(r *Request) *time.Duration {
	if r.NoStandIns {
		return nil
	}
	return u.cfg.Patience
}

// lookup returns what is remembered, however old; nil for nothing, and for what was forgotten.
func (u *Client) lookup(ctx context.Context, key, scope string) *cache.Entry {
	if u.cache == nil {
		return nil
	}
	e := u.cache.Get(ctx, key, scope)
	if e == nil || u.verdict(e) == cache.Forgotten {
		return nil
	}
	return e
}

// usable returns what is remembered in e, which may be nil, if r may use it in some way; which one, its
// State says. One whose body r's Accept cannot use is none.
func (u *Client) usable(ctx context.Context, r *Request, e *cache.Entry) *Answer {
	if e == nil {
		return nil
	}
	a := new(Answer)
	if !u.aged(r, e, time.Now(), a) {
		return nil
	}
	v, err := u.judge(ctx, r, e)
	if err != nil {
		return nil
	}
	if tags := u.tagsOf(e, r, v); len(tags) > len(e.Tags) { // nobody made this of it before
		e = tagged(e, tags)
		u.put(r, e)
		*a = Answer{}
		if !u.aged(r, e, time.Now(), a) {
			return nil
		}
	}
	a.Value = v
	return a
}

// aged sets all of a but its value to what is remembered in e, and reports whether r may use it in some way.
func (u *Client) aged(r *Request, e *cache.Entry, now time.Time, a *Answer) bool {
	a.Status, a.Shared, a.entry = e.Status, r.Scope == "", e
	age, w := u.judgeAge(e, r, now)
	a.Age = age
	switch {
	case age < w.Fresh:
		a.State, a.Cache, a.TTL = StateFresh, "hit", w.Fresh-age
		a.early = u.early(e, note(e), a.TTL, now)
	case age < w.Refresh:
		a.State, a.Cache = StateRefreshing, "stale"
		if !note(e).doubted(now).IsZero() {
			a.Reason = ReasonShrunk
		}
	case age < w.Stale && !r.NoStandIns:
		a.State, a.Cache = StateStandingIn, "stale"
	default:
		return false
	}
	return true
}

// arrived returns the answer that just came in e, of which r's Accept made v.
func (u *Client) arrived(r *Request, v any, e *cache.Entry) *Answer {
	age, w := u.judgeAge(e, r, time.Now())
	return &Answer{
		Value:  v,
		Status: e.Status,
		State:  StateFresh,
		Age:    age,
		TTL:    max(0, w.Fresh-age),
		Shared: r.Scope == "",
		Cache:  came(e),
		entry:  e,
	}
}

// standIn returns the old answer in place of err if err is an outage and the answer is still not too old. One that was
// found late may be fresh, which needs no excuse.
func (u *Client) standIn(r *Request, old *Answer, err error) (*Answer, error) {
	e, ok := errors.AsType[*Error](err)
	if old == nil || !ok || !e.Outage() {
		return nil, err
	}
	if old.State != StateStandingIn {
		return old, nil
	}
	age, w := u.judgeAge(old.entry, r, time.Now())
	if age >= w.Stale {
		return nil, err
	}
	old.Age, old.Reason, old.Err = age, e.Reason, e
	if old.Whole != nil {
		old.Whole.Reason, old.Whole.Err = e.Reason, e
	}
	return old, nil
}

// judgeAge returns how old e is and how r may use it.
func (u *Client) judgeAge(e *cache.Entry, r *Request, now time.Time) (time.Duration, freshness.Windows) {
	n, w := note(e), u.windows(e, r)
	w.Fresh = u.shorter(w.Fresh, n)
	verdict := u.verdict(e)
	if verdict != cache.Fresh || r.tooEarly(e.AsOf) {
		w.Fresh, w.Refresh = 0, 0
	} else if until := n.doubted(now); !until.IsZero() && !r.NoStandIns {
		w.Refresh = max(w.Refresh, min(w.Stale, n.Age(e.Received, until)))
	}
	if verdict == cache.Forgotten || !u.source.callers.may(r.whose, e.AsOf) {
		w = freshness.Windows{}
	}
	return n.Age(e.Received, now), w
}

// windows are those of e where nothing has changed since.
func (u *Client) windows(e *cache.Entry, r *Request) freshness.Windows {
	w := note(e).Windows(u.cfg.Cache.Policy.Or(r.Policy), u.cfg.Cache.Respect, r.Scope == "", e.Asked, e.Received)
	if (e.Status > 299 || u.outcomes.Names(e.Status)) && u.reply(r, e).NotThere() {
		w = w.Cap(notThere)
	}
	return w
}

// tooEarly reports whether what was asked for then was so before r allows.
func (r *Request) tooEarly(asOf cache.AsOf) bool {
	return r.NotBefore != cache.AsOf{} && !asOf.Reaches(r.NotBefore)
}

// keep puts a good answer into the cache for as long as r may use it, or ask whether it is still good. A broken
// one does not replace the last whole one, which is set aside. That ctx ended does not matter. One that must not be kept
// ends what it takes the place of, and the last whole one. One that has lost too much beside old, which may be nil, is not kept yet: then it is doubted, and anew
// if nobody found so before.
func (u *Client) keep(ctx context.Context, r *Request, old *cache.Entry, a *Answer) (anew bool) {
	u.tag(r, a)
	if a.doubted, anew = u.doubts(r, old, a); a.doubted {
		return anew
	}
	storable := note(a.entry).Storable(a.entry.Status, u.cfg.Cache.Respect, r.Scope == "")
	switch {
	case u.cache == nil:
	case !storable && old != nil:
		u.drop(context.WithoutCancel(ctx), old.Scope, old.Key)
	case storable && u.source.callers.keep(r.whose, a.entry.AsOf):
		if isBroken(a.Value) {
			u.setAside(context.WithoutCancel(ctx), r, a.entry)
		}
		u.put(r, a.entry)
	}
	return false
}

// put remembers e, unless it was asked for before it was forgotten.
func (u *Client) put(r *Request, e *cache.Entry) {
	if u.verdict(e) == cache.Forgotten {
		return
	}
	age, w := u.judgeAge(e, r, time.Now())
	u.cache.Put(e, max(w.Longest()-age, validFor(e)))
}
