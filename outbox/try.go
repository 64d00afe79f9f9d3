package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// tryQueued tries what is queued, if it still may be.
func (o *Outbox) tryQueued(ctx context.Context, e *entry, f *flight) {
	r, at, err := o.load(ctx, e.id)
	if err != nil || r == nil {
		o.postpone(e, laterOn)
		return
	}
	f.record = r
	if r.State != Queued || o.over(r) {
		return // the end of its time is in an agenda
	}
	o.try(ctx, f, e, r, at, o.cfg.Send, false)
}

// postpone has nothing done about e for a while.
func (o *Outbox) postpone(e *entry, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e.later = time.Now().Add(wait)
}

// try makes a try of r, which is at that revision, and writes down first that it does.
func (o *Outbox) try(ctx context.Context, f *flight, e *entry, r *Record, at Revision, send Send, direct bool) {
	sending, err := r.next(step{to: Sending, at: time.Now()})
	if err != nil {
		o.fault(r, err)
		return
	}
	putting, done := context.WithTimeout(ctx, mostPut)
	defer done()
	sending, at, err = o.put(putting, sending, at, false, "")
	if err != nil {
		if !errors.Is(err, ErrConflict) {
			o.postpone(e, laterOn)
		}
		return
	}
	o.sent(ctx, f, sending, at, send, direct)
}

// fault says that we wanted what must not be.
func (o *Outbox) fault(r *Record, err error) {
	o.cfg.Log.Error("a step of a write that may not be taken", "write", r.Write.ID, "error", err)
}

// settleTime is how long who waits for a try waits until it is written down what came of it.
const settleTime = 2 * time.Second

// sent sends r, which is written down as being sent, and writes down what came of it.
func (o *Outbox) sent(ctx context.Context, f *flight, r *Record, at Revision, send Send, direct bool) {
	f.result = o.send(ctx, r, send, direct)
	next, err := o.conclude(r, f.result, time.Now())
	if err != nil {
		o.fault(r, err)
		return
	}
	f.record = next
	o.settle(f, next, at, "")
	if f.result.Verdict == Credential {
		o.refusedCredential(next)
	}
}

func (o *Outbox) send(ctx context.Context, r *Record, send Send, direct bool) (res Result) {
	timeout := r.Write.timeout()
	ctx, done := context.WithTimeout(ctx, timeout)
	defer done()
	defer func() {
		if value := recover(); value != nil {
			o.cfg.Log.Error("sending a write panicked", "write", r.Write.ID, "panic", value, "stack", string(debug.Stack()))
			res = Result{Reason: ReasonPanic, Message: "our own code failed while it was sent", Err: fmt.Errorf("panic: %v", value)}
		}
	}()
	return send(ctx, Attempt{Write: &r.Write, Request: r.request(), Number: r.Attempts, First: r.FirstSent, Direct: direct})
}

// conclude returns what becomes of r, which was sent.
func (o *Outbox) conclude(r *Record, res Result, now time.Time) (*Record, error) {
	s := step{at: now, doubt: res.Verdict == Unclear, reason: res.Reason, message: res.Message}
	stuck := r.Stuck || repeats(r, res)
	resend := r.Write.Queue && !stuck && r.open(now) && (r.Write.Expires.IsZero() || now.Before(r.Write.Expires))
	switch {
	case res.Verdict == Made:
		s.to = Applied
	case res.Verdict == No:
		s.to = Refused
	case (r.Doubt || s.doubt) && (!resend || res.Verdict == Broken):
		s.to = Unknown
	case r.Doubt || s.doubt:
		s.to = Queued
	case !r.Write.Queue:
		s.to = Cancelled
	case res.Verdict == Broken:
		s.to = Dead
	default:
		s.to = Queued
	}
	n, err := r.next(s)
	if err != nil {
		return nil, err
	}
	n.Stuck = n.Doubt && stuck
	if s.to == Queued {
		n.NextTry = now.Add(max(res.RetryAfter, o.backoff(n.Attempts)))
	}
	if res.Outcome != nil || s.to == Applied {
		n.Outcome = res.Outcome
	}
	o.fit(n)
	return n, nil
}

