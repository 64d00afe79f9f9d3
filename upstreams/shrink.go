package upstreams

import (
	"context"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/quota"
)

// WithShrink has an answer that lost nearly all that the one before had be asked for once more before it is believed,
// see [ReasonShrunk]. The default believes every answer at once.
func WithShrink(on bool) Option {
	return func(u *Client) { u.shrink = on }
}

// Shape is how much there is in what was made of an answer. Below zero: it is nothing of the kind.
type Shape struct {
	Items  int // of the list that it is, or that it is a page of; of a null, none
	Fields int // of the object that it is, and of those in it, that have a value
}

// shaped is a value that knows its shape.
type shaped interface{ Shape() Shape }

const (
	shrunkFrom  = 10               // items, of which none are left
	shrunkOf    = 5                // fields, of which less than a fifth are left
	doubtFor    = 30 * time.Second // the answer before is served while nothing more comes
	mostDoubted = 1000             // that wait to be asked for again behind
	mostDoubts  = 2                // in a row of one answer, of different shapes: the next is believed, whatever it says
)

// shrunk reports whether what has shape s lost so much that something may be wrong with the source. What is not there
// any more, a null object, is no such thing.
func (s Shape) shrunk(was Shape) bool {
	return was.Items >= shrunkFrom && s.Items <= 0 && s.Fields < 0 ||
		was.Fields >= shrunkOf && s.Fields >= 0 && 5*s.Fields < was.Fields
}

// doubt is an answer that is not believed yet. It does not change.
type doubt struct {
	of    time.Time // when it was received
	slot  string
	shape Shape
	until time.Time
	nth   int // in a row
}

// doubts reports whether a, a good answer to r, is not to be believed yet: it has lost nearly all that old had, which
// is remembered and may be nil, no bump explains that, and it is the first. The second that says the same is believed,
// and so is the third that has lost as much, whatever it says, and any where old may not stand in. Of the first of all readers anew is true.
func (u *Client) doubts(r *Request, old *cache.Entry, a *Answer) (doubted, anew bool) {
	if !u.shrink || old == nil || a.entry.Confirmed || r.tooEarly(old.AsOf) {
		return false, false
	}
	n, now := note(old), time.Now()
	known := n.doubt.Load()
	if known != nil && known.of.Equal(a.entry.Received) { // what one of two connectors doubts, both do
		return true, false
	}
	is, ok := u.lost(r, old, a)
	if !ok || u.verdict(old) != cache.Fresh || known.settles(r.Slot, is) {
		return false, false
	}
	if age, w := u.judgeAge(old, r, now); age >= w.Stale {
		return false, false
	}
	if !n.doubt.CompareAndSwap(known, &doubt{a.entry.Received, r.Slot, is, now.Add(doubtFor), known.times() + 1}) {
		return true, false
	}
	n.again.store(now.Add(refreshPause()))
	u.connector(r.Connector).tally.Shrunk()
	return true, true
}

// settles reports whether an answer of that shape, which has lost as much as the one that d doubts, is believed. d may be
// nil.
func (d *doubt) settles(slot string, is Shape) bool {
	return d != nil && (d.slot != slot || d.shape == is || d.nth >= mostDoubts)
}

// times is how often in a row it was doubted up to d, which may be nil.
func (d *doubt) times() int {
	if d == nil {
		return 0
	}
	return d.nth
}

// lost returns the shape of a, and whether it lost nearly all that old had. An answer that is broken, or that there is
// no such thing, has rules of its own.
func (u *Client) lost(r *Request, old *cache.Entry, a *Answer) (is Shape, ok bool) {
	before, _ := old.Made(r.slotOn(old))
	was, ok := before.(shaped)
	if !ok {
		return is, false
	}
	now, ok := a.Value.(shaped)
	if !ok || isBroken(a.Value) || u.reply(r, a.entry).NotThere() {
		return is, false
	}
	is = now.Shape()
	return is, is.shrunk(was.Shape())
}

// doubted is until when e is served since what came after it is not believed yet; zero: it is not.
func (n *noted) doubted(now time.Time) time.Time {
	if d := n.doubt.Load(); d != nil && now.Before(d.until) {
		return d.until
	}
	return time.Time{}
}

// instead makes old the answer in place of one that is doubted; false where it may not stand in.
func (u *Client) instead(r *Request, old *Answer) bool {
	if old == nil {
		return false
	}
	age, w := u.judgeAge(old.entry, r, time.Now())
	if age >= w.Stale {
		return false
	}
	old.State, old.Reason, old.Age, old.TTL, old.Cache = StateRefreshing, ReasonShrunk, age, 0, "stale"
	return true
}

// later calls ask when it is time to ask once more for what is doubted, unless too much waits for that: then a reader
// does. Nobody's credential is used in his absence.
func (u *Client) later(w who, pause time.Duration, ask func(context.Context)) {
	if w.whose != "" || w.caller != nil {
		return
	}
	if u.doubting.Add(1) > mostDoubted {
		u.doubting.Add(-1)
		return
	}
	u.source.prober.run(func(ctx context.Context) {
		defer u.doubting.Add(-1)
		t := time.NewTimer(pause)
		defer t.Stop()
		select {
		case <-t.C:
			u.unwatched(func() { ask(ctx) })
		case <-ctx.Done():
		}
	})
}

// onceMore asks again behind for what r asked for, of which the answer is doubted.
func (u *Client) onceMore(r *Request) {
	ask := *r // which becomes a probe
	ask.flight, ask.good, ask.Operation, ask.try = nil, nil, nil, 0
	ask.patience, ask.Priority = new(time.Duration), max(r.Priority, quota.Background)
	pause := time.Until(note(r.old).again.load())
	u.later(r.who, pause, func(ctx context.Context) {
		if refreshDue(ask.old, refreshPause()) {
			_, _ = u.ask(ctx, &ask)
		}
	})
}
