package outbox

import (
	"cmp"
	"context"
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

// ShowAll is [Outbox.Show] of many at once, in the order of ids: those that are there, and can be read.
func (o *Outbox) ShowAll(ctx context.Context, ids []ID) ([]*Record, error) {
	if err := o.awaitSoon(ctx); err != nil {
		return nil, err
	}
	kept, err := o.journal.Load(ctx, ids)
	if err != nil {
		return nil, &Error{Kind: Unavailable, Err: err}
	}
	var all []*Record
	for i, k := range kept {
		if r, err := Decode(k.Record); err == nil && r.Write.ID == ids[i] {
			all = append(all, r)
		}
	}
	return all, nil
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

func (o *Outbox) shown(r *Record) State { return o.seen(o.sources[r.Write.Source], r.State) }

// seen is a state of writes of s, which may be nil, as people see it.
func (o *Outbox) seen(s *source, is State) State {
	if is == Queued && s != nil && o.held(s) != "" {
		return Held
	}
	return is
}

// Filter says which writes are listed. The zero value lists all.
type Filter struct {
	Source string    // "": of all
	Field  string    // "": of any
	States []State   // as people see them; none: in any
	Lane   string    // "": in any, or none
	Before time.Time // accepted before; zero: whenever
	After  Revision  // behind it in the list, as Created of what was listed says; 0: all
	Newest bool      // the list begins with the newest
	Limit  int       // 0: all
}

// order compares what stands first in a list.
func (f *Filter) order(a, b Revision) int {
	if f.Newest {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// Ready returns once all that there was is known, and can be listed; or an *[Error] when ctx ends before, or the journal
// is refused.
func (o *Outbox) Ready(ctx context.Context) error { return o.await(ctx) }

// List returns what is known of writes without asking the journal, in the order in which they were recorded first, or
// the other way round: as people see them, without arguments, requests and outcomes, and with the last transition only.
func (o *Outbox) List(f Filter) []*Record {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := front{Filter: f}
	o.each(&found.Filter, found.add)
	records := make([]*Record, len(found.sorted()))
	for i, e := range found.all {
		r := *e.record
		r.State, r.Created = o.shown(&r), e.created
		records[i] = &r
	}
	return records
}

// Count returns how many would be listed, whatever the limit.
func (o *Outbox) Count(f Filter) (found int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.each(&f, func(*entry) { found++ })
	return found
}

// each calls do with all that fits. The caller holds mu.
func (o *Outbox) each(f *Filter, do func(*entry)) {
	for name, s := range o.sources {
		if f.Source != "" && f.Source != name {
			continue
		}
		for state, all := range s.depths {
			if len(f.States) > 0 && !slices.Contains(f.States, o.seen(s, state)) {
				continue
			}
			for _, e := range *all {
				if e.fits(f) {
					do(e)
				}
			}
		}
	}
}

func (e *entry) fits(f *Filter) bool {
	w := &e.record.Write
	return (f.Field == "" || f.Field == w.Field) &&
		(f.Lane == "" || f.Lane == w.Lane) &&
		(f.Before.IsZero() || w.Accepted.Before(f.Before)) &&
		(f.After == 0 || f.order(f.After, e.created) < 0)
}

// A front are the entries that stand first in a list, of many in any order.
type front struct {
	Filter

	all  []*entry
	last Revision // of as many as are listed; 0: there are not yet
}

func (f *front) add(e *entry) {
	if f.last != 0 && f.order(f.last, e.created) < 0 {
		return
	}
	f.all = append(f.all, e)
	if f.Limit > 0 && len(f.all) >= 2*f.Limit+100 {
		f.last = f.sorted()[f.Limit-1].created
	}
}

func (f *front) sorted() []*entry {
	slices.SortFunc(f.all, func(a, b *entry) int { return f.order(a.created, b.created) })
	if f.Limit > 0 && len(f.all) > f.Limit {
		f.all = f.all[:f.Limit]
	}
	return f.all
}
