package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	deafAfter   = 5 * time.Second // for which nothing may be heard of a journal before it is followed anew
	retryAfter  = 50 * time.Millisecond
	retryMost   = 5 * time.Second
	longestWait = time.Minute // of the dispatcher
)

// Outbox sends what a journal has. It is safe for concurrent use. Whoever makes one closes it.
type Outbox struct {
	cfg     Config
	journal Journal
	shared  bool // others write there, too

	live       context.Context // ends when nothing more may be begun
	ctx        context.Context // ends when what is under way has to end
	stopLive   func()
	stop       func()
	running    sync.WaitGroup
	turnedAway atomic.Uint64 // writes that were not accepted

	wake  chan struct{} // the dispatcher has something to look at
	ready chan struct{} // closed once all that there was is known

	mu      sync.Mutex
	index   map[ID]*entry
	sources map[string]*source
	writer  *writer
	writers map[uint64]bool // that were ours
	doubted map[stamp]bool  // that may have been written down or not: nothing was done about what they say
	revoked map[ID]bool     // of which somebody was told that they may not be accepted
	started bool            // so that all sources are held, here and until somebody resumes
	current bool            // all that there was has been told once
	upTo    Revision        // and all that was there up to this
	moved   chan struct{}   // closed and made anew when that grows
	refused error           // why nothing is accepted; nil: it is
	audit   audit
	ledger  ledger
}

// New returns an outbox over j, which knows at once what j has, or refuses everything until it does.
func New(cfg Config, j Journal) *Outbox {
	o := &Outbox{
		cfg: cfg.withDefaults(), journal: j, shared: j.State().Shared,
		wake: make(chan struct{}, 1), ready: make(chan struct{}), moved: make(chan struct{}),
		index: map[ID]*entry{}, sources: map[string]*source{},
		writers: map[uint64]bool{}, doubted: map[stamp]bool{}, revoked: map[ID]bool{},
		started: cfg.Held, audit: newAudit(), ledger: emptyLedger(),
	}
	o.renew()
	o.ctx, o.stop = context.WithCancel(context.Background())
	o.live, o.stopLive = context.WithCancel(o.ctx)
	o.running.Go(o.follow)
	o.running.Go(o.dispatch)
	o.running.Go(o.sweep)
	return o
}

// Close begins nothing more, waits for what is under way until ctx ends, and ends it then. What it could not write
// down is found by the next: sent, and nobody knows.
func (o *Outbox) Close(ctx context.Context) error {
	defer o.stop()
	o.mu.Lock()
	o.stopLive() // with the lock, so that nothing is begun after the wait has
	o.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.running.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		o.stop()
		<-done
		return ctx.Err()
	}
	if err := o.noteReached(ctx); err != nil {
		o.cfg.Log.Info("up to where all is kept cannot be written down", "error", err)
	}
	return nil
}

// follow hears what is in the journal.
func (o *Outbox) follow() {
	for wait := retryAfter; o.live.Err() == nil; wait = min(2*wait, retryMost) {
		ctx, stop := context.WithCancel(o.live)
		silent := time.AfterFunc(deafAfter, stop)
		err := o.journal.Follow(ctx, func(t Told) {
			silent.Reset(deafAfter)
			wait = retryAfter
			o.told(t)
		})
		silent.Stop()
		stop()
		if errors.Is(err, ErrDamaged) {
			o.refuse(err)
		}
		pause(o.live, wait)
	}
}

// pause waits, unless ctx ends first.
func pause(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// refuse accepts nothing more.
func (o *Outbox) refuse(err error) {
	o.mu.Lock()
	first := o.refused == nil
	o.refused = err
	o.mu.Unlock()
	if first {
		o.alarm(Alarm{Kind: AlarmRefused, Message: err.Error()})
	}
}

func (o *Outbox) alarm(a Alarm) {
	about := []any{"kind", a.Kind, "source", a.Source}
	if a.ID != (ID{}) {
		about = append(about, "write", a.ID)
	}
	o.cfg.Log.Warn("a write needs a person", append(about, "why", a.Message)...)
	o.cfg.Alarm(a)
}

// await returns once all that there was is known.
func (o *Outbox) await(ctx context.Context) error {
	if err := o.refusal(); err != nil {
		return err
	}
	select {
	case <-o.ready:
	case <-ctx.Done():
		return &Error{Kind: Unavailable, Err: fmt.Errorf("what was accepted before is not known yet: %w", ctx.Err())}
	case <-o.live.Done():
		return &Error{Kind: Unavailable, Err: errClosed}
	}
	if o.live.Err() != nil {
		return &Error{Kind: Unavailable, Err: errClosed}
	}
	return o.refusal()
}

// refusal is why nothing is accepted; nil: it is.
func (o *Outbox) refusal() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refused != nil {
		return &Error{Kind: Unavailable, Err: o.refused}
	}
	return nil
}

var errClosed = errors.New("it is closed")

// poke has the dispatcher look.
func (o *Outbox) poke() {
	select {
	case o.wake <- struct{}{}:
	default: // it will
	}
}
