package outbox

import (
	"cmp"
	"context"
	"sync"
	"time"
)

const (
	mostChores = 16                    // of one source at once
	soon       = 50 * time.Millisecond // when something is looked at again that will not be long
	laterOn    = time.Second           // after something that failed
	mostPut    = 10 * time.Second      // for which a step is tried to be written down before it is given up
)

// flight is what is done about a write here and now.
type flight struct {
	write    *Write // as it is being accepted; nil: it was before
	answered chan struct{}
	once     sync.Once
	tries    bool // it is sent, or about to be; guarded by Outbox.mu

	// What follows may be read once answered is closed.
	record *Record // what is known of it; nil: look
	result Result
	err    error // it was not accepted
}

func newFlight(w *Write) *flight { return &flight{write: w, answered: make(chan struct{})} }

func (f *flight) answer() { f.once.Do(func() { close(f.answered) }) }

// begin has f done about e, in a goroutine. The caller holds mu, and nothing else is done about e. It is not ok if the
// outbox is closed.
func (o *Outbox) begin(e *entry, f *flight, do func()) (ok bool) {
	if o.live.Err() != nil {
		return false
	}
	e.flight = f
	o.running.Go(func() {
		defer o.land(e, f)
		do()
	})
	return true
}

// land ends f.
func (o *Outbox) land(e *entry, f *flight) {
	o.mu.Lock()
	defer o.mu.Unlock()
	e.flight = nil
	e.urgent = false
	if e.record == nil && o.index[e.id] == e {
		delete(o.index, e.id)
	}
	o.unreserve(e)
	e.change()
	if e.lane != nil {
		o.place(e)
	}
	f.answer()
	o.poke()
}

// dispatch does what is due.
func (o *Outbox) dispatch() {
	select {
	case <-o.ready:
	case <-o.live.Done():
		return
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-o.live.Done():
			return
		case <-o.wake:
		case <-timer.C:
		}
		timer.Reset(o.round())
	}
}

// round begins what is due, and returns when to look again if nothing happens until then.
func (o *Outbox) round() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	next := now.Add(longestWait)
	if o.refused != nil {
		return longestWait
	}
	for _, s := range o.sources {
		o.expireDue(s, now)
		o.choresDue(s, now)
		for _, w := range s.ways {
			o.triesDue(s, w, now)
		}
		if s.doing < mostChores {
			next = s.ends.next(s.chores.next(next, now), now)
		}
		if s.trying < o.cfg.Concurrency && o.held(s) == "" {
			for _, w := range s.ways {
				next = w.tries.next(next, w.closed)
			}
		}
	}
	return max(time.Millisecond, next.Sub(now))
}

func (o *Outbox) expireDue(s *source, now time.Time) {
	for s.doing < mostChores {
		e, ok := s.ends.due(now)
		if !ok {
			return
		}
		e.ends = time.Time{}
		end, over := o.end(e.record)
		switch {
		case !over || o.index[e.id] != e:
		case end.Add(o.grace(e.record)).After(now):
			e.ends = end
			s.ends.add(end.Add(o.grace(e.record)), e)
		case e.flight != nil: // it is looked at again when that has landed
		default:
			o.chore(e, expire)
		}
	}
}

func (o *Outbox) choresDue(s *source, now time.Time) {
	for s.doing < mostChores {
		v, ok := s.chores.due(now)
		if !ok {
			return
		}
		if v.version != v.lane.version {
			continue
		}
		e := v.lane.first()
		switch job, at := o.plan(e); {
		case job == idle:
		case at.After(now):
			s.chores.add(at, v)
		default:
			o.chore(e, job)
		}
	}
}

func (o *Outbox) triesDue(s *source, w *way, now time.Time) {
	for s.trying < o.cfg.Concurrency && o.held(s) == "" && !now.Before(w.closed) {
		v, ok := w.tries.due(now)
		if !ok {
			return
		}
		if v.version != v.lane.version {
			continue
		}
		e := v.lane.first()
		switch {
		case !o.foremost(e): // it is looked at again when who is before it has landed
		case !o.known(e):
			w.tries.add(now.Add(soon), v)
		default:
			if wait := o.turn(&e.record.Write, false); wait > 0 {
				w.closed = now.Add(wait)
				w.tries.add(now, v)
				return
			}
			o.tryNow(e)
		}
	}
}

func (o *Outbox) turn(w *Write, direct bool) time.Duration {
	if o.cfg.Gate == nil {
		return 0
	}
	return o.cfg.Gate.Turn(w.Source, w.Connector, direct)
}

// takeOff has what f does about e be a try. The caller holds mu.
func (e *entry) takeOff(f *flight) {
	f.tries = true
	e.lane.mark(e, true)
}

// chore has something done about e that is no try. The caller holds mu.
func (o *Outbox) chore(e *entry, j job) {
	s := e.source
	s.doing++
	f := newFlight(nil)
	if !o.begin(e, f, func() {
		o.do(e, j)
		o.mu.Lock()
		s.doing--
		o.mu.Unlock()
	}) {
		s.doing--
	}
}

// tryNow has e tried. The caller holds mu.
func (o *Outbox) tryNow(e *entry) {
	s := e.source
	s.trying++
	f := newFlight(nil)
	if !o.begin(e, f, func() {
		o.tryQueued(o.ctx, e, f)
		o.mu.Lock()
		s.trying--
		o.mu.Unlock()
	}) {
		s.trying--
		return
	}
	e.takeOff(f)
}

// load returns what the journal has of e now. It is nil where there is nothing, or nothing that can be read.
func (o *Outbox) load(ctx context.Context, id ID) (*Record, Revision, error) {
	all, err := o.journal.Load(ctx, []ID{id})
	if err != nil {
		return nil, 0, &Error{Kind: Unavailable, ID: id, Err: err}
	}
	k := all[0]
	if k.Revision == 0 {
		o.mu.Lock()
		defer o.mu.Unlock()
		if e := o.index[id]; e != nil && e.record != nil {
			o.forget(e)
		}
		o.audit.gone(id)
		return nil, 0, nil
	}
	r, err := Decode(k.Record)
	if err != nil || r.Write.ID != id {
		o.decode(id, k, false)
		return nil, k.Revision, &Error{Kind: Unavailable, ID: id, Err: cmp.Or(err, ErrDamaged)}
	}
	o.hear(r, k.Revision, false)
	return r, k.Revision, nil
}
