package fetch

import (
	"context"
	"sync"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/upstreams"
	"holdfast/upstreams/quota"
)

// Options say for whom an operation asks, and how. The zero value is a person whom
// nobody knows.
type Options struct {
	Caller *call.Caller
	// Priority, NotBefore and NoStandIns are as in [upstreams.Request].
	Priority   quota.Priority
	NotBefore  cache.AsOf
	NoStandIns bool
	// Depends has loads know what they depend on, for a report that traces.
	Depends bool
	// Tags is told what answers depend on; nil: nobody wants to know.
	Tags *Tags
	// Writer makes the changes; nil: they are made as they are asked for, by [upstreams.Client.Write].
	Writer Writer
}

// A Writer makes changes in a way of its own. It is safe for concurrent use.
type Writer interface {
	// Begin begins the change that a connector makes with these inputs, before its request is made: it gives in what the
	// request needs to know of it, and returns what sends it; nil: [upstreams.Client.Write] does.
	Begin(ctx context.Context, c *call.Opened, in *call.Inputs) (Send, error)
}

// Send sends the request of a change, or has it sent later. An answer that is not there yet is no error where the
// connector tells of writes.
type Send = func(ctx context.Context, r *upstreams.Request) (call.Written, error)

// An Operation is what one operation has loaded: every connector is asked once with
// the same inputs. It is safe for concurrent use.
type Operation struct {
	table *Table
	opt   Options
	calls *upstreams.Operation // counted over all that are anew

	mu     sync.Mutex
	groups []*begun // the first of each connector with the same arguments; of few of them
	loads  map[name]*Load
}

// Operation begins one that has not loaded anything.
func (t *Table) Operation(opt Options) *Operation {
	o := &struct {
		Operation
		calls upstreams.Operation
	}{}
	o.table, o.opt, o.Operation.calls = t, opt, &o.calls
	return &o.Operation
}

// Anew is the same operation with nothing loaded: what one field of a mutation wrote,
// the next must read.
func (o *Operation) Anew() *Operation {
	return &Operation{table: o.table, opt: o.opt, calls: o.calls}
}

type operationKey struct{}

// With returns a context that carries o.
func With(ctx context.Context, o *Operation) context.Context {
	return context.WithValue(ctx, operationKey{}, o)
}

// FromContext is the operation that ctx carries; nil where it carries none.
func FromContext(ctx context.Context) *Operation {
	o, _ := ctx.Value(operationKey{}).(*Operation)
	return o
}
