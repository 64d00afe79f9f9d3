package outbox

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Cancel has a write not sent that certainly was not made: one that is queued, or dead. That it is cancelled already is
// no error.
func (o *Outbox) Cancel(ctx context.Context, id ID, actor, reason string) error {
	return o.operate(ctx, id, actor, func(r *Record) (step, error) {
		switch {
		case r.State == Cancelled:
			return step{}, errDone
		case r.Doubt:
			return step{}, errors.New("it was sent, and nobody knows whether it was made")
		case r.State == Queued || r.State == Dead:
			return step{to: Cancelled, reason: reason}, nil
		}
		return step{}, fmt.Errorf("it is %s", r.State)
	})
}

// Retry has a dead write queued again, and one that is queued tried as soon as its source is held by nothing.
func (o *Outbox) Retry(ctx context.Context, id ID, actor string) error {
	err := o.operate(ctx, id, actor, func(r *Record) (step, error) {
		switch r.State {
		case Dead:
			return step{to: Queued, reason: ReasonOperator}, nil
		case Queued:
			return step{}, errDone
		}
		return step{}, fmt.Errorf("it is %s", r.State)
	})
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if e := o.index[id]; e != nil && e.lane != nil && e.flight == nil {
		e.urgent, e.later = true, time.Time{}
		o.schedule(e.lane)
	}
	return nil
}

// Resolve says of a write that is unknown whether it was made. One that was not is sent again, under a new vendor key, if
// it was queued.
func (o *Outbox) Resolve(ctx context.Context, id ID, made bool, actor string) error {
	return o.operate(ctx, id, actor, func(r *Record) (step, error) {
		switch {
		case r.State != Unknown:
			return step{}, fmt.Errorf("it is %s", r.State)
		case made:
			return step{to: Applied, reason: ReasonOperator}, nil
		case r.Write.Queue:
			return step{to: Queued, notMade: true, reason: ReasonOperator}, nil
		}
		return step{to: Cancelled, notMade: true, reason: ReasonOperator}, nil
	})
}

// Erase leaves no trace of a write that is settled, dead, or cannot be read. Its key is free then.
func (o *Outbox) Erase(ctx context.Context, id ID, actor string) error {
	if err := o.awaitSoon(ctx); err != nil {
		return err
	}
	r, at, err := o.load(ctx, id)
	switch {
	case errors.Is(err, ErrDamaged) && at != 0:
		if err := o.journal.Erase(ctx, id, at); err != nil {
			return &Error{Kind: Unavailable, ID: id, Err: err}
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.audit.gone(id)
		o.poke()
		o.cfg.Log.Info("a record that cannot be read was erased", "write", id, "by", actor)
		return nil
	case err != nil:
		return err
	case r == nil:
		return &Error{Kind: NotFound, ID: id}
	case !r.State.Settled() && r.State != Dead:
		return &Error{Kind: Impossible, ID: id, Err: fmt.Errorf("it is %s: cancel or resolve it first", r.State)}
	}
	_, err = o.EraseAll(ctx, []ID{id}, actor)
	return err
}

// EraseAll is [Outbox.Erase] of many that can be read, and returns how many are gone: not those that are not over.
func (o *Outbox) EraseAll(ctx context.Context, ids []ID, actor string) (gone int, err error) {
	if err := o.awaitSoon(ctx); err != nil {
		return 0, err
	}
	erased, err := o.remove(ctx, ids)
	for _, id := range erased {
		o.cfg.Log.Info("a write was erased", "write", id, "by", actor)
	}
	if err != nil {
		return len(erased), &Error{Kind: Unavailable, Err: err}
	}
	return len(erased), nil
}

// Well says that a source has answered again: what waits for it is tried now, and what is unknown there looked for.
func (o *Outbox) Well(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.sources[name]
	if s == nil {
		return
	}
	for _, w := range s.ways {
		w.closed = time.Time{}
	}
	for _, l := range s.lanes {
		e := l.first()
		if e.flight != nil || !o.mine(e.record) {
			continue
		}
		switch e.record.State {
		case Queued:
			e.urgent = true
			o.schedule(l)
		case Unknown:
			e.later = time.Time{}
			o.schedule(l)
		}
	}
}

var errDone = errors.New("it is so already")

// operate takes a step that somebody wants, after what is under way.
func (o *Outbox) operate(ctx context.Context, id ID, actor string, want func(*Record) (step, error)) error {
	if err := o.awaitSoon(ctx); err != nil {
		return err
	}
	for {
		r, at, err := o.load(ctx, id)
		switch {
		case err != nil:
			return err
		case r == nil:
			return &Error{Kind: NotFound, ID: id}
		}
		s, err := want(r)
		switch {
		case errors.Is(err, errDone):
			return nil
		case err != nil && r.State != Sending:
			return &Error{Kind: Impossible, ID: id, Err: err}
		}
		o.mu.Lock()
		e := o.index[id]
		var changed <-chan struct{}
		f := newFlight(nil)
		if e != nil && e.revision == at {
			if e.flight != nil || err != nil {
				changed = e.changed()
			} else if !o.begin(e, f, func() { f.err = o.take(ctx, r, at, s, actor) }) {
				f.err = &Error{Kind: Unavailable, ID: id, Err: errClosed}
				f.answer()
			}
		} else {
			f.answer()
			f.err = errAgain
		}
		o.mu.Unlock()
		if changed != nil {
			select {
			case <-changed:
			case <-ctx.Done():
				return &Error{Kind: Impossible, ID: id, Err: fmt.Errorf("it is %s", r.State)}
			}
			continue
		}
		<-f.answered
		if !errors.Is(f.err, errAgain) {
			return f.err
		}
		if pause(ctx, shortly); ctx.Err() != nil {
			return &Error{Kind: Unavailable, ID: id, Err: ctx.Err()}
		}
	}
}

// take takes a step.
func (o *Outbox) take(ctx context.Context, r *Record, at Revision, s step, actor string) error {
	s.at = time.Now()
	next, err := r.next(s)
	if err != nil {
		return &Error{Kind: Impossible, ID: r.Write.ID, Err: err}
	}
	if next.State == Applied {
		o.tellSettled(next)
	}
	written, _, err := o.put(ctx, next, at, false, actor)
	switch {
	case errors.Is(err, ErrConflict):
		return errAgain
	case err != nil:
		return &Error{Kind: Unavailable, ID: r.Write.ID, Err: err}
	}
	o.settled(written)
	return nil
}
