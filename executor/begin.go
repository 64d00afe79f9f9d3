package executor

import (
	"context"
	"sync"

	"holdfast/connect/fetch"
	"holdfast/upstreams"
)

// begin begins a run.
func (p *Planned) begin(ctx context.Context, vars map[string]any, opt fetch.Options) *run {
	r, _ := runs.Get().(*run)
	if r == nil {
		r = &run{}
	}
	r.schema, r.plan, r.trails, r.vars, r.ctx, r.report = p.schema, p.plan, &p.trails, vars, ctx, upstreams.ReportFrom(ctx)
	opt.Depends = r.report.Traces()
	r.loads = p.schema.table.Operation(opt)
	r.writer.buf = p.text()
	return r
}

// runs are those that have ended and may be used again.
var runs sync.Pool //nolint:gochecknoglobals // a pool belongs to nobody

// What is kept for later is no larger.
const (
	mostSlots   = 4096
	mostBuffer  = 256 << 10
	leastBuffer = 512
)

// release lets another operation have what the run took. It has ended, and nobody else
// knows it.
func (r *run) release() {
	if cap(r.slots) > mostSlots || cap(r.steps) > mostSlots || len(r.index) > mostSlots {
		return
	}
	clear(r.slots)
	clear(r.steps)
	clear(r.active)
	clear(r.found)
	clear(r.notes)
	clear(r.writer.path)
	clear(r.writer.errs[:cap(r.writer.errs)])
	clear(r.noted)
	for i := range r.places {
		r.places[i].reset()
	}
	*r = run{
		slots: r.slots[:0], steps: r.steps[:0], places: r.places[:0], active: r.active[:0], queue: r.queue[:0],
		found: r.found[:0], notes: r.notes[:0], noted: r.noted[:0], gathering: r.gathering.reset(),
		writer: writer{path: r.writer.path[:0], errs: r.writer.errs[:0]},
	}
	runs.Put(r)
}
