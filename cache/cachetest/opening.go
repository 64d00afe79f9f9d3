package cachetest

import (
	"context"
	"sync"
	"time"

	"holdfast/cache"
)

// Opening is a store and its journal that are being opened: until [Opening.Become] says something else, who asks waits.
type Opening struct {
	store   cache.Store
	journal cache.Journal

	mu      sync.Mutex
	state   cache.StoreState
	settled chan struct{} // closed when it is no longer being opened
}

// NewOpening returns one that has what is in store and journal.
func NewOpening(store cache.Store, journal cache.Journal) *Opening {
	return &Opening{
		store: store, journal: journal, settled: make(chan struct{}),
		state: cache.StoreState{Condition: cache.StoreOpening, Since: time.Now(), Reason: "there is much in it"},
	}
}

// Become ends the opening, well or not.
func (o *Opening) Become(c cache.Condition) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.state = cache.StoreState{Condition: c, Since: time.Now()}
	close(o.settled)
}

func (o *Opening) wait(ctx context.Context) error {
	select {
	case <-o.settled:
	case <-ctx.Done():
		return ctx.Err()
	}
	if o.State().Condition != cache.StoreOpen {
		return ErrTold
	}
	return nil
}

// Load implements [cache.Store].
func (o *Opening) Load(ctx context.Context, ids []cache.ID) ([]cache.Stored, error) {
	if err := o.wait(ctx); err != nil {
		return nil, err
	}
	return o.store.Load(ctx, ids)
}

// Save implements [cache.Store].
func (o *Opening) Save(ctx context.Context, changes []cache.Change) ([]cache.Revision, error) {
	if err := o.wait(ctx); err != nil {
		return make([]cache.Revision, len(changes)), err
	}
	return o.store.Save(ctx, changes)
}

// Scan implements [cache.Store].
func (o *Opening) Scan(ctx context.Context, each func(cache.ID, cache.Stored) bool) error {
	if err := o.wait(ctx); err != nil {
		return err
	}
	return o.store.Scan(ctx, each)
}

// Shared implements [cache.Store].
func (o *Opening) Shared() bool { return o.store.Shared() }

// State implements [cache.Store].
func (o *Opening) State() cache.StoreState {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state
}

// Append implements [cache.Journal].
func (o *Opening) Append(ctx context.Context, b cache.Bump) (cache.Place, error) {
	if err := o.wait(ctx); err != nil {
		return cache.Place{}, err
	}
	return o.journal.Append(ctx, b)
}

// Follow implements [cache.Journal].
func (o *Opening) Follow(ctx context.Context, each func(cache.Bump, bool)) error {
	if err := o.wait(ctx); err != nil {
		return err
	}
	return o.journal.Follow(ctx, each)
}

// Reached implements [cache.Journal].
func (o *Opening) Reached(p cache.Place) { o.journal.Reached(p) }
