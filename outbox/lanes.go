package outbox

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// source is one source's part of the outbox. Guarded by Outbox.mu.
type source struct {
	name    string
	lanes   map[string]*lane
	ways    map[string]*way   // by connector: lanes whose first is to be tried
	chores  agenda[visit]     // lanes of whose first something else is to be done
	ends    agenda[*entry]    // writes whose time is over then
	trying  int               // tries under way that nobody waits for
	doing   int               // chores
	direct  map[string]*entry // by lane: who is on his way without having been queued
	hold    Hold
	resumed bool // although all sources are held
	rate    rate
	depths  depths
}

// way is one connector's part of a source: others of it may be well while it is not.
type way struct {
	connector string
	tries     agenda[visit]
	closed    time.Time // until when the gate is
}

func (s *source) way(connector string) *way {
	w := s.ways[connector]
	if w == nil {
		w = &way{connector: connector}
		s.ways[connector] = w
	}
	return w
}

// lane is what goes one after the other.
type lane struct {
	name    string
	source  *source
	entries []*entry // that are not over, in the order in which they were accepted
	onWay   []*entry // of those, that are being sent, or are about to be
	version int      // of what the agendas say of it
}

// first returns who is on his way, and else who was accepted first: that may be somebody who was dead meanwhile.
func (l *lane) first() *entry {
	if len(l.onWay) > 0 {
		return l.onWay[0]
	}
	return l.entries[0]
}

// mark says whether e is on its way.
func (l *lane) mark(e *entry, onWay bool) {
	i := slices.Index(l.onWay, e)
	switch {
	case onWay && i < 0:
		l.onWay = append(l.onWay, e)
	case !onWay && i >= 0:
		l.onWay = slices.Delete(l.onWay, i, i+1)
	}
}

// visit is a lane in an agenda; another version of it is in there, too, if something has changed since.
type visit struct {
	lane    *lane
	version int
}

func (o *Outbox) sourceOf(name string) *source {
	s := o.sources[name]
	if s == nil {
		s = &source{name: name, ways: map[string]*way{}, lanes: map[string]*lane{}, direct: map[string]*entry{}, hold: Hold{Source: name}, depths: depths{}}
		o.sources[name] = s
	}
	return s
}

// held returns why nothing is sent to s; "": something is.
func (o *Outbox) held(s *source) string {
	switch {
	case s.hold.On:
		return cmp.Or(s.hold.Reason, ReasonOperator)
	case !s.resumed:
		return o.heldAll()
	}
	return ""
}

// heldAll returns why nothing is sent to any source that nobody has resumed; "": something is. The caller holds mu.
func (o *Outbox) heldAll() string {
	switch {
	case len(o.audit.open) > 0:
		return string(AlarmDamaged)
	case len(o.audit.lost) > 0:
		return string(AlarmLost)
	case o.started:
		return ReasonStarted
	}
	return ""
}

// laneName is that of the lane of r; a write without one has its own.
func laneName(r *Record) string {
	if r.Write.Lane == "" || !r.Write.Queue {
		return string(r.Write.ID[:])
	}
	return "=" + r.Write.Lane
}

// place puts an entry where it belongs now that it has another record. The caller holds mu.
func (o *Outbox) place(e *entry) {
	if e.source == nil {
		e.source = o.sourceOf(e.record.Write.Source)
	}
	if !e.record.State.blocks() {
		o.unplace(e)
		return
	}
	if e.lane == nil {
		name := laneName(e.record)
		l := e.source.lanes[name]
		if l == nil {
			l = &lane{name: name, source: e.source}
			e.source.lanes[name] = l
		}
		i, _ := slices.BinarySearchFunc(l.entries, e, func(a, b *entry) int { return cmp.Compare(a.created, b.created) })
		l.entries = slices.Insert(l.entries, i, e)
		e.lane = l
	}
	e.lane.mark(e, e.record.State == Sending || e.flight != nil && e.flight.tries)
	if end, over := o.end(e.record); over && !end.Equal(e.ends) {
		e.ends = end
		at := end.Add(o.grace(e.record))
		if at.Before(e.later) {
			at = e.later
		}
		e.source.ends.add(at, e)
	}
	o.schedule(e.lane)
}

// unplace takes an entry out of its lane.
func (o *Outbox) unplace(e *entry) {
	l := e.lane
	if l == nil {
		return
	}
	e.lane = nil
	l.mark(e, false)
	if i := slices.Index(l.entries, e); i >= 0 {
		l.entries = slices.Delete(l.entries, i, i+1)
	}
	if len(l.entries) == 0 {
		delete(l.source.lanes, l.name)
		l.version++
		return
	}
	o.schedule(l)
}

