package cache

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// MemoryJournal is a [Journal] that lives as long as the process. It keeps the newest bumps of all tags.
type MemoryJournal struct {
	mu        sync.Mutex
	at        Place
	kept      map[keptBump]Bump
	followers map[*follower]struct{}
}

// keptBump is what only the newest bump is kept of.
type keptBump struct {
	tag    Tag
	forget bool
}

// follower has what one Follow has yet to tell; guarded by MemoryJournal.mu.
type follower struct {
	pending []Bump
	wake    chan struct{}
}

// NewMemoryJournal returns an empty journal.
func NewMemoryJournal() *MemoryJournal {
	return &MemoryJournal{
		at:   Place{Incarnation: rand.Uint64() | 1}, //nolint:gosec // not a secret
		kept: map[keptBump]Bump{}, followers: map[*follower]struct{}{},
	}
}

// Append implements [Journal].
func (m *MemoryJournal) Append(ctx context.Context, b Bump) (Place, error) {
	if err := ctx.Err(); err != nil {
		return Place{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, tag := range b.Tags {
		m.at.Sequence++
		one := b
		one.Place, one.Tags = m.at, []Tag{tag}
		m.kept[keptBump{tag, b.Forget}] = one
		for f := range m.followers {
			f.pending = append(f.pending, one)
			select {
			case f.wake <- struct{}{}:
			default: // it is awake already
			}
		}
	}
	return m.at, nil
}

// Follow implements [Journal].
func (m *MemoryJournal) Follow(ctx context.Context, each func(b Bump, current bool)) error {
	f := &follower{wake: make(chan struct{}, 1)}
	m.mu.Lock()
	f.pending = slices.SortedFunc(maps.Values(m.kept), func(a, b Bump) int { return int(a.Sequence) - int(b.Sequence) }) //nolint:gosec // small
	m.followers[f] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.followers, f)
	}()
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for {
		m.mu.Lock()
		bumps, at := f.pending, m.at
		f.pending = nil
		m.mu.Unlock()
		for _, b := range bumps {
			each(b, false)
		}
		each(Bump{Place: at}, true)
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
		case <-beat.C:
		}
	}
}
