package outbox

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Status is how an outbox is.
type Status struct {
	Journal JournalState `json:"journal"`
	Refuses string       `json:"refuses,omitempty"` // why nothing is accepted
	Known   bool         `json:"known"`             // all that was accepted before is
	// TurnedAway is how many were not accepted since this outbox was made, but for those whose key was used before.
	TurnedAway uint64 `json:"turnedAway"`
	Unsettled  Depth  `json:"unsettled"` // of all sources: what is not over, or waits for a person

	Held    string        `json:"held,omitempty"`    // why nothing is sent to any source that nobody has resumed, as one word
	HeldWhy string        `json:"heldWhy,omitempty"` // the same for people
	Damaged []string      `json:"damaged,omitempty"` // names of records that cannot be read, and no person knows it
	Lost    uint64        `json:"lost,omitempty"`    // records that are missing, and no person knows it
	Sources []SourceState `json:"sources"`           // by name
}

// SourceState is how one source's part of the outbox is.
type SourceState struct {
	Source string          `json:"source"`
	States map[State]Depth `json:"states"`         // as people see them
	Held   string          `json:"held,omitempty"` // why nothing is sent to it, as one word
	Since  time.Time       `json:"heldSince,omitzero"`
	By     string          `json:"heldBy,omitempty"` // who wants that; "": the outbox itself
	Empty  time.Time       `json:"empty,omitzero"`   // when nothing is queued any more, if it goes on as of late; zero: nobody knows
}

// mostNamed is how many damaged records a [Status] names.
const mostNamed = 100

// Status waits for nothing, and takes as long however much is kept.
func (o *Outbox) Status() Status {
	all := Status{Journal: o.journal.State(), Refuses: o.Refuses(), TurnedAway: o.turnedAway.Load(), Sources: []SourceState{}}
	o.mu.Lock()
	defer o.mu.Unlock()
	all.Known, all.Lost = o.current, o.audit.lost.count()
	all.Held, all.HeldWhy = o.heldAll(), o.heldWhy()
	for id := range o.audit.open {
		all.Damaged = append(all.Damaged, id.String())
	}
	slices.Sort(all.Damaged)
	all.Damaged = all.Damaged[:min(len(all.Damaged), mostNamed)]
	now := time.Now()
	for _, name := range slices.Sorted(maps.Keys(o.sources)) {
		s := o.sources[name].state(o, now)
		for state, depth := range s.States {
			if !state.Settled() {
				all.Unsettled.add(depth)
			}
		}
		all.Sources = append(all.Sources, s)
	}
	return all
}

// Source returns how one source's part is; all zero but its name if nothing of it is known. It waits for nothing.
func (o *Outbox) Source(name string) SourceState {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.sources[name]; s != nil {
		return s.state(o, time.Now())
	}
	return SourceState{Source: name, States: map[State]Depth{}, Held: o.heldAll()}
}

// state is how s is. The caller holds mu.
func (s *source) state(o *Outbox, now time.Time) SourceState {
	state := SourceState{Source: s.name, States: map[State]Depth{}, Held: o.held(s)}
	for is := range s.depths {
		if d := s.depths.of(is); d.Writes > 0 {
			state.States[o.seen(s, is)] = d
		}
	}
	if s.hold.On {
		state.Since, state.By = s.hold.Since, s.hold.By
	}
	if state.Held == "" {
		state.Empty = s.empty(state.States[Queued].Writes, now)
	}
	return state
}

// Stopped returns why a person has to do something before all goes on as usual, for people; "": nobody has to. It waits
// for nothing.
func (o *Outbox) Stopped() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.heldWhy()
}

// heldWhy is heldAll for people. The caller holds mu.
func (o *Outbox) heldWhy() string {
	switch o.heldAll() {
	case string(AlarmDamaged):
		return fmt.Sprintf("records cannot be read (%d): something may have been sent, or accepted, of which nothing is known", len(o.audit.open))
	case string(AlarmLost):
		return lostMessage(o.audit.lost.count())
	case ReasonStarted:
		return "it was started so"
	}
	return ""
}

// Refuses returns why nothing is accepted until a person does something; "": that is not so. It waits for nothing.
func (o *Outbox) Refuses() string {
	if j := o.journal.State(); j.Condition == JournalRefused {
		return j.Reason
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refused != nil {
		return o.refused.Error()
	}
	return ""
}

// ETA returns when r is made if its source goes on as it did of late; zero: nobody knows. It goes through all that is
// queued at that source.
func (o *Outbox) ETA(r *Record) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.sources[r.Write.Source]
	if r.State != Queued || s == nil || o.held(s) != "" {
		return time.Time{}
	}
	before := 1
	if queued := s.depths[Queued]; queued != nil {
		for _, e := range *queued {
			if e.record.Write.Accepted.Before(r.Write.Accepted) {
				before++
			}
		}
	}
	return s.empty(before, time.Now())
}

// NextLook returns when [Config.Probe] looks next whether r was made; zero: it does not, or it is looking.
func (o *Outbox) NextLook(r *Record) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	e := o.index[r.Write.ID]
	if e == nil || e.record == nil {
		return time.Time{}
	}
	j, at := o.wanted(e)
	switch {
	case j != look:
		return time.Time{}
	case at.Before(e.later):
		return e.later
	case at.IsZero():
		return time.Now()
	}
	return at
}

// empty returns when as many writes are over.
func (s *source) empty(writes int, now time.Time) time.Time {
	s.rate.decay(now)
	if writes == 0 || s.rate.perSecond < 0.001 {
		return time.Time{}
	}
	begin := now
	for _, w := range s.ways {
		if w.closed.After(begin) {
			begin = w.closed
		}
	}
	return begin.Add(time.Duration(float64(writes) / s.rate.perSecond * float64(time.Second)))
}
