package live

import (
	"context"
	"sync"
)

// Follower is one who follows an operation. Its methods are called by one goroutine at a time, but for Close.
type Follower struct {
	q     *Queries
	g     *group
	after uint64 // runs that must have ended before the first answer
	seen  uint64 // the version of the newest answer that it had; 0: none
	once  sync.Once
}

// Next waits for an answer that says something else than the last one: the newest, whatever came between. The error is
// that of ctx, or why there is no other answer: what a [Run] says, or [ErrClosed].
func (f *Follower) Next(ctx context.Context) (*Answer, error) {
	for {
		answer, changed, err := f.look()
		if answer != nil || err != nil {
			return answer, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// look returns an answer that is due, or what to wait for.
func (f *Follower) look() (*Answer, <-chan struct{}, error) {
	f.q.mu.Lock()
	defer f.q.mu.Unlock()
	switch g := f.g; {
	case g.version > f.seen && g.made >= f.after:
		f.seen = g.version
		return g.answer, nil, nil
	case g.err != nil:
		return nil, nil, g.err
	default:
		return nil, g.changed, nil
	}
}

// Close has nobody follow any more. What is run for nobody ends. It may be called twice.
func (f *Follower) Close() {
	f.once.Do(func() {
		f.q.mu.Lock()
		defer f.q.mu.Unlock()
		f.q.followers--
		if f.g.followers--; f.g.followers == 0 {
			f.q.end(f.g, ErrClosed)
		}
	})
}
