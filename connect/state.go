package connect

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/upstreams"
	"holdfast/upstreams/panics"
)

// state is what one operation remembers: every key is asked for once, and keys
// that belong together are asked for together.
type state struct {
	mu    sync.Mutex
	loads map[loadKey]*load
	// groups are the keys that were offered, by the field that will ask for them.
	groups map[place]map[string]*group
	// operation counts the calls that are made, over all states of it.
	operation *upstreams.Operation
	// faulty says that an answer was served in which some object has faults.
	faulty atomic.Bool
}

func newState() *state {
	return &state{
		loads: map[loadKey]*load{}, groups: map[place]map[string]*group{}, operation: &upstreams.Operation{},
	}
}

// anew is a state of the same operation that has not loaded anything.
func (s *state) anew() *state {
	n := newState()
	n.operation = s.operation
	return n
}

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
	answer *answerOf
	err    error
}

// wait returns the load's result; an error when ctx ends first.
func (l *load) wait(ctx context.Context) (*answerOf, error) {
	select {
	case <-l.done:
		return l.answer, l.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// claim returns the load of key. Whoever is the first to claim it must fetch it
// and close done.
func (s *state) claim(key loadKey) (l *load, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimed(key)
}

// claimAll claims the objects that keys name, at once, so that two who ask for the
// same do not take some each. It returns those that were not claimed before, by
// name and in order.
func (s *state) claimAll(call *Call, keys []Value) (loads map[string]*load, names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	loads = map[string]*load{}
	for _, key := range keys {
		name := key.String()
		if l, first := s.claimed(loadKey{call: call, inputs: name}); first {
			loads[name] = l
			names = append(names, name)
		}
	}
	return loads, names
}

func (s *state) claimed(key loadKey) (l *load, first bool) {
	if l, ok := s.loads[key]; ok {
		return l, false
	}
	l = &load{done: make(chan struct{})}
	s.loads[key] = l
	return l, true
}

// load fetches what key names, once per operation, and waits for it.
func (s *state) load(ctx context.Context, key loadKey, fetch func() (*answerOf, error)) (*answerOf, error) {
	l, first := s.claim(key)
	if first {
		defer close(l.done)
		l.err = panics.Catch(func() (err error) {
			l.answer, err = fetch()
			return err
		})
		return l.answer, l.err
	}
	return l.wait(ctx)
}

// A place is a field of the operation that fetches objects, by an entity or a
// connector.
type place struct {
	by    any
	field *ast.Field
}

// A group is what was offered together, and is fetched together when the first
// of it is asked for.
type group struct {
	fetch  sync.Once
	inputs []Value
}

// offer puts inputs into one group for the field. An input that was offered
// before stays in its group.
func (s *state) offer(p place, inputs []Value) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[p] == nil {
		s.groups[p] = map[string]*group{}
	}
	g := &group{}
	for _, in := range inputs {
		if key := in.String(); s.groups[p][key] == nil {
			s.groups[p][key] = g
			g.inputs = append(g.inputs, in)
		}
	}
}

// gather has the groups that inputs belong to fetched, each once, and waits for
// that. What nobody offered is a group now.
func (s *state) gather(p place, inputs []Value, fetch func([]Value)) {
	s.offer(p, inputs)
	for _, in := range inputs {
		s.mu.Lock()
		g := s.groups[p][in.String()]
		s.mu.Unlock()
		g.fetch.Do(func() { fetch(g.inputs) })
	}
}
