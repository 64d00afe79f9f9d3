package connect

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"holdfast/upstreams"
)

// state is what one operation remembers: every key is asked for once.
type state struct {
	mu    sync.Mutex
	loads map[loadKey]*load
	// faulty says that an answer was served in which some object has faults.
	faulty atomic.Bool
}

func newState() *state { return &state{loads: map[loadKey]*load{}} }

type stateKey struct{}

// stateOf returns the operation's state, or one of its own where [Extension] is
// not installed.
func stateOf(ctx context.Context) *state {
	if s, ok := ctx.Value(stateKey{}).(*state); ok {
		return s
	}
	return newState()
}

func withState(ctx context.Context, s *state) context.Context {
	return context.WithValue(ctx, stateKey{}, s)
}

// A loadKey names one object or value: which connector, with which inputs.
type loadKey struct {
	call   *Call
	inputs string
}

// A load is one value that is being fetched, or has been.
type load struct {
	done   chan struct{}
	answer *upstreams.Answer
	err    error
}

// load fetches what key names, once per operation, and waits for it.
func (s *state) load(ctx context.Context, key loadKey, fetch func() (*upstreams.Answer, error)) (*upstreams.Answer, error) {
	s.mu.Lock()
	l, found := s.loads[key]
	if !found {
		l = &load{done: make(chan struct{})}
		s.loads[key] = l
	}
	s.mu.Unlock()
	if !found {
		defer close(l.done)
		l.answer, l.err = guarded(fetch)
		return l.answer, l.err
	}
	select {
	case <-l.done:
		return l.answer, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// guarded turns a panic into an error: whoever waits for the load must not wait
// for ever.
func guarded(fetch func() (*upstreams.Answer, error)) (answer *upstreams.Answer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return fetch()
}
