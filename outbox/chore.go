package outbox

import (
	"context"
	"fmt"
	"time"
)

// do does what is to be done about e, if it still is.
func (o *Outbox) do(e *entry, j job) {
	r, at, err := o.load(o.ctx, e.id)
	if err != nil {
		o.postpone(e, laterOn)
		return
	}
	if r == nil {
		return
	}
	s, ok := o.step(e, r, j)
	if !ok {
		return
	}
	s.at = time.Now()
	next, err := r.next(s)
	if err != nil {
		o.fault(r, err)
		o.postpone(e, time.Minute)
		return
	}
	o.write(e, next, at, "")
}

// write writes down a step that is no try.
func (o *Outbox) write(e *entry, next *Record, at Revision, actor string) {
	if next.State == Applied || next.Doubt {
		o.tellSettled(next)
	}
	ctx, done := context.WithTimeout(o.ctx, mostPut)
	defer done()
	written, _, err := o.put(ctx, next, at, true, actor)
	if err != nil {
		o.postpone(e, laterOn)
		return
	}
	o.settled(written)
}

// step returns what a chore makes of r; not ok: nothing.
func (o *Outbox) step(e *entry, r *Record, j job) (s step, ok bool) {
	now := time.Now()
	switch {
	case j == expire && r.State == Queued:
		end, over := o.end(r)
		switch {
		case !over || now.Before(end):
			return s, false
		case !r.Doubt:
			return step{to: Expired}, true
		case end.Equal(r.Write.Expires):
			return step{to: Unknown, reason: ReasonExhausted}, true
		}
		return step{to: Unknown, reason: ReasonWindow}, true
	case j == revoke && r.State == Queued && !r.Doubt:
		o.mu.Lock()
		defer o.mu.Unlock()
		ok = o.revoked[e.id]
		delete(o.revoked, e.id)
		return step{to: Cancelled, reason: ReasonRevoked}, ok
	case j == unsend && r.State == Sending:
		return step{to: unsent(r), reason: ReasonUnsent}, true
	case j == lose && r.State == Sending:
		if r.Write.Queue && r.open(now) {
			return step{to: Queued, doubt: true, reason: ReasonLost}, true
		}
		return step{to: Unknown, doubt: true, reason: ReasonLost}, true
	case j == look && r.State == Unknown:
		return o.look(e, r)
	}
	return s, false
}

// unsent is what r becomes, which was to be sent and was not.
func unsent(r *Record) State {
	switch {
	case r.Write.Queue:
		return Queued
	case r.Doubt:
		return Unknown
	}
	return Cancelled
}

const (
	firstLook = 10 * time.Second // after one that found nothing; that doubles up to mostLook
	mostLook  = 10 * time.Minute
	vainLooks = 3 // after which a person is told
)

// look asks whether r was made.
func (o *Outbox) look(e *entry, r *Record) (s step, ok bool) {
	tried, began := r.Last().At, time.Now()
	ctx, done := context.WithTimeout(o.ctx, r.Write.timeout())
	defer done()
	found, err := o.probe(ctx, r)
	o.mu.Lock()
	believed := e.heard.Add(r.Write.ProbeAfter) // by a clock that nobody sets
	o.mu.Unlock()
	if at := tried.Add(r.Write.ProbeAfter); believed.Before(at) {
		believed = at
	}
	switch {
	case found == WasMade:
		return step{to: Applied, reason: ReasonLooked}, true
	case found == WasNot && began.Before(believed):
		o.mu.Lock()
		e.later = believed
		o.mu.Unlock()
		return s, false
	case found == WasNot:
		s = step{to: Queued, notMade: true, reason: ReasonLooked}
		if !r.Write.Queue {
			s.to = Cancelled
		}
		return s, true
	}
	if err != nil {
		o.cfg.Log.Info("whether a write was made cannot be seen", "write", r.Write.ID, "error", err)
	}
	o.mu.Lock()
	e.looks++
	looks := e.looks
	e.later = began.Add(min(firstLook<<min(looks-1, 20), mostLook))
	o.mu.Unlock()
	if looks == vainLooks {
		o.alarm(Alarm{Kind: AlarmUnknown, Source: r.Write.Source, ID: r.Write.ID, Message: unknownMessage})
	}
	return s, false
}

// probe calls Config.Probe. A panic finds nothing.
func (o *Outbox) probe(ctx context.Context, r *Record) (found Found, err error) {
	defer func() {
		if value := recover(); value != nil {
			found, err = Nothing, fmt.Errorf("panic: %v", value)
		}
	}()
	return o.cfg.Probe(ctx, Look{Write: &r.Write, Key: r.key(), Attempt: r.Attempts, Sent: r.sent()})
}
