package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	readyTime  = 2 * time.Second        // for which a caller waits until it is known what was accepted before
	acceptTime = 5 * time.Second        // for which a write is tried to be accepted
	turnTime   = 500 * time.Millisecond // for which a caller waits to hear whether others are before him in his lane
)

// Answer is what is known of a write.
type Answer struct {
	// Record is as the write is now, or was a moment ago. It must not be changed. Its State says what to tell the caller:
	// APPLIED and REFUSED have an Outcome to map, if one came; SENDING is still under way; CANCELLED, if the write was not
	// to be queued, did certainly nothing, and the key is free.
	Record *Record
	// Replayed says that nothing was sent for this call.
	Replayed bool
	// Err is that of the [Result], if the try was made here and now; nil otherwise.
	Err error
}

// Do has w made once, however often and by how many it is called with the same key: it is recorded before it is sent,
// and who comes later has the recorded answer, for any way of mapping it. While a first call is under way, another
// waits for it, for the time that w gives a try.
//
// A write that is to be queued is sent by this call if it is its turn and its source is well; else, and if that did
// nothing, it is accepted, and sent later by Config.Send. send is for this call alone; nil: Config.Send. It is not
// ended when the caller leaves. w must not be changed any more.
//
// The error is an *[Error], and says that nothing was sent.
func (o *Outbox) Do(ctx context.Context, w *Write, send Send) (*Answer, error) {
	a, err := o.made(ctx, w, send)
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != Conflict {
		o.turnedAway.Add(1)
	}
	return a, err
}

func (o *Outbox) made(ctx context.Context, w *Write, send Send) (*Answer, error) {
	if err := o.awaitSoon(ctx); err != nil {
		return nil, err
	}
	if send == nil {
		send = o.cfg.Send
	}
	wait, done := context.WithTimeout(ctx, w.timeout())
	defer done()
	for {
		a, err := o.once(ctx, wait, w, send)
		if !errors.Is(err, errAgain) {
			return a, err
		}
		if pause(wait, shortly); wait.Err() != nil {
			return o.underWay(ctx, w.ID)
		}
	}
}

// shortly is when somebody looks again at what has changed before he could do something about it.
const shortly = 2 * time.Millisecond

// once accepts w, or answers as who has accepted it. wait ends when others are not waited for any longer. The error may
// be errAgain.
func (o *Outbox) once(ctx, wait context.Context, w *Write, send Send) (*Answer, error) {
	o.mu.Lock()
	e := o.index[w.ID]
	if e == nil {
		f := o.accept(ctx, w, send)
		o.mu.Unlock()
		if f == nil {
			return nil, &Error{Kind: Unavailable, ID: w.ID, Err: errClosed}
		}
		return o.answer(ctx, f, w.ID)
	}
	f, accepted := e.flight, e.record != nil
	o.mu.Unlock()
	switch {
	case accepted:
		return o.again(ctx, wait, e, w, send)
	case !same(w, f.write):
		return nil, &Error{Kind: Conflict, ID: w.ID}
	}
	a, err := o.answer(wait, f, w.ID)
	return replayed(a), err
}

var errAgain = errors.New("look again")

func replayed(a *Answer) *Answer {
	if a != nil {
		a.Replayed = true
	}
	return a
}

// same reports whether who asks for a may have what is known of b.
func same(a, b *Write) bool {
	return a.Field == b.Field && a.Caller == b.Caller && bytes.Equal(a.Args, b.Args)
}

// answer waits for f, or until ctx ends.
func (o *Outbox) answer(ctx context.Context, f *flight, id ID) (*Answer, error) {
	select {
	case <-f.answered:
	case <-ctx.Done():
		return o.underWay(ctx, id)
	}
	switch {
	case f.err != nil:
		return nil, f.err
	case f.record == nil:
		return nil, errAgain
	}
	return &Answer{Record: f.record, Err: f.result.Err}, nil
}

// underWay returns what is known of a write for which somebody does not wait any longer.
func (o *Outbox) underWay(ctx context.Context, id ID) (*Answer, error) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), readyTime)
	defer done()
	r, _, err := o.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, &Error{Kind: Uncertain, ID: id, Err: errors.New("it is being accepted")}
	}
	return &Answer{Record: r, Replayed: true}, nil
}

// again answers who comes with a key that was used before.
func (o *Outbox) again(ctx, wait context.Context, e *entry, w *Write, send Send) (*Answer, error) {
	r, at, err := o.load(ctx, w.ID)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, errAgain
	case !same(w, &r.Write):
		return nil, &Error{Kind: Conflict, ID: w.ID}
	}
	o.mu.Lock()
	if o.index[w.ID] != e || e.revision != at {
		o.mu.Unlock()
		return nil, errAgain
	}
	f, changed := e.flight, e.changed()
	tries := f == nil && (r.Free() || r.State == Unknown && !r.Write.Queue && r.open(time.Now()))
	if tries {
		f = newFlight(nil)
		if !o.begin(e, f, func() { o.try(o.detached(ctx), f, e, r, at, send, true) }) {
			o.mu.Unlock()
			return nil, &Error{Kind: Unavailable, ID: w.ID, Err: errClosed}
		}
	}
	o.mu.Unlock()
	switch {
	case tries:
		return o.answer(ctx, f, w.ID)
	case f != nil:
		a, err := o.answer(wait, f, w.ID)
		return replayed(a), err
	case r.State != Sending:
		return &Answer{Record: r, Replayed: true}, nil
	}
	select { // it is sent elsewhere
	case <-changed:
		return nil, errAgain
	case <-wait.Done():
		return &Answer{Record: r, Replayed: true}, nil
	}
}

