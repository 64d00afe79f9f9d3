package cachetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"holdfast/cache"
)

// ErrTold is how what is told to fail does.
var ErrTold = errors.New("it was told to fail")

// FaultyStore is a store that fails as it is told, at any time.
type FaultyStore struct {
	cache.Store

	// Fails has nothing be done. Loses has it be done, and nobody be told. Hangs has it neither be done nor answered.
	Fails, Loses, Hangs atomic.Bool
	// Slow is how many nanoseconds pass before something is done, and once more before it is told.
	Slow atomic.Int64
}

// Load implements [cache.Store].
func (s *FaultyStore) Load(ctx context.Context, ids []cache.ID) (got []cache.Stored, err error) {
	err = s.does(ctx, func() error { got, err = s.Store.Load(ctx, ids); return err })
	if err != nil {
		return nil, err
	}
	return got, nil
}

// Save implements [cache.Store].
func (s *FaultyStore) Save(ctx context.Context, changes []cache.Change) (got []cache.Revision, err error) {
	err = s.does(ctx, func() error { got, err = s.Store.Save(ctx, changes); return err })
	if err != nil {
		return make([]cache.Revision, len(changes)), err
	}
	return got, nil
}

// Scan implements [cache.Store].
func (s *FaultyStore) Scan(ctx context.Context, each func(cache.ID, cache.Stored) bool) error {
	return s.does(ctx, func() error { return s.Store.Scan(ctx, each) })
}

func (s *FaultyStore) does(ctx context.Context, op func() error) error {
	if s.Hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.Fails.Load() {
		return ErrTold
	}
	if err := pass(ctx, time.Duration(s.Slow.Load())); err != nil {
		return err
	}
	if err := op(); err != nil {
		return err
	}
	if s.Loses.Load() {
		return ErrTold
	}
	return pass(ctx, time.Duration(s.Slow.Load()))
}

func pass(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// FaultyJournal is a journal that fails as it is told, at any time.
type FaultyJournal struct {
	cache.Journal

	// Refuses has it not take a bump. Loses has it take it, and nobody be told.
	Refuses, Loses atomic.Bool
	// Silent has it not be followed: who does finds out when there would be something to hear.
	Silent atomic.Bool
}

// Append implements [cache.Journal].
func (j *FaultyJournal) Append(ctx context.Context, b cache.Bump) (cache.Place, error) {
	if j.Refuses.Load() {
		return cache.Place{}, ErrTold
	}
	p, err := j.Journal.Append(ctx, b)
	if j.Loses.Load() {
		return cache.Place{}, ErrTold
	}
	return p, err
}

// Follow implements [cache.Journal].
func (j *FaultyJournal) Follow(ctx context.Context, each func(cache.Bump, bool)) error {
	if j.Silent.Load() {
		return ErrTold
	}
	heard, stop := context.WithCancel(ctx)
	defer stop()
	err := j.Journal.Follow(heard, func(b cache.Bump, current bool) {
		if j.Silent.Load() {
			stop()
		}
		if heard.Err() == nil {
			each(b, current)
		}
	})
	if err == nil && ctx.Err() == nil {
		return ErrTold
	}
	return err
}

// Incarnations is a journal in memory that becomes another incarnation as it is told.
type Incarnations struct {
	mu      sync.Mutex
	journal *cache.MemoryJournal
	stirred uint64        // into the incarnation of journal
	lost    chan struct{} // closed when journal is another one
}

// NewIncarnations returns one that is empty.
func NewIncarnations() *Incarnations {
	return &Incarnations{journal: cache.NewMemoryJournal(), lost: make(chan struct{})}
}

// Renew has it be another incarnation, with what there is: something may have been lost.
func (i *Incarnations) Renew() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.stirred = rand.Uint64() << 1 //nolint:gosec // not a secret; it stays odd, so that it is not 0
}

// Lose has it be another incarnation, without what there was. Who follows it has to do so anew.
func (i *Incarnations) Lose() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.journal = cache.NewMemoryJournal()
	close(i.lost)
	i.lost = make(chan struct{})
}

func (i *Incarnations) now() (*cache.MemoryJournal, <-chan struct{}) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.journal, i.lost
}

func (i *Incarnations) place(p cache.Place) cache.Place {
	i.mu.Lock()
	defer i.mu.Unlock()
	p.Incarnation ^= i.stirred
	return p
}

// Append implements [cache.Journal].
func (i *Incarnations) Append(ctx context.Context, b cache.Bump) (cache.Place, error) {
	j, _ := i.now()
	p, err := j.Append(ctx, b)
	if err != nil {
		return cache.Place{}, err
	}
	return i.place(p), nil
}

// Follow implements [cache.Journal].
func (i *Incarnations) Follow(ctx context.Context, each func(cache.Bump, bool)) error {
	j, lost := i.now()
	heard, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-lost:
			stop()
		case <-heard.Done():
		}
	}()
	err := j.Follow(heard, func(b cache.Bump, current bool) {
		if heard.Err() == nil {
			b.Place = i.place(b.Place)
			each(b, current)
		}
	})
	if err == nil && ctx.Err() == nil {
		return ErrTold
	}
	return err
}

// Reached implements [cache.Journal].
func (i *Incarnations) Reached(p cache.Place) {
	j, _ := i.now()
	j.Reached(i.place(p)) // stirred twice it is what it was
}
