package executor

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/upstreams"
	"holdfast/upstreams/panics"
)

// A Planned is an operation that was planned, for all variables with the same truth in
// its conditions. It is safe for concurrent use.
type Planned struct {
	schema *Schema
	plan   *plan.Plan
	trails trails
	length atomic.Int64 // of the last answer
}

// Size is what the plan takes in memory by now, in bytes.
func (p *Planned) Size() int64 { return p.plan.Size() + p.trails.size() }

// Check is why the operation cannot be run for a request, though it was planned. Nil: it can.
func (p *Planned) Check(oc *graphql.OperationContext) *gqlerror.Error {
	switch p.plan.Operation.Operation {
	case ast.Mutation:
		return p.checkKey(oc)
	case ast.Subscription:
		return p.checkFollowed()
	}
	return nil
}

// Exec begins one run, whose variables are those of the operation in ctx, and returns
// what gives its only response: nil when ctx ended first.
func (p *Planned) Exec(ctx context.Context) graphql.ResponseHandler {
	done := false
	return func(ctx context.Context) *graphql.Response {
		if done {
			return nil
		}
		done = true
		oc := graphql.GetOperationContext(ctx)
		data, ok := p.answer(ctx, oc.Variables, fetch.Options{Caller: callerOf(ctx, oc), Writer: p.writer(oc)})
		if !ok {
			return nil
		}
		return &graphql.Response{Data: data}
	}
}

// answer runs an operation and returns its data. Errors go to ctx; false says that ctx
// ended first.
func (p *Planned) answer(ctx context.Context, vars map[string]any, opt fetch.Options) (data []byte, ok bool) {
	r := p.begin(ctx, vars, opt)
	w := &r.writer
	w.run, w.most = r, int(p.schema.limits.Bytes)
	err := panics.Catch(func() error { return w.operation(ctx) })
	if ctx.Err() != nil {
		return nil, false // calls may still be under way, which will end in the run
	}
	r.tell()
	if err != nil { // calls may still be under way, too
		graphql.AddError(r.ctx, whole(err)) // which knows of the write that was under way
		return []byte("null"), true
	}
	data, w.buf = w.buf, nil
	p.length.Store(int64(len(data)))
	r.release()
	return data, true
}

// texts are those that answers were written to and that are not needed any more.
var texts sync.Pool //nolint:gochecknoglobals // a pool belongs to nobody

// Return gives the data of an answer back, which nobody may look at any more: another
// answer is written over it.
func (*Planned) Return(data []byte) {
	if cap(data) >= leastBuffer && cap(data) <= mostBuffer {
		data = data[:0]
		texts.Put(&data)
	}
}

// text is where an answer is written to, about as long as the last one.
func (p *Planned) text() []byte {
	if text, _ := texts.Get().(*[]byte); text != nil {
		return *text
	}
	last := int(p.length.Load())
	return make([]byte, 0, max(last+last/8, leastBuffer))
}

// operation fetches and writes all of it.
func (w *writer) operation(ctx context.Context) error {
	r := w.run
	root := r.take(1, &r.trails.root, 0)
	r.slots[root].node = r.plan.Root
	if r.plan.Operation.Operation == ast.Mutation {
		return w.mutation(ctx, root)
	}
	r.open(root, nil)
	if err := r.settle(); err != nil {
		return err
	}
	if !w.object(r.plan.Root, row{}, root) {
		w.buf = append(w.buf[:0], "null"...)
	}
	w.raise(ctx)
	return nil
}

// mutation does one root field after the other, each with all that is below it. What
// comes after one that makes the whole answer null is not done any more.
func (w *writer) mutation(ctx context.Context, root int32) error {
	n, child := w.run.plan.Root, int32(0)
	w.buf = append(w.buf, '{')
	for i, f := range n.Fields {
		s := none
		if f.Opens() {
			s, child = child, child+1
		}
		w.buf = append(w.buf, prefix(f, i)...)
		ok, err := w.change(upstreams.WithWrites(ctx, &upstreams.Writes{}), root, i, s)
		if err != nil {
			return err
		}
		if !ok {
			w.buf = append(w.buf[:0], "null"...)
			return nil
		}
	}
	w.buf = append(w.buf, '}')
	return nil
}

// change does one root field of a mutation, the i-th. What fetches something has a slot
// among those of the root, the s-th.
func (w *writer) change(ctx context.Context, root int32, i int, s int32) (ok bool, err error) {
	r := w.run
	r.ctx, r.loads = ctx, r.loads.Anew()
	if s != none {
		r.open(root, r.plan.Root.Fields[i])
		if err := r.settle(); err != nil {
			return false, err
		}
		s += r.slots[root].first
	}
	ok = w.field(r.plan.Root, i, row{}, s)
	w.measure() // before the next one is sent
	w.raise(ctx)
	return ok, nil
}

// raise adds the errors found so far.
func (w *writer) raise(ctx context.Context) {
	for _, f := range w.errs {
		graphql.AddError(ctx, f.shown())
	}
	w.errs, w.last = w.errs[:0], nil
}

// whole is the error of an answer that has no data because of it.
func whole(err error) error {
	if limit := limitOf(err); limit != nil {
		return limit
	}
	return err
}

// limitOf is the limit that a panic says was reached; nil if it says something else.
func limitOf(err error) *gqlerror.Error {
	var limit *gqlerror.Error
	if p, ok := errors.AsType[*panics.Error](err); ok {
		limit, _ = p.Value.(*gqlerror.Error)
	}
	return limit
}

// callerOf is who asks.
func callerOf(ctx context.Context, oc *graphql.OperationContext) *call.Caller {
	return &call.Caller{Header: oc.Headers, Context: call.ContextFrom(ctx)}
}
