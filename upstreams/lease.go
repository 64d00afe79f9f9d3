package upstreams

import (
	"context"
	"time"

	"holdfast/cache"
)

// WithLeases has one of several gateways on one store ask for what is too old, while the others wait for what it puts
// there. The default, nil, is that each asks for itself.
func WithLeases(l cache.Leases) Option {
	return func(u *Client) { u.leases = l }
}

const (
	leaseWithin    = time.Second            // of a store that takes longer, or fails, nothing is wanted
	leasePatience  = 3 * leaseWithin        // or longer, unless it did so of late: where all ask at once the machine is busy
	leaseMemory    = time.Minute            // of late
	leaseRest      = 5 * time.Second        // for so long: each gateway asks for itself, once for all who want the same
	leastLeaseWait = 10 * time.Millisecond  // between two looks at the store, at first
	mostLeaseWait  = 100 * time.Millisecond // and later
	// leastLeased is how long an answer must be fresh for others to have it. What is fresh for less is too old when they
	// find it: they would go one by one.
	leastLeased = time.Second
)

// lease has one gateway of several ask. Those who find that another does look into the store until it has something
// newer, or half the timeout is over: who has the lease may have died, or be slow. It concerns what was remembered, and
// no batches, of which hardly two are alike, nor what is hardly fresh when it comes.
func (u *Client) lease(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		if u.leases == nil || u.cache == nil || r.old == nil || r.items != nil ||
			time.Now().Before(u.leaseless.load()) || u.windows(r.old, r).Fresh < leastLeased {
			return next(ctx, r)
		}
		name, began := cache.IDOf(r.key, r.Scope).String(), time.Now()
		for wait := leastLeaseWait; ; wait = min(2*wait, mostLeaseWait) {
			release, ok := u.take(ctx, name)
			if a := u.newer(ctx, r); a != nil {
				release()
				return a, nil
			}
			switch {
			case ok:
				return u.leased(ctx, r, next, release)
			case time.Now().Before(u.leaseless.load()), time.Since(began)+wait > u.cfg.Timeout/2, !slept(ctx, wait):
				return next(ctx, r)
			}
		}
	}
}

// take takes a lease for as long as a call may take. It is not ok where another has it, or nobody knows.
func (u *Client) take(ctx context.Context, name string) (release func(), ok bool) {
	within := leasePatience
	if time.Since(u.leaseless.load()) < leaseMemory {
		within = leaseWithin
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	release, ok, err := u.leases.Take(ctx, name, u.cfg.Timeout+leaseWithin)
	if err != nil {
		u.leaseless.store(time.Now().Add(leaseRest))
	}
	if err != nil || !ok {
		return func() {}, false
	}
	return release, true
}

// newer returns what is fresh of what others have put into the store since r.old was remembered; nil: nothing.
func (u *Client) newer(ctx context.Context, r *Request) *Answer {
	ctx, cancel := context.WithTimeout(ctx, leaseWithin)
	defer cancel()
	e := u.cache.Newer(ctx, []string{r.key}, r.Scope)[0]
	if e == nil { // another call of ours may have found it
		e = u.cache.Held(r.key, r.Scope)
	}
	if e == nil || e == r.old {
		return nil
	}
	a := u.usable(ctx, r, e)
	if a == nil || a.State != StateFresh || isBroken(a.Value) {
		return nil
	}
	return a
}

// leased asks, and gives the lease back when the store has the answer, or at once if there is none.
func (u *Client) leased(ctx context.Context, r *Request, next answerFunc, release func()) (*Answer, error) {
	good := false
	defer func() {
		if !good {
			release()
		}
	}()
	a, err := next(ctx, r)
	if err != nil {
		return nil, err
	}
	good = true
	u.source.prober.run(func(ctx context.Context) { // of a source that is closed the lease ends by itself
		defer release()
		ctx, cancel := context.WithTimeout(ctx, leaseWithin)
		defer cancel()
		_ = u.cache.Flush(ctx)
	})
	return a, nil
}

// slept waits, and reports whether that is over before ctx.
func slept(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// others has what others put into the store take the place of what is too old, at places. It returns those of places
// of which there is nothing fresh.
func (r *round) others(ctx context.Context, places []int) []int {
	if r.u.leases == nil || r.was == nil || len(places) == 0 {
		return places
	}
	ctx, cancel := context.WithTimeout(ctx, leaseWithin)
	defer cancel()
	var rest []int
	for n, e := range r.u.cache.Newer(ctx, r.namesAt(places), r.batch.Scope) {
		i := places[n]
		if a := r.u.withWhole(ctx, r.one, r.u.usable(ctx, r.one, e)); a != nil {
			r.was[i], r.old[i], r.got[i].Answer = e, a, a
		}
		if r.old[i] == nil || r.old[i].State == StateStandingIn {
			rest = append(rest, i)
		}
	}
	return rest
}
