package upstreams

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/upstreams/quota"
)

// probeEvery is the least time between two probes of one connector that fail.
const probeEvery = 5 * time.Second

// prober tries connectors whose breakers are open, so that they close also when nobody asks. A probe is an
// ordinary call: it takes its turn behind people, the breaker admits and judges it, and a good answer is
// remembered. The zero value is ready for use.
type prober struct {
	mu     sync.Mutex
	ctx    context.Context // of all probes; nil before the first
	end    context.CancelFunc
	closed bool
	all    sync.WaitGroup
}

// known is the read that probes a connector: the last that went well, or until there is one the last that
// did not. What depends on a caller is not kept: nobody's credential is used in his absence.
type known struct {
	read    atomic.Pointer[Request]
	well    atomic.Bool
	probing atomic.Bool
}

// set takes r in, which is not used any more, if it is a read and of use.
func (k *known) set(r *Request, well bool) {
	if r.key == "" || r.Scope != "" || !well && k.well.Load() {
		return
	}
	own := r
	own.Priority, own.repeat, own.try, own.patience, own.Operation = quota.Background, false, 0, nil, nil
	own.good, own.flight, own.old = nil, nil, nil
	k.read.Store(own)
	if well {
		k.well.Store(true)
	}
}

// probe begins to probe c, whose breaker just opened, unless that is under way. It does not wait.
func (s *source) probe(c *connector) {
	s.prober.run(func(ctx context.Context) {
		for ctx.Err() == nil && c.breaker.state() != "CLOSED" && c.known.probing.CompareAndSwap(false, true) {
			s.probeUntilClosed(ctx, c)
			c.known.probing.Store(false) // it may have opened again before this: look once more
		}
	})
}

// run runs f on a goroutine of its own, with a context that ends with close. After close it does nothing.
func (p *prober) run(f func(context.Context)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	if p.ctx == nil {
		p.ctx, p.end = context.WithCancel(context.Background())
	}
	ctx := p.ctx
	p.all.Go(func() { f(ctx) })
}

// close ends all probes and waits for them until ctx ends.
func (p *prober) close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	if p.end != nil {
		p.end()
	}
	p.mu.Unlock()
	ended := make(chan struct{})
	go func() { // ends with the probes, which were told to end
		p.all.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("probes still under way: %w", context.Cause(ctx))
	}
}

// probeUntilClosed returns when c's breaker is closed or ctx ends.
func (s *source) probeUntilClosed(ctx context.Context, c *connector) {
	for c.breaker.state() != "CLOSED" {
		wait := max(c.breaker.remaining(), probeEvery) + rand.N(probeEvery/4) //nolint:gosec // not a secret
		if !pause(ctx, wait) {
			return
		}
		for c.breaker.state() != "CLOSED" && s.newest().probeOnce(ctx, c.known.read.Load()) {
			continue // the next of the probes that must go well
		}
	}
}

// probeOnce reports whether a probe with r went well. Without r or u there is none.
func (u *Client) probeOnce(ctx context.Context, r *Request) bool {
	if r == nil || u == nil || !*u.cfg.Breaker.Probe {
		return false
	}
	own := *r
	if own.split == nil {
		own.old = u.lookup(ctx, r.key, r.Scope)
	}
	return nil == u.caught(&own, func() error {
		_, err := u.direct(ctx, &own)
		return err
	})
}