// detached is for what goes on when the caller has left, until the outbox is closed.
func (o *Outbox) detached(ctx context.Context) context.Context { return detached{o.ctx, ctx} }

// detached ends as its context does, and has the values of another.
type detached struct {
	context.Context
	values context.Context
}

// Value implements [context.Context].
func (d detached) Value(key any) any {
	if v := d.Context.Value(key); v != nil {
		return v
	}
	return d.values.Value(key)
}

// accept begins to accept w, and to send it if it is to be sent at once. The caller holds mu. It is nil if the outbox is
// closed.
func (o *Outbox) accept(ctx context.Context, w *Write, send Send) *flight {
	now := time.Now()
	own := *w
	if own.Token == (Token{}) {
		own.Token = NewToken()
	}
	if own.Accepted.IsZero() {
		own.Accepted = now
	}
	s := step{to: Queued, at: now}
	e := &entry{id: w.ID}
	direct := send != nil && o.atOnce(e, &own)
	if direct {
		s.to = Sending
	}
	f := newFlight(&own)
	if !o.begin(e, f, func() { o.accepted(o.detached(ctx), f, e, s, send, direct) }) {
		o.unreserve(e)
		return nil
	}
	o.index[w.ID] = e
	return f
}

// atOnce reports whether w is sent without being queued. The caller holds mu.
func (o *Outbox) atOnce(e *entry, w *Write) bool {
	if !w.Queue {
		return true
	}
	s := o.sourceOf(w.Source)
	if w.Later || o.held(s) != "" || w.Lane != "" && o.shared {
		return false
	}
	return o.reserve(e, s, laneName(&Record{Write: *w})) && o.turn(w, true) == 0
}

// accepted accepts what f has, and sends it if s says so, or if it turns out to be its turn.
func (o *Outbox) accepted(ctx context.Context, f *flight, e *entry, s step, send Send, direct bool) {
	r, err := first(*f.write, s)
	if err != nil {
		f.err = &Error{Kind: Unavailable, ID: e.id, Err: err}
		return
	}
	if size := len(Encode(r)); size > o.cfg.MaxRecord/2 {
		f.err = &Error{Kind: TooLarge, ID: e.id, Err: fmt.Errorf("%d bytes, and half of %d may be taken", size, o.cfg.MaxRecord)}
		return
	}
	putting, done := context.WithTimeout(ctx, acceptTime)
	defer done()
	r, at, err := o.put(putting, r, 0, false, "")
	if err != nil {
		f.err = o.notAccepted(f.write, err)
		return
	}
	f.record = r
	switch {
	case direct:
		o.sent(ctx, f, r, at, send, true)
	case send != nil && !f.write.Later && o.itsTurn(e, at):
		o.try(ctx, f, e, r, at, send, true)
	}
}

// notAccepted returns why w was not accepted; nil: because somebody else did. What may have been nevertheless is sent if
// it has a key, for whoever comes with that, here or elsewhere, may have been told so since; nobody can ask for anything
// else again, so that is taken back.
func (o *Outbox) notAccepted(w *Write, err error) error {
	id := w.ID
	switch {
	case errors.Is(err, ErrConflict):
		return errAgain
	case errors.Is(err, ErrFull):
		o.alarm(Alarm{Kind: AlarmFull, ID: id, Message: "a write was not accepted: " + err.Error()})
		return &Error{Kind: Full, ID: id, Err: err}
	case errors.Is(err, ErrTooLarge):
		return &Error{Kind: TooLarge, ID: id, Err: err}
	case errors.Is(err, errDoubt):
		if w.Key == "" {
			o.revoke(id)
		}
		return &Error{Kind: Uncertain, ID: id, Err: err}
	}
	return &Error{Kind: Unavailable, ID: id, Err: err}
}

// revoke has what may have been accepted cancelled.
func (o *Outbox) revoke(id ID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.revoked[id] = true
	if e := o.index[id]; e != nil && e.lane != nil {
		o.schedule(e.lane)
	}
}

// itsTurn waits until it is known who is before e in its lane, but not for long, and reports whether nobody is and the
// source can be sent to.
func (o *Outbox) itsTurn(e *entry, at Revision) bool {
	ctx, done := context.WithTimeout(o.live, turnTime)
	defer done()
	for {
		o.mu.Lock()
		known, moved := o.known(e), o.moved
		mine := known && e.revision == at && o.foremost(e) && o.held(e.source) == "" && o.turn(&e.record.Write, true) == 0
		if mine {
			e.takeOff(e.flight)
		}
		o.mu.Unlock()
		if known {
			return mine
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return false
		}
	}
}

// awaitSoon is await for who does not wait long.
func (o *Outbox) awaitSoon(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, readyTime)
	defer done()
	return o.await(ctx)
}
