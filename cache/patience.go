package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

const (
	// storeTimeout bounds one operation of the store: a dead store must not slow down answers for long.
	storeTimeout = time.Second
	// storeLate is how many operations in a row may take that long before the store is left alone, and
	// storeRest for how long that is. Afterwards one operation tries whether it is back.
	storeLate = 3
	storeRest = 5 * time.Second
	// storeRoom is how many operations may be under way, those included that go on beyond their time.
	storeRoom = 256
)

var errLeftAlone = errors.New("the store is left alone, since it did not answer")

// patience keeps who waits for a store from waiting long: an operation has a second, whether or not the store obeys
// contexts, and a store that does not answer is left alone for a while. It is safe for concurrent use.
type patience struct {
	room    chan struct{}
	counts  *counts
	opening func() bool // the store is being opened: it cannot answer yet, and soon will

	mu      sync.Mutex
	late    int       // operations in a row
	rest    time.Time // after storeLate of them: until when nothing is asked
	probing bool      // one tries whether it is over
}

func newPatience(c *counts, opening func() bool) *patience {
	return &patience{room: make(chan struct{}, storeRoom), counts: c, opening: opening}
}

// patiently runs op, an operation of the store.
func patiently[T any](ctx context.Context, p *patience, op func(context.Context) (T, error)) (got T, err error) {
	if !p.admit() {
		p.counts.storeSkipped.Add(1)
		return got, errLeftAlone
	}
	began, opening := time.Now(), p.opening()
	defer func() { p.record(err, time.Since(began), opening) }()
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	select {
	case p.room <- struct{}{}:
	case <-ctx.Done():
		return got, ctx.Err()
	}
	return within(ctx, storeTimeout, func(ctx context.Context) (T, error) {
		defer func() { <-p.room }()
		return op(ctx)
	})
}

// within runs op, and waits for it until ctx ends or for so long, whether or not it obeys contexts.
func within[T any](ctx context.Context, d time.Duration, op func(context.Context) (T, error)) (got T, err error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	type outcome struct {
		got T
		err error
	}
	done := make(chan outcome, 1)
	go func() { // ends with op
		v, err := op(ctx)
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.got, o.err
	case <-ctx.Done():
		return got, ctx.Err()
	}
}

// admit reports whether the store may be asked. After a yes the outcome must be recorded.
func (p *patience) admit() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.late < storeLate {
		return true
	}
	if p.probing || time.Now().Before(p.rest) {
		return false
	}
	p.probing = true
	return true
}

// record takes note of an operation that ended after so long. One that its caller gave up early says nothing, nor does
// one that began while the store was being opened.
func (p *patience) record(err error, took time.Duration, opening bool) {
	ended := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.probing = false
	switch {
	case !ended:
		p.late = 0
	case opening:
	case took >= storeTimeout/2: // of several that share their second, some begin later
		p.late++
		p.rest = time.Now().Add(storeRest)
	}
}

// resting reports whether the store is left alone.
func (p *patience) resting() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.late >= storeLate
}
