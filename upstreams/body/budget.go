package body

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"
)

// ErrOverload is that there is no room for a body in the budget, or was none in time.
var ErrOverload = errors.New("no room for the answer beside others that are being read")

// Budget bounds the memory of bodies that are read, and of what is made of them while that is done. Half is for
// each, so that nobody who is read keeps those who could be done with from it. It is safe for concurrent use; nil
// bounds nothing.
//
// Nobody waits for somebody who waits for him. The oldest body that is still read always has the room left that
// it may come to need, whatever younger ones want; and who makes something of a body takes all he needs for
// that at once.
type Budget struct {
	half  int64
	parse *semaphore.Weighted

	mu   sync.Mutex
	free int64   // of the half for bodies
	open []*Room // those that may still grow, oldest first
}

// NewBudget returns a budget of so many bytes.
func NewBudget(bytes int64) *Budget {
	half := max(1, bytes/2)
	return &Budget{half: half, free: half, parse: semaphore.NewWeighted(half)}
}

// Room is what one body takes. It is for one goroutine at a time; nil is a room without a budget.
type Room struct {
	of *Budget

	// Guarded by of.mu:
	held    int64
	most    int64         // it may come to hold
	wants   int64         // more bytes; 0: it does not wait
	granted chan struct{} // closed when it has them
}

// Open returns a room for one body, to be closed when nothing needs it any more.
func (b *Budget) Open() *Room {
	if b == nil {
		return nil
	}
	return &Room{of: b}
}

// begin has r hold nothing, and later most at most.
func (r *Room) begin(most int64) {
	if r == nil {
		return
	}
	r.Close()
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	r.most = min(most, r.of.half)
	r.of.open = append(r.of.open, r)
}

// limit is the most bytes that r can hold.
func (r *Room) limit() int64 {
	if r == nil {
		return math.MaxInt64
	}
	return r.of.half
}

// grow waits until r may hold size bytes, more than it does, which is [ErrOverload] once ctx has ended.
func (r *Room) grow(ctx context.Context, size int64) error {
	if r == nil {
		return nil
	}
	b := r.of
	b.mu.Lock()
	if size > b.half {
		b.mu.Unlock()
		return fmt.Errorf("%w: it is larger than the budget allows any to be", ErrOverload)
	}
	r.wants, r.granted = size-r.held, make(chan struct{})
	b.grant()
	granted := r.granted
	b.mu.Unlock()
	select {
	case <-granted:
		return nil
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	r.wants = 0 // what it was given meanwhile it holds until it is closed
	return fmt.Errorf("%w: %w", ErrOverload, context.Cause(ctx))
}

// settle has r hold size bytes, not more than it does, and no more later.
func (r *Room) settle(size int64) {
	if r == nil {
		return
	}
	r.of.mu.Lock()
	defer r.of.mu.Unlock()
	r.of.open = slices.DeleteFunc(r.of.open, func(o *Room) bool { return o == r })
	r.of.free += r.held - size
	r.held, r.wants = size, 0
	r.of.grant()
}

// Close gives back what r holds. It may be opened and closed again.
func (r *Room) Close() { r.settle(0) }

// grant gives those who wait what they want, as far as it goes, the oldest first. b is locked.
func (b *Budget) grant() {
	for i, r := range b.open {
		if r.wants == 0 {
			continue
		}
		room := b.free - r.wants
		if i > 0 {
			room -= b.open[0].most - b.open[0].held
		}
		if room < 0 {
			continue
		}
		b.free -= r.wants
		r.held, r.wants = r.held+r.wants, 0
		close(r.granted)
	}
}

// Parse waits until there is room for what is made of body, [ErrOverload] once ctx has ended. Whoever has made it
// calls done.
func (b *Budget) Parse(ctx context.Context, body []byte) (done func(), err error) {
	if b == nil {
		return func() {}, nil
	}
	n := min(weight(body), b.half)
	if err := b.parse.Acquire(ctx, n); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOverload, context.Cause(ctx))
	}
	return func() { b.parse.Release(n) }, nil
}

// TryParse is Parse where that does not have to wait.
func (b *Budget) TryParse(body []byte) (done func(), ok bool) {
	if b == nil {
		return func() {}, true
	}
	n := min(weight(body), b.half)
	if !b.parse.TryAcquire(n) {
		return nil, false
	}
	return func() { b.parse.Release(n) }, true
}

// weight is about how many bytes are made of a body of JSON while it is mapped: its text, and a value for each mark
// of structure. Commas in texts count too, which is rather too much than too little. It was measured.
func weight(body []byte) int64 {
	const each = 64
	n := 0
	for _, mark := range []string{"{", "[", ",", ":"} {
		n += bytes.Count(body, []byte(mark))
	}
	return int64(len(body) + each*n)
}
