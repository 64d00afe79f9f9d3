package executor

import (
	"context"
	"sync"

	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/upstreams"
)

// A run is one operation under way: what it has fetched so far, and what it will. One
// goroutine does all of it; others only make calls.
type run struct {
	schema *Schema
	plan   *plan.Plan
	vars   map[string]any
	report *upstreams.Report
	ctx    context.Context //nolint:containedctx // of the operation, or of a root field
	loads  *fetch.Operation

	slots  []slot
	steps  []step
	trails *trails
	places []*place // by the number of their plan.Place
	active []*place // at which something is to be done

	found  []served          // while what came is put into slots
	beside map[int32][]error // that stand beside what is in slots
	notes  []note
	noted  []int32 // the newest note of each trail, counted from 1
	items  int     // of lists so far
	queue  []*job  // that begin in this turn
	under  int     // jobs under way
	inbox  inbox
	gathering
	writer writer
}

// An inbox has the jobs whose calls have ended.
type inbox struct {
	mu   sync.Mutex
	jobs []*job
	wake chan struct{} // has one if there are jobs; nil: nobody has waited yet
}

func (b *inbox) put(j *job) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jobs = append(b.jobs, j)
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// next waits for jobs. The error is the cause of ctx's end.
func (b *inbox) next(ctx context.Context) ([]*job, error) {
	for {
		jobs, wake := b.take()
		if jobs != nil {
			return jobs, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (b *inbox) take() (jobs []*job, wake <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.wake == nil {
		b.wake = make(chan struct{}, 1)
	}
	jobs, b.jobs = b.jobs, nil
	return jobs, b.wake
}

// settle has all places fetch to which something leads: each when nothing may lead
// there any more. It returns when there is nothing left to fetch; the error says that
// it could not go on.
func (r *run) settle() error {
	for {
		if err := context.Cause(r.ctx); err != nil {
			return err // nobody waits for the answer
		}
		for r.start() || r.together() {
		}
		if r.under == 0 {
			return nil
		}
		jobs, err := r.inbox.next(r.ctx)
		if err != nil {
			return err
		}
		for _, j := range jobs {
			r.under--
			j.arrived(r)
		}
	}
}

// start begins what can begin, and says whether that was anything.
func (r *run) start() bool {
	moved := false
	for i := 0; i < len(r.active); i++ {
		p := r.active[i]
		if p.under == 0 && r.ready(p) {
			moved = true
			p.next(r)
		}
	}
	kept := r.active[:0]
	for _, p := range r.active {
		if p.open() {
			kept = append(kept, p)
		}
	}
	clear(r.active[len(kept):])
	r.active = kept
	return moved
}

// ready says whether nothing may lead to a place any more.
func (r *run) ready(p *place) bool {
	for _, q := range r.active {
		if q != p && q.open() && r.plan.Leads(q.of, p.of) {
			return false
		}
	}
	return p.open()
}

// at is the place of the run for one of the plan.
func (r *run) at(of *plan.Place) *place {
	for len(r.places) <= of.ID {
		if len(r.places) < cap(r.places) {
			r.places = r.places[:len(r.places)+1] // an earlier run may have left one
		} else {
			r.places = append(r.places, nil)
		}
		if last := len(r.places) - 1; r.places[last] == nil {
			r.places[last] = &place{}
		}
	}
	p := r.places[of.ID]
	p.of = of
	return p
}

// wants notes that a place has something to do.
func (r *run) wants(p *place) {
	if !p.listed {
		p.listed = true
		r.active = append(r.active, p)
	}
}