// repeats reports whether the source, or our own code, did the same once more: it will until a person has looked.
func repeats(r *Record, res Result) bool {
	if res.Verdict != Unclear || !r.Doubt {
		return false
	}
	before, now := r.Outcome, res.Outcome
	if now == nil {
		before := r.History[max(0, len(r.History)-2)]
		return res.Reason == ReasonPanic && before.Reason == ReasonPanic
	}
	return before != nil && now.Status == 500 && before.Status == 500 && bytes.Equal(before.Body, now.Body)
}

// backoff is how long after that many tries the next is made: a wait that doubles, of which half is by chance.
func (o *Outbox) backoff(tries int) time.Duration {
	const first, most = time.Second, 20
	wait := min(first<<min(tries-1, most), o.cfg.MaxBackoff)
	return wait/2 + rand.N(wait/2+1) //nolint:gosec // not a secret
}

// fit drops of an answer what is too large to be kept.
func (o *Outbox) fit(r *Record) {
	const small = 4 << 10 // bytes, which fit beside any write
	if r.Outcome != nil && r.Outcome.size() > small && len(Encode(r)) > o.cfg.MaxRecord {
		*r = *r.without()
	}
}

// settle writes down next over the revision at, however long it takes. Who waits for f has his answer when it is
// written down, or soon.
func (o *Outbox) settle(f *flight, next *Record, at Revision, actor string) {
	soon := time.AfterFunc(settleTime, f.answer)
	defer soon.Stop()
	if next.State == Applied || next.State == Refused || next.Doubt {
		o.tellSettled(next)
	}
	for {
		written, _, err := o.put(o.ctx, next, at, true, actor)
		if err == nil {
			o.settled(written)
			return
		}
		switch {
		case errors.Is(err, ErrTooLarge) && next.Outcome != nil:
			next = next.without()
			continue
		case !errors.Is(err, ErrConflict):
			return // the outbox was closed, and what is written down says that it was sent
		}
		there, revision, err := o.load(o.ctx, next.Write.ID)
		if err != nil {
			pause(o.ctx, laterOn)
			continue
		}
		if there == nil || !supersedes(next, there) {
			return
		}
		// somebody took this outbox for gone
		again, err := there.next(step{to: next.State, at: next.Last().At, reason: next.Last().Reason, message: next.Last().Message})
		if err != nil {
			return
		}
		again.Outcome = next.Outcome
		next, at = again, revision
	}
}

// tellSettled calls Config.Settled. A panic is logged.
func (o *Outbox) tellSettled(r *Record) {
	defer func() {
		if value := recover(); value != nil {
			o.cfg.Log.Error("what a write has changed is not known, for that panicked", "write", r.Write.ID, "panic", value, "stack", string(debug.Stack()))
		}
	}()
	o.cfg.Settled(o.ctx, r)
}

// supersedes reports whether what came of a try says more than what is there, written by somebody who did not know it.
func supersedes(r, there *Record) bool {
	switch {
	case there.State.Settled():
		return false
	case r.State == Applied:
		return true
	}
	return r.State == Refused && there.Attempts == r.Attempts && there.State != Sending
}

// settled says what a person has to know of r.
func (o *Outbox) settled(r *Record) {
	switch r.State {
	case Unknown:
		if !r.Write.Probe || o.cfg.Probe == nil {
			o.alarm(Alarm{Kind: AlarmUnknown, Source: r.Write.Source, ID: r.Write.ID, Message: unknownMessage})
		}
	case Dead:
		o.alarm(Alarm{Kind: AlarmDead, Source: r.Write.Source, ID: r.Write.ID, Message: "it cannot be sent: " + r.Last().Message})
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.State.Settled() && r.Write.Queue {
		o.sourceOf(r.Write.Source).rate.count(time.Now())
	}
}

const unknownMessage = "nobody knows whether it was made: look at the source, and say so"

// refusedCredential holds a source that does not take our credential.
func (o *Outbox) refusedCredential(r *Record) {
	if !r.Write.Queue {
		return
	}
	source := r.Write.Source
	ctx, done := context.WithTimeout(o.ctx, mostPut)
	defer done()
	first, err := o.setHold(ctx, Hold{Source: source, On: true, Reason: ReasonCredential})
	if err != nil {
		o.cfg.Log.Error("a source that does not take our credential cannot be held", "source", source, "error", err)
	}
	if first || err != nil {
		o.alarm(Alarm{Kind: AlarmCredential, Source: source, Message: "the source does not take our credential; nothing is sent to it until somebody resumes"})
	}
}
