package jetstream

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	mostFailures = 3               // in a row, and the gate closes
	nextTrial    = 1 * time.Second // after which one may try whether it works again
	forgotten    = time.Minute     // without a trial, and failures say nothing any more
)

// gate keeps callers from waiting for what hangs: after some failures in a row all fail at once, and one a second tries.
type gate struct {
	mu       sync.Mutex
	failures int
	until    time.Time
	err      error // the last failure
}

// pass returns why not, or nil.
func (g *gate) pass() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	if g.failures >= mostFailures && now.Before(g.until) {
		return g.err
	}
	g.until = now.Add(nextTrial) // for the others, until this one is back
	return nil
}

// impatient is how little time a caller gave if his giving up says nothing of the store.
const impatient = 300 * time.Millisecond

// callers reports whether an error is of a caller who has left, or had no time.
func callers(ctx context.Context, began time.Time, err error) bool {
	if err == nil || ctx.Err() == nil {
		return false
	}
	return errors.Is(ctx.Err(), context.Canceled) || time.Since(began) < impatient
}

// came says how it went, and whether the gate is closed.
func (g *gate) came(err error) (closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err == nil {
		g.failures, g.err = 0, nil
		return false
	}
	g.failures++
	g.err, g.until = err, time.Now().Add(nextTrial)
	return g.failures >= mostFailures
}

// closed returns why the gate is, nil if it is open, or if nobody has tried for so long that nothing is known.
func (g *gate) closed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failures >= mostFailures && time.Since(g.until) < forgotten {
		return g.err
	}
	return nil
}

// reset opens the gate: there is something new behind it.
func (g *gate) reset() { g.came(nil) }
