package outbox

import (
	"cmp"
	"errors"
	"fmt"
	"time"
	"unique"
)

// entry is what is known of a write in memory: its newest record, without what was sent and answered. Guarded by
// Outbox.mu.
type entry struct {
	id       ID
	record   *Record // nil: it is being accepted
	revision Revision
	created  Revision  // that of the first record, which orders lanes
	heard    time.Time // when the record was
	flight   *flight   // what is done about it here; nil: nothing
	watch    chan struct{}
	urgent   bool      // somebody wants it tried now
	later    time.Time // before which nothing is done about it here
	looks    int       // in vain, for whether it was made
	ends     time.Time // when its time is over, as the agenda has it

	source   *source
	lane     *lane  // nil: it holds up nobody
	reserved string // the lane in which nobody else is begun meanwhile; "": none

	depth *ages // where it is counted; nil: nowhere
	rank  int   // in there
}

// next is when it is tried next. The wait is that which was meant, also if a clock was set back since.
func (e *entry) next() time.Time {
	at := e.record.NextTry
	if most := e.heard.Add(at.Sub(e.record.Last().At)); most.Before(at) {
		return most
	}
	return at
}

// changed is closed when the entry's record is another, or nothing is done about it any more.
func (e *entry) changed() <-chan struct{} {
	if e.watch == nil {
		e.watch = make(chan struct{})
	}
	return e.watch
}

func (e *entry) change() {
	if e.watch != nil {
		close(e.watch)
		e.watch = nil
	}
}

// slim returns r without what takes much room; what many have in common it has once.
func slim(r *Record) *Record {
	s, last := *r, r.Last()
	s.Write.Args, s.Outcome, s.Numbers = nil, nil, nil
	s.Write.Request = Request{VendorKey: r.Write.Request.VendorKey}
	if r.State.Settled() {
		s.Write.Request.VendorKey = ""
	}
	last.Reason, last.Actor = unique.Make(last.Reason).Value(), unique.Make(last.Actor).Value()
	for _, text := range [...]*string{&s.Write.Field, &s.Write.Connector, &s.Write.Source, &s.Write.Namespace} {
		*text = unique.Make(*text).Value()
	}
	s.State = unique.Make(s.State).Value()
	last.State = s.State
	s.History = []Transition{last}
	return &s
}

// told takes in what the journal tells.
func (o *Outbox) told(t Told) {
	if t.Revision != 0 {
		o.decode(t.ID, t.Kept, true)
	}
	if !t.Current {
		return
	}
	o.mu.Lock()
	first := !o.current
	o.current, o.upTo = true, max(o.upTo, t.Up)
	close(o.moved)
	o.moved = make(chan struct{})
	if errors.Is(o.refused, ErrDamaged) {
		o.refused = nil // it can be followed again
		o.poke()
	}
	var alarms []Alarm
	if o.refused == nil {
		if lost := o.audit.check(o.ledger); lost != "" {
			alarms = append(alarms, Alarm{Kind: AlarmLost, Message: lost})
		}
	}
	if first {
		for id := range o.audit.open { // the ledger has said of what a person knows
			alarms = append(alarms, damagedAlarm(id))
		}
	}
	o.mu.Unlock()
	for _, a := range alarms {
		o.damaged(a)
	}
	if first {
		close(o.ready)
		o.poke()
	}
}

// decode takes in what the journal has. Followed is what it told by itself, in order.
func (o *Outbox) decode(id ID, k Kept, followed bool) {
	switch id {
	case ledgerID:
		o.hearLedger(k, followed)
		return
	}
	if isHold(k.Record) {
		o.hearHold(id, k)
		return
	}
	r, err := Decode(k.Record)
	switch {
	case errors.Is(err, ErrNewer):
		o.refuse(fmt.Errorf("write %s: %w", id, err))
	case err != nil:
		o.unreadable(id, k.Revision, err)
	case r.Write.ID != id:
		o.unreadable(id, k.Revision, fmt.Errorf("it is write %s: %w", r.Write.ID, ErrDamaged))
	default:
		o.hear(r, k.Revision, followed)
	}
}

// unreadable says that what is kept of a write cannot be read.
func (o *Outbox) unreadable(id ID, at Revision, err error) {
	o.mu.Lock()
	news, current := o.audit.unreadable(id, at, o.ledger), o.current
	o.mu.Unlock()
	if !news {
		return
	}
	o.cfg.Log.Error("a record cannot be read", "write", id, "error", err)
	if current {
		o.damaged(damagedAlarm(id))
	}
}

func damagedAlarm(id ID) Alarm {
	return Alarm{Kind: AlarmDamaged, ID: id, Message: "the record cannot be read: something may have been sent, or accepted, of which nothing is known"}
}

// damaged holds everything: what was lost may be that something has been sent.
func (o *Outbox) damaged(a Alarm) {
	o.mu.Lock()
	for _, s := range o.sources {
		s.resumed = false
	}
	o.mu.Unlock()
	o.alarm(a)
}

// hear takes in a record.
func (o *Outbox) hear(r *Record, at Revision, followed bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.audit.hear(r, followed)
	if at > o.audit.damaged[r.Write.ID] {
		o.audit.gone(r.Write.ID)
	}
	e := o.index[r.Write.ID]
	if e == nil {
		e = &entry{id: r.Write.ID}
		o.index[r.Write.ID] = e
	}
	if at <= e.revision {
		return
	}
	if e.record == nil || e.record.State != r.State {
		e.looks = 0
	}
	e.record, e.revision, e.heard, e.later = slim(r), at, time.Now(), time.Time{}
	if r.State.Settled() {
		delete(o.revoked, e.id)
	}
	e.created = cmp.Or(r.Created, at)
	e.change()
	o.place(e)
	e.source.depths.count(e)
	o.poke()
}

// forget drops what is not in the journal any more. The caller holds mu.
func (o *Outbox) forget(e *entry) {
	delete(o.index, e.id)
	o.unplace(e)
	e.discount()
	e.change()
}
