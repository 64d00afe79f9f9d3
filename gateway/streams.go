package gateway

import (
	"context"
	"sync"

	"holdfast/events/live"
)

// Streams are answers that go on: those of subscriptions, over WebSocket, as server-sent events and in parts. They outlive
// gateways, one of which is made for each reading of the settings: a stream belongs to the program, and each of its
// answers comes from the newest gateway. They are safe for concurrent use. Whoever makes them closes them.
type Streams struct {
	queries *live.Queries
	newest  func() (g *Gateway, done func())
	ctx     context.Context // ends when all streams have to
	stop    func()

	mu      sync.Mutex
	running sync.WaitGroup
}

// NewStreams returns streams of queries, whose answers come from what newest returns; done is called when that is not
// used any more. Newest returns nil while there is no gateway. Queries are the caller's, who closes them after the streams.
func NewStreams(queries *live.Queries, newest func() (g *Gateway, done func())) *Streams {
	s := &Streams{queries: queries, newest: newest}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Drain ends all streams, and refuses new ones, in ways on which clients come again, elsewhere. It may be called more than
// once.
func (s *Streams) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
}

// Close is Drain, and waits until all streams have ended, or ctx has.
func (s *Streams) Close(ctx context.Context) error {
	s.Drain()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.running.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin begins a stream, whose context ends with ctx, and when all have to. It is not ok if that is now. Whoever got a
// stream ends it.
func (s *Streams) begin(ctx context.Context) (stream context.Context, end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		return nil, nil, false
	}
	s.running.Add(1)
	stream, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.ctx, cancel)
	return stream, func() {
		stop()
		cancel()
		s.running.Done()
	}, true
}

// Counts are how much is followed.
func (s *Streams) Counts() live.Counts { return s.queries.Counts() }

// draining reports whether streams end because all have to.
func (s *Streams) draining() bool { return s.ctx.Err() != nil }

type releaseKey struct{}

// WithRelease returns a context for a request: release is called once its gateway is not needed any more, though the
// request goes on, as a stream does.
func WithRelease(ctx context.Context, release func()) context.Context {
	return context.WithValue(ctx, releaseKey{}, release)
}

// release gives the gateway of a request back.
func release(ctx context.Context) {
	if done, ok := ctx.Value(releaseKey{}).(func()); ok {
		done()
	}
}
