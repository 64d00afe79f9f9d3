package fetch

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/connect/record"
	"holdfast/upstreams"
	"holdfast/upstreams/panics"
)

// A Group is what one place of an operation asks for, all of it together.
type Group struct {
	// Connectors are the place's own and its alternatives: the next is asked where those
	// before are out, not where they answered no.
	Connectors []call.ID
	// Args are $args; missing: none.
	Args mapping.Value
	// Text is Args as JSON; "": it is made of them.
	Text string
	// Assumed says that the argument first stands at its default: the operation does not
	// mention it.
	Assumed bool
	// Keys are what is asked for, each once: what the connector reads of parents, or the
	// keys of objects. A root field asks for one key, which is "".
	Keys []call.Key
	// Asked is what the operation asks of each value; nil: everything. It is comparable.
	Asked record.Asked
}

// A begun group is one whose loads are not all settled.
type begun struct {
	o       *Operation
	ctx     context.Context
	group   *Group
	choices []*connector
	own     [1]*connector // choices, where that is one
	args    string        // Args as text
	short   string        // what shortcuts of the group begin with; "": there are none
	few     [8]int        // room for places
	named   bool          // its loads are among those of the operation by name
	loads   []*Load
	settled func()
	pending int      // guarded by the operation's mu
	behind  []func() // what goroutines have to do
}

// Begin has the keys of a group loaded that the operation has not loaded yet, and returns
// their loads, in the order of the keys. What memory holds is answered at once. If that is
// all, now is true: the loads are settled. Else they are when settled is called, once,
// which may be before Begin returns; nothing of them may be looked at before. Neither
// group nor loads are to be changed.
//
// Calls end early when ctx ends, unless others wait for the same.
func (o *Operation) Begin(ctx context.Context, g *Group, settled func()) (loads []*Load, now bool) {
	b := &begun{o: o, ctx: ctx, group: g, settled: settled, loads: make([]*Load, len(g.Keys))}
	if err := b.choose(); err != nil {
		for i := range b.loads {
			b.loads[i] = &Load{Err: err, settled: true}
		}
		return b.loads, true
	}
	own := b.claim()
	here := b.recall(own)
	pending := b.await(here)
	b.start()
	return b.loads, pending == 0
}

// mostAtOnce is how many calls of a group are under way at once.
const mostAtOnce = 1000

// start has goroutines do what is left to do.
func (b *begun) start() {
	if len(b.behind) <= mostAtOnce {
		for _, do := range b.behind {
			go do()
		}
		return
	}
	var next atomic.Int64
	for range mostAtOnce {
		go func() {
			for i := next.Add(1); i <= int64(len(b.behind)); i = next.Add(1) {
				b.behind[i-1]()
			}
		}()
	}
}

// tell tells the report of the operation of problems.
func (b *begun) tell(problems []upstreams.Problem) {
	if len(problems) > 0 {
		upstreams.ReportFrom(b.ctx).Found(problems...)
	}
}

// Load is [Operation.Begin] for who waits for the loads, at most until ctx ends: that is
// the error.
func (o *Operation) Load(ctx context.Context, g *Group) ([]*Load, error) {
	done := make(chan struct{})
	loads, now := o.Begin(ctx, g, func() { close(done) })
	if now {
		return loads, nil
	}
	defer upstreams.Waiting(ctx)()
	select {
	case <-done:
		return loads, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// choose finds the connectors of the group.
func (b *begun) choose() error {
	b.choices = b.own[:0]
	for _, id := range b.group.Connectors {
		c := b.o.table.connectors[id]
		if c == nil {
			return fmt.Errorf("fetch: there is no connector %s", id)
		}
		b.choices = append(b.choices, c)
	}
	return nil
}

// claim claims the loads of the group, and returns the places of those that were not
// claimed before.
func (b *begun) claim() (own []int) {
	if b.args = b.group.Text; b.args == "" && !b.group.Args.IsMissing() {
		b.args = b.group.Args.String()
	}
	if b.group.Assumed && !b.group.Args.Get("last").IsMissing() { // which first stands beside by default only
		b.args += "\x00"
	}
	room := make([]Load, 0, len(b.loads))
	own = slices.Grow(b.few[:0], len(b.loads))
	b.o.mu.Lock()
	defer b.o.mu.Unlock()
	anew := b.o.enter(b)
	for i, key := range b.group.Keys {
		first := anew
		if anew {
			b.loads[i] = newLoad(b.group.Asked, &room)
		} else {
			b.loads[i], first = b.o.claim(name{by: b.choices[0], args: b.args, key: key}, b.group.Asked, &room)
		}
		if first {
			own = append(own, i)
		}
	}
	return own
}

// recall ends the loads at places that memory can answer, and returns those places. The
// rest is for goroutines to do.
func (b *begun) recall(places []int) (here []int) {
	here, places = b.recallShort(places)
	switch {
	case len(places) == 0:
		return here
	case b.choices[0].Batch > 0:
		return append(here, b.recallBatch(places)...)
	default:
		return append(here, b.recallEach(places)...)
	}
}

// await settles the loads at places, and has the group wait for all that are not.
func (b *begun) await(places []int) (pending int) {
	var waiting []waiter
	b.o.mu.Lock()
	for _, i := range places {
		waiting = append(waiting, b.loads[i].settle()...)
	}
	for i, l := range b.loads {
		switch {
		case !l.settled:
			l.waiting = append(l.waiting, waiter{b, i})
		case !l.fits(b.group.Asked): // it came just now
			waiting = append(waiting, waiter{b, i})
		default:
			continue
		}
		b.pending++
	}
	pending = b.pending
	b.o.mu.Unlock()
	b.o.landed(waiting)
	return pending
}

// settle ends the wait for l, under the operation's mu, and returns who waited.
func (l *Load) settle() []waiter {
	waiting := l.waiting
	l.settled, l.waiting = true, nil
	return waiting
}

// settle settles loads that have ended.
func (o *Operation) settle(loads ...*Load) {
	var waiting []waiter
	o.mu.Lock()
	for _, l := range loads {
		waiting = append(waiting, l.settle()...)
	}
	o.mu.Unlock()
	o.landed(waiting)
}

// landed tells those who waited for loads that these are settled.
func (o *Operation) landed(waiting []waiter) {
	for _, w := range waiting {
		if l := w.b.loads[w.i]; !l.fits(w.b.group.Asked) {
			w.b.again(w.i)
		} else {
			w.b.landed()
		}
	}
}

func (b *begun) landed() {
	b.o.mu.Lock()
	b.pending--
	last := b.pending == 0
	b.o.mu.Unlock()
	if last {
		b.settled()
	}
}

// again loads the i-th key for what this group asks for: what came for another one
// depends on what that asked for.
func (b *begun) again(i int) {
	b.o.mu.Lock()
	b.o.enter(b)
	l, first := b.o.claim(name{by: b.choices[0], args: b.args, key: b.group.Keys[i]}, b.group.Asked, new([]Load))
	b.loads[i] = l
	settled := l.settled
	if !settled {
		l.waiting = append(l.waiting, waiter{b, i})
	}
	b.o.mu.Unlock()
	switch {
	case settled:
		b.landed()
	case first:
		go b.asking(i).finish()
	}
}

// caught runs f, and returns its panic as an error.
func caught(f func()) error {
	return panics.Catch(func() error {
		f()
		return nil
	})
}