// end is when what is queued is not sent any more; not over: never.
func (o *Outbox) end(r *Record) (end time.Time, over bool) {
	if r.State != Queued {
		return end, false
	}
	end = r.Write.Expires
	if r.Doubt {
		if window := r.FirstSent.Add(r.Write.Window); end.IsZero() || window.Before(end) {
			end = window
		}
	}
	return end, !end.IsZero()
}

// over reports whether r is queued and not sent any more.
func (o *Outbox) over(r *Record) bool {
	end, over := o.end(r)
	return over && !time.Now().Before(end)
}

// mine reports whether nobody else is to do what is due about r. Where nobody else can, everything is.
func (o *Outbox) mine(r *Record) bool { return o.writers[r.Last().By] || !o.shared }

// grace is how much later than others this outbox does what is due about r.
func (o *Outbox) grace(r *Record) time.Duration {
	if o.mine(r) {
		return 0
	}
	return o.cfg.Grace
}

// schedule puts a lane into the agenda in which its first belongs. The caller holds mu.
func (o *Outbox) schedule(l *lane) {
	l.version++
	if len(l.entries) == 0 {
		return
	}
	switch job, at := o.plan(l.first()); job {
	case idle:
		return
	case try:
		l.source.way(l.first().record.Write.Connector).tries.add(at, visit{l, l.version})
	default:
		l.source.chores.add(at, visit{l, l.version})
	}
	o.poke()
}

// job is what is to be done about the first of a lane.
type job uint8

const (
	idle   job = iota
	try        // send it
	look       // see whether it was made
	unsend     // say that we did not send it after all
	lose       // say that who sent it is gone
	revoke     // cancel it, as its caller was told
	expire     // its time is over
)

// plan returns what is to be done about e, and when. The caller holds mu.
func (o *Outbox) plan(e *entry) (job, time.Time) {
	job, at := o.wanted(e)
	if at.Before(e.later) {
		at = e.later
	}
	return job, at
}

// wanted is plan but for what failed a moment ago.
func (o *Outbox) wanted(e *entry) (job, time.Time) {
	r := e.record
	if e.flight != nil {
		return idle, time.Time{}
	}
	grace := o.grace(r)
	if e.urgent {
		grace = 0
	}
	switch r.State {
	case Queued:
		switch {
		case o.revoked[e.id]:
			return revoke, time.Time{}
		case o.cfg.Send == nil || o.over(r): // that is in another agenda
			return idle, time.Time{}
		case e.urgent:
			return try, time.Time{}
		}
		return try, e.next().Add(grace)
	case Sending:
		switch {
		case o.doubted[r.Last().stamp()]:
			return unsend, time.Time{}
		case o.mine(r):
			return lose, time.Time{}
		}
		return lose, e.heard.Add(r.Write.timeout() + grace)
	case Unknown:
		if r.Write.Probe && o.cfg.Probe != nil {
			return look, e.next().Add(grace)
		}
	}
	return idle, time.Time{}
}

// foremost reports whether nobody is before e in its lane. The caller holds mu.
func (o *Outbox) foremost(e *entry) bool {
	if e.lane == nil || e.lane.first() != e {
		return false
	}
	direct := e.source.direct[e.lane.name]
	return direct == nil || direct == e
}

// reserve has e be the only one of its lane that is on its way, if nobody is before it. The caller holds mu.
func (o *Outbox) reserve(e *entry, s *source, name string) bool {
	if s.lanes[name] != nil || s.direct[name] != nil {
		return false
	}
	s.direct[name] = e
	e.source, e.reserved = s, name
	return true
}

func (o *Outbox) unreserve(e *entry) {
	if e.reserved == "" {
		return
	}
	delete(e.source.direct, e.reserved)
	if l := e.source.lanes[e.reserved]; l != nil {
		o.schedule(l)
	}
	e.reserved = ""
}

// known reports whether all that was accepted before e is known: others may have accepted something of its lane.
func (o *Outbox) known(e *entry) bool {
	return !o.shared || e.record.Write.Lane == "" || o.upTo >= e.created
}

// rate is how many writes end in a second, of late.
type rate struct {
	perSecond float64
	at        time.Time
}

const rateOver = 30 * time.Second

func (r *rate) count(now time.Time) {
	r.decay(now)
	r.perSecond += 1 / rateOver.Seconds()
}

func (r *rate) decay(now time.Time) {
	if !r.at.IsZero() {
		r.perSecond *= math.Exp(-now.Sub(r.at).Seconds() / rateOver.Seconds())
	}
	r.at = now
}
