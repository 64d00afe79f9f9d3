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
		key := u.key(r)
		e := u.lookup(ctx, key, r.Scope)
		old := u.withWhole(ctx, r, u.usable(ctx, r, e))
		if old != nil && old.State == StateFresh {
			return old, nil
		}
		u.source.callers.begin(r.whose)
		defer u.source.callers.end(r.whose)
		ask := *r
		ask.key, ask.names, ask.repeat, ask.old = key, []string{key}, true, e
		ask.good = func(a *Answer) { u.keep(context.WithoutCancel(ctx), &ask, a) }
		if old != nil {
			ask.patience = u.cfg.Patience
		}
		if old != nil && old.State == StateRefreshing {
			if refreshDue(old.entry, refreshPause()) {
				ask.patience = new(time.Duration)
				ask.Priority = max(ask.Priority, quota.Background)
				_, _ = next(ctx, &ask) // what becomes of it, the next reader will see
			}
			return old, nil
		}
		a, err := next(ctx, &ask)
		if err != nil {
			return u.standIn(r, old, err)
		}
		return u.withWhole(ctx, r, u.arrived(r, a.Value, a.entry)), nil
	}
}

// lookup returns what is remembered, however old; nil for nothing.
func (u *Client) lookup(ctx context.Context, key, scope string) *cache.Entry {
	if u.cache == nil {
		return nil
	}
	return u.cache.Get(ctx, key, scope)
}

// usable returns what is remembered in e, which may be nil, if r may use it in some way; which one, its
// State says. One whose body r's Accept cannot use is none.
func (u *Client) usable(ctx context.Context, r *Request, e *cache.Entry) *Answer {
	if e == nil {
		return nil
	}
	a := Answer{Status: e.Status, Shared: r.Scope == "", entry: e}
	age, w := u.judgeAge(e, r, time.Now())
	a.Age = age
	switch {
	case age < w.Fresh:
		a.State, a.Cache, a.TTL = StateFresh, "hit", w.Fresh-age
	case age < w.Refresh:
		a.State, a.Cache = StateRefreshing, "stale"
	case age < w.Stale:
		a.State, a.Cache = StateStandingIn, "stale"
	default:
		return nil
	}
	v, err := u.judge(ctx, r, e)
	if err != nil {
		return nil
	}
	a.Value = v
	return &a
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

// standIn returns the old answer in place of err if err is an outage and the answer is still not too old.
func (u *Client) standIn(r *Request, old *Answer, err error) (*Answer, error) {
	e, ok := errors.AsType[*Error](err)
	if old == nil || !ok || !e.Outage() {
		return nil, err
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
	d := directives(e)
	w := d.Windows(u.cfg.Cache.Policy.Or(r.Policy), u.cfg.Cache.Respect, r.Scope == "", e.Asked, e.Received)
	if (e.Status > 299 || u.outcomes.Names(e.Status)) && u.reply(r, e).NotThere() {
		w = w.Cap(notThere)
	}
	if !u.epochs.Fresh(e.AsOf, e.Tags) {
		w.Fresh, w.Refresh = 0, 0
	}
	if !u.source.callers.may(r.whose, e.AsOf) {
		w = freshness.Windows{}
	}
	return d.Age(e.Received, now), w
}

// directives reads the headers of e once.
func directives(e *cache.Entry) *freshness.Directives {
	d, _ := e.Note("directives", func() any { return new(freshness.Parse(e.Header)) }).(*freshness.Directives) // nothing else has this name
	return d
}

// keep puts a good answer into the cache for as long as r may use it, or ask whether it is still good. A broken
// one does not replace the last whole one, which is set aside. One that must not be kept ends what it takes
// the place of.
func (u *Client) keep(ctx context.Context, r *Request, a *Answer) {
	storable := directives(a.entry).Storable(a.entry.Status, u.cfg.Cache.Respect, r.Scope == "")
	switch {
	case u.cache == nil:
	case !storable && r.old != nil:
		_ = u.cache.Delete(ctx, r.old.Key, r.old.Scope)
	case storable && u.source.callers.keep(r.whose, a.entry.AsOf):
		if isBroken(a.Value) {
			u.setAside(ctx, r, a.entry)
		}
		u.put(r, a.entry)
	}
}

func (u *Client) put(r *Request, e *cache.Entry) {
	age, w := u.judgeAge(e, r, time.Now())
	u.cache.PutBehind(e, max(w.Longest()-age, validFor(e)))
}
