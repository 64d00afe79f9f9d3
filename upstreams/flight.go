package upstreams

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"

	"holdfast/cache"
	"holdfast/upstreams/watch"
)

// errClosed is why reads fail after Close.
var errClosed = errors.New("client is closed")

// flights are the calls under way, by what they ask; those for many items also by each of them. The zero
// value is ready for use.
type flights struct {
	mu     sync.Mutex
	byKey  map[flightKey]*flight // those that may be joined
	up     map[*flight]struct{}  // all
	all    sync.WaitGroup
	closed bool
}

type flightKey struct{ key, scope string }

// flight is one call that several callers may wait for.
type flight struct {
	key    flightKey
	by     *Request // of the caller who started it
	began  time.Time
	asOf   cache.AsOf
	ctx    context.Context // ends when its time is over, or everybody left
	cancel context.CancelFunc
	span   trace.Span

	// judging says that its answer is being looked at, which cannot be broken off: who waits does not when the time
	// of the flight is over.
	judging atomic.Bool

	waiting int  // callers; guarded by flights.mu
	behind  bool // goes on although nobody waits; guarded by flights.mu

	done   chan struct{} // closed when it has landed; then:
	answer *Answer
	err    error
}

// join returns the flight for r, a new one if there is none, with the caller counted among those who
// wait for it.
func (s *flights) join(ctx context.Context, u *Client, r *Request, next answerFunc) (*flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := flightKey{r.key, r.Scope}
	if f, ok := s.byKey[key]; ok && u.mayJoin(f, r) {
		f.waiting++
		return f, nil
	}
	if s.closed {
		return nil, &Error{Kind: Unavailable, Reason: ReasonUnreachable, Source: u.cfg.Name, Connector: r.Connector, Err: errClosed}
	}
	if err := u.charge(r); err != nil {
		return nil, err
	}
	if s.byKey == nil {
		s.byKey, s.up = map[flightKey]*flight{}, map[*flight]struct{}{}
	}
	own, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), u.cfg.Timeout, errTimeout)
	own, span := watch.Flight(own, u.tracer, u.cfg.Name, r.Connector, r.patience != nil && *r.patience <= 0)
	f := &flight{
		key: key, by: r, began: time.Now(), asOf: u.epochs.AsOf(), ctx: own, cancel: cancel, span: span,
		waiting: 1, done: make(chan struct{}),
	}
	r.flight = f
	s.byKey[key], s.up[f] = f, struct{}{}
	for _, item := range r.items {
		key := flightKey{item, r.Scope}
		if other := s.byKey[key]; other == nil || !u.mayJoin(other, r) {
			s.byKey[key] = f
		}
	}
	u.source.callers.begin(r.whose)
	s.all.Add(1)
	go u.fly(f, next)
	return f, nil
}

// fly makes the call of f.
func (u *Client) fly(f *flight, next answerFunc) {
	growStack(0)
	defer u.flights.all.Done()
	defer u.source.callers.end(f.by.whose)
	defer u.flights.land(f)
	f.err = u.caught(f.by, func() (err error) {
		f.answer, err = next(f.ctx, f.by)
		return err
	})
	f.tellTags()
}

// mayJoin reports whether f may serve who asks r now: not after a write that it does not know of, when it goes on
// for those who wait, nor when its time is over. What else its answer depends on is known when it has landed.
func (u *Client) mayJoin(f *flight, r *Request) bool {
	return f.ctx.Err() == nil && u.epochs.Judge(f.asOf, u.connector(r.Connector).tags) == cache.Fresh && !r.tooEarly(f.asOf)
}

// land makes the outcome known. Whoever asks from now on starts anew.
func (s *flights) land(f *flight) {
	s.mu.Lock()
	s.forget(f)
	delete(s.up, f)
	s.mu.Unlock()
	watch.End(f.span, class(f.err), f.err)
	close(f.done)
	f.cancel() // last: who waits is woken once
}

func (s *flights) forget(f *flight) {
	if s.byKey[f.key] == f {
		delete(s.byKey, f.key)
	}
	for _, item := range f.by.items {
		if key := (flightKey{item, f.key.scope}); s.byKey[key] == f {
			delete(s.byKey, key)
		}
	}
}

// board returns the flight that brings each of items and may be joined by who asks r, nil for none. The caller counts, once,
// among those who wait for each flight.
func (s *flights) board(u *Client, items []string, r *Request) []*flight {
	found := make([]*flight, len(items))
	aboard := map[*flight]bool{}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, item := range items {
		f := s.byKey[flightKey{item, r.Scope}]
		if f == nil || !u.mayJoin(f, r) {
			continue
		}
		if !aboard[f] {
			aboard[f] = true
			f.waiting++
		}
		found[i] = f
	}
	return found
}

// leave takes one caller off. When the last one leaves a flight that nobody wants behind, it ends, and
// nobody may join it any more.
func (s *flights) leave(f *flight, behind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.waiting--
	f.behind = f.behind || behind
	if f.waiting == 0 && !f.behind {
		s.forget(f)
		f.cancel()
	}
}

// close ends all flights and waits for them until ctx ends.
func (s *flights) close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for f := range s.up {
		f.cancel()
	}
	s.mu.Unlock()
	landed := make(chan struct{})
	go func() { // ends with the flights, which were told to end
		s.all.Wait()
		close(landed)
	}()
	select {
	case <-landed:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("calls still under way: %w", context.Cause(ctx))
	}
}

// entry returns the raw answer of a flight that has landed, nil if it brought none.
func (f *flight) entry() *cache.Entry {
	if f.answer != nil {
		return f.answer.entry
	}
	if e, ok := errors.AsType[*Error](f.err); ok {
		return e.entry
	}
	return nil
}

// ownTrouble reports whether the flight failed for what concerns its own connector and priority only.
func (f *flight) ownTrouble() bool {
	e, ok := errors.AsType[*Error](f.err)
	return ok && e.held
}
