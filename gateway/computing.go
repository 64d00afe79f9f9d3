package gateway

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// maxQueueing is how long an operation waits at most until it may begin: whoever
// waited longer has mostly given up, and asks again.
const maxQueueing = time.Second

// errBusy is why an operation was not begun.
var errBusy = errors.New("too many operations compute")

// computing bounds how many operations compute at once: more than a few only take
// time and memory from each other. New ones wait in a short queue; those that
// were waiting for a call go first. It is safe for concurrent use.
type computing struct {
	most int // new operations that may wait

	mu       sync.Mutex
	free     int
	new, old list.List // of chan struct{}, closed when its turn has come
}

func newComputing(atOnce, most int) *computing { return &computing{free: atOnce, most: most} }

// enter waits for the turn of a new operation. It returns errBusy if it is too many,
// or ctx's error. An operation that was let in must [seat.leave].
func (c *computing) enter(ctx context.Context) (*seat, error) {
	s := &seat{of: c, ctx: ctx, held: true}
	c.mu.Lock()
	if c.free > 0 {
		c.free--
		c.mu.Unlock()
		return s, nil
	}
	if c.new.Len() >= c.most {
		c.mu.Unlock()
		return nil, errBusy
	}
	late, cancel := context.WithTimeoutCause(ctx, maxQueueing, errBusy)
	defer cancel()
	if err := c.wait(late, &c.new); err != nil {
		return nil, err
	}
	return s, nil
}

// again waits for the turn of an operation that goes on.
func (c *computing) again(ctx context.Context) error {
	c.mu.Lock()
	if c.free > 0 {
		c.free--
		c.mu.Unlock()
		return nil
	}
	return c.wait(ctx, &c.old)
}

// wait waits in a queue until ctx ends, whose cause it returns. c.mu is locked
// before, and not after.
func (c *computing) wait(ctx context.Context, queue *list.List) error {
	turn := make(chan struct{})
	place := queue.PushBack(turn)
	c.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-turn: // it came at the last moment
		return nil
	default:
		queue.Remove(place)
		return context.Cause(ctx)
	}
}

// next gives a turn to who waits, or keeps it.
func (c *computing) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, queue := range []*list.List{&c.old, &c.new} {
		if first := queue.Front(); first != nil {
			turn, _ := queue.Remove(first).(chan struct{})
			close(turn)
			return
		}
	}
	c.free++
}

// A seat is the turn of one operation, however many goroutines it has. While any
// of them waits for a call, nobody sits on it: mostly all others will wait for
// that one. So a vendor that hangs takes no seats.
type seat struct {
	of  *computing
	ctx context.Context //nolint:containedctx // of the operation, for its goroutines

	mu      sync.Mutex
	held    bool
	waiting int // goroutines
	over    bool
}

// wait is called by each goroutine that begins to wait for a call; done when it
// can go on, and returns when it may.
func (s *seat) wait() (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting++
	s.free()
	return s.done
}

func (s *seat) done() {
	s.mu.Lock()
	s.waiting--
	last := s.waiting == 0 && !s.over
	s.mu.Unlock()
	if !last || s.of.again(s.ctx) != nil { // nobody waits for an answer any more: it will end soon
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held || s.over || s.waiting > 0 {
		s.of.next() // another was faster, or waits again
		return
	}
	s.held = true
}

// leave ends the operation's computing.
func (s *seat) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = true
	s.free()
}

// free gives the turn away, if there is one.
func (s *seat) free() {
	if s.held {
		s.held = false
		s.of.next()
	}
}
