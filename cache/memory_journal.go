package cache

import (
	"cmp"
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
	writing   map[uint64]Bump // by who does; told as the others
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
		kept: map[keptBump]Bump{}, writing: map[uint64]Bump{}, followers: map[*follower]struct{}{},
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
		one := b
		one.Tags, one.Writing = []Tag{tag}, nil
		m.kept[keptBump{tag, b.Forget}] = m.tell(one)
	}
	if b.Writing != nil {
		one := b
		one.Tags = nil
		m.writing[b.By] = m.tell(one)
	}
	return m.at, nil
}

// tell gives b a place, and has it told. m.mu is held.
func (m *MemoryJournal) tell(b Bump) Bump {
	m.at.Sequence++
	b.Place = m.at
	for f := range m.followers {
		f.pending = append(f.pending, b)
	}
	m.awake()
	return b
}

// awake has those who follow look what there is. m.mu is held.
func (m *MemoryJournal) awake() {
	for f := range m.followers {
		select {
		case f.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}

// Reached implements [Journal].
func (m *MemoryJournal) Reached(p Place) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if p.Incarnation == m.at.Incarnation && p.Sequence > m.at.Sequence {
		m.at.Incarnation = rand.Uint64() | 1 //nolint:gosec // not a secret
		m.awake()
	}
}

// Follow implements [Journal].
func (m *MemoryJournal) Follow(ctx context.Context, each func(b Bump, current bool)) error {
	f := &follower{wake: make(chan struct{}, 1)}
	m.mu.Lock()
	f.pending = slices.AppendSeq(slices.Collect(maps.Values(m.kept)), maps.Values(m.writing))
	slices.SortFunc(f.pending, func(a, b Bump) int { return cmp.Compare(a.Sequence, b.Sequence) })
	for i := range f.pending {
		f.pending[i].Incarnation = m.at.Incarnation
	}
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
