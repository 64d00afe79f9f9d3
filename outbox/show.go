package outbox

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"
)

// Show returns a write with everything that is kept of it.
func (o *Outbox) Show(ctx context.Context, id ID) (*Record, error) {
	if err := o.awaitSoon(ctx); err != nil {
		return nil, err
	}
	r, _, err := o.load(ctx, id)
	if err == nil && r == nil {
		err = &Error{Kind: NotFound, ID: id}
	}
	return r, err
}

// Find is [Outbox.Show] for who knows the public id. To who does not, there is no such write.
func (o *Outbox) Find(ctx context.Context, public string) (*Record, error) {
	id, token, err := ParsePublicID(public)
	if err != nil {
		return nil, &Error{Kind: NotFound, Err: err}
	}
	r, err := o.Show(ctx, id)
	if err != nil {
		return nil, err
	}
	if !r.Write.Token.Equal(token) {
		return nil, &Error{Kind: NotFound}
	}
	return r, nil
}

// Shown returns the state of r as people see it: held, if it is queued at a source that is.
func (o *Outbox) Shown(r *Record) State {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.shown(r)
}

func (o *Outbox) shown(r *Record) State {
	if s := o.sources[r.Write.Source]; r.State == Queued && s != nil && o.held(s) != "" {
		return Held
	}
	return r.State
}

// Filter says which writes are listed. The zero value lists all.
type Filter struct {
	Source string    // "": of all
	Field  string    // "": of any
	State  State     // as people see it; "": in any
	Lane   string    // "": in any, or none
	Before time.Time // accepted before; zero: whenever
	Limit  int       // 0: all
}

// Ready returns once all that there was is known, and can be listed; or an *[Error] when ctx ends before, or the journal
// is refused.
func (o *Outbox) Ready(ctx context.Context) error { return o.await(ctx) }

// List returns what is known of writes without asking the journal, in the order in which they were accepted: without
// arguments, requests and outcomes, and with the last transition only.
func (o *Outbox) List(f Filter) []*Record {
	o.mu.Lock()
	defer o.mu.Unlock()
	var found []*entry
	for _, e := range o.index {
		if e.record != nil && o.fits(e.record, f) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *entry) int { return cmp.Compare(a.created(), b.created()) })
	if f.Limit > 0 && len(found) > f.Limit {
		found = found[:f.Limit]
	}
	records := make([]*Record, len(found))
	for i, e := range found {
		r := *e.record
		r.State = o.shown(&r)
		records[i] = &r
	}
	return records
}

func (o *Outbox) fits(r *Record, f Filter) bool {
	return (f.Source == "" || f.Source == r.Write.Source) &&
		(f.Field == "" || f.Field == r.Write.Field) &&
		(f.Lane == "" || f.Lane == r.Write.Lane) &&
		(f.Before.IsZero() || r.Write.Accepted.Before(f.Before)) &&
		(f.State == "" || f.State == o.shown(r))
}

// SourceState is how one source's part of the outbox is.
type SourceState struct {
	Source string          `json:"source"`
	States map[State]Depth `json:"states"`
	Held   string          `json:"held,omitempty"` // why nothing is sent to it
	Since  time.Time       `json:"heldSince,omitzero"`
	Empty  time.Time       `json:"empty,omitzero"` // when nothing is queued any more, if it goes on as of late; zero: nobody knows
}

// Depth is how many writes are in a state.
type Depth struct {
	Writes int       `json:"writes"`
	Oldest time.Time `json:"oldest,omitzero"` // when the oldest of them was accepted
}

func (d *Depth) add(at time.Time) {
	if d.Writes++; d.Oldest.IsZero() || at.Before(d.Oldest) {
		d.Oldest = at
	}
}

// Status is how an outbox is.
type Status struct {
	Journal JournalState `json:"journal"`
	Refuses string       `json:"refuses,omitempty"` // why nothing is accepted
	Known   bool         `json:"known"`             // all that was accepted before is
	// TurnedAway is how many were not accepted since this outbox was made, but for those whose key was used before.
	TurnedAway uint64        `json:"turnedAway"`
	Unsettled  Depth         `json:"unsettled"` // of all sources: what is not over, or waits for a person
	Sources    []SourceState `json:"sources"`   // by name
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

// Status waits for nothing, and goes through all that is kept.
func (o *Outbox) Status() Status {
	all := Status{Journal: o.journal.State(), Refuses: o.Refuses(), TurnedAway: o.turnedAway.Load(), Sources: []SourceState{}}
	o.mu.Lock()
	defer o.mu.Unlock()
	all.Known = o.current
	depths := map[string]map[State]Depth{}
	for _, e := range o.index {
		if e.record == nil {
			continue
		}
		states := depths[e.record.Write.Source]
		if states == nil {
			states = map[State]Depth{}
			depths[e.record.Write.Source] = states
		}
		state, at := o.shown(e.record), e.record.Write.Accepted
		d := states[state]
		d.add(at)
		states[state] = d
		if !state.Settled() {
			all.Unsettled.add(at)
		}
	}
	now := time.Now()
	for _, name := range slices.Sorted(maps.Keys(o.sources)) {
		s := o.sources[name]
		held := o.held(s)
		state := SourceState{Source: name, States: depths[name], Held: held, Empty: s.empty(depths[name][Queued].Writes, now)}
		if held != "" {
			state.Since = s.hold.Since
		}
		all.Sources = append(all.Sources, state)
	}
	return all
}

// ETA returns when r is made if its source goes on as it did of late; zero: nobody knows.
func (o *Outbox) ETA(r *Record) time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.sources[r.Write.Source]
	if r.State != Queued || s == nil || o.held(s) != "" {
		return time.Time{}
	}
	before := 1
	for _, l := range s.lanes {
		for _, e := range l.entries {
			if e.record.State == Queued && e.record.Write.Accepted.Before(r.Write.Accepted) {
				before++
			}
		}
	}
	return s.empty(before, time.Now())
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
