package gateway

import (
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
	new, old turns
	late     *time.Timer // for the first of new; nil: it does not run
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
	if c.new.waiting >= c.most {
		c.mu.Unlock()
		return nil, errBusy
	}
	t := c.new.add()
	if c.late == nil {
		c.late = time.AfterFunc(maxQueueing, c.expire)
	}
	c.mu.Unlock()
	if err := c.wait(ctx, t, &c.new); err != nil {
		return nil, err
	}
	s.waited = time.Since(t.since)
	return s, nil
}

// full reports whether the next one would be too many.
func (c *computing) full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.free == 0 && c.new.waiting >= c.most
}

// again waits for the turn of an operation that goes on.
func (c *computing) again(ctx context.Context) error {
	c.mu.Lock()
	if c.free > 0 {
		c.free--
		c.mu.Unlock()
		return nil
	}
	t := c.old.add()
	c.mu.Unlock()
	return c.wait(ctx, t, &c.old)
}

// wait waits for a turn of a queue until ctx ends, whose error it returns.
func (c *computing) wait(ctx context.Context, t *turn, queue *turns) error {
	select {
	case err := <-t.came:
		return err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case err := <-t.came: // it came at the last moment
		return err
	default:
		queue.leave(t)
		return ctx.Err()
	}
}

// next gives a turn to who waits, or keeps it.
func (c *computing) next() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, queue := range []*turns{&c.old, &c.new} {
		if t := queue.first(); t != nil {
			queue.take()
			t.came <- nil
			return
		}
	}
	c.free++
}

// expire turns away who waited for too long. One timer is enough for all, for who
// came first has waited longest.
func (c *computing) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for t := c.new.first(); t != nil; t = c.new.first() {
		if left := maxQueueing - time.Since(t.since); left > 0 {
			c.late.Reset(left)
			return
		}
		c.new.take()
		t.came <- errBusy
	}
	c.late = nil
}

// turn is that of one who waits.
type turn struct {
	came  chan error // nil when it has come; of room for that
	since time.Time
	gone  bool // nobody waits for it any more
}

// turns are a queue. Its computing's lock is held for all of it.
type turns struct {
	all     []*turn // taken from the front, and those who left among them
	waiting int
}

func (q *turns) add() *turn {
	t := &turn{came: make(chan error, 1), since: time.Now()}
	q.all = append(q.all, t)
	q.waiting++
	return t
}

// first returns who waits longest, nil if nobody does.
func (q *turns) first() *turn {
	for len(q.all) > 0 && q.all[0].gone {
		q.all[0], q.all = nil, q.all[1:]
	}
	if len(q.all) == 0 {
		return nil
	}
	return q.all[0]
}

// take takes the first off the queue.
func (q *turns) take() {
	q.all[0], q.all = nil, q.all[1:]
	q.waiting--
}

func (q *turns) leave(t *turn) {
	t.gone = true
	q.waiting--
}

// A seat is the turn of one operation, however many goroutines it has. While any
// of them waits for a call, nobody sits on it: mostly all others will wait for
// that one. So a vendor that hangs takes no seats.
type seat struct {
	of     *computing
	waited time.Duration   // for it, when the operation was new
	ctx    context.Context //nolint:containedctx // of the operation, for its goroutines

	mu      sync.Mutex
	held    bool
	coming  chan struct{} // closed when the turn has come that one of its goroutines asks for; nil: none does
	waiting int           // goroutines
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
	if s.waiting > 0 || s.held || s.over {
		s.mu.Unlock()
		return
	}
	came := s.coming
	if came != nil { // another asks already: if each had a turn, that one would be held while this one waits for its own
		s.mu.Unlock()
		select {
		case <-came:
		case <-s.ctx.Done():
		}
		return
	}
	came = make(chan struct{})
	s.coming = came
	s.mu.Unlock()
	err := s.of.again(s.ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coming = nil
	close(came)
	switch {
	case err != nil: // nobody waits for an answer any more: it will end soon
	case s.over || s.waiting > 0:
		s.of.next() // a goroutine waits again
	default:
		s.held = true
	}
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
