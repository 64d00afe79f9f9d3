package executor

import (
	"context"
	"sync"

	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/upstreams"
)

// begin begins a run.
func (s *Schema) begin(ctx context.Context, p *plan.Plan, vars map[string]any, opt fetch.Options) *run {
	r, _ := runs.Get().(*run)
	if r == nil {
		r = &run{}
	}
	r.schema, r.plan, r.vars, r.ctx, r.report = s, p, vars, ctx, upstreams.ReportFrom(ctx)
	r.loads, r.trail = s.table.Operation(opt), &trail{}
	return r
}

// runs are those that have ended and may be used again, buffers those of answers that
// were given.
var runs, buffers sync.Pool //nolint:gochecknoglobals // pools belong to nobody

// What is kept for later is no larger.
const (
	mostSlots  = 4096
	mostBuffer = 256 << 10
)

// release lets another operation have what the run took. It has ended, and nobody else
// knows it.
func (r *run) release(buf []byte) {
	if cap(buf) <= mostBuffer {
		buffers.Put(&buf)
	}
	if cap(r.slots) > mostSlots || cap(r.steps) > mostSlots || len(r.index) > mostSlots {
		return
	}
	clear(r.slots)
	clear(r.steps)
	clear(r.places)
	clear(r.active)
	clear(r.beside)
	clear(r.index)
	*r = run{
		slots: r.slots[:0], steps: r.steps[:0], places: r.places[:0], active: r.active[:0], beside: r.beside[:0],
		index: r.index,
	}
	runs.Put(r)
}

// scratch is an empty buffer.
func scratch() []byte {
	if b, ok := buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return make([]byte, 0, 4096)
}
