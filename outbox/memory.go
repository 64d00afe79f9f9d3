package outbox

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Bounds are what a journal may take.
type Bounds struct {
	Writes int64 // 0: 100,000
	Bytes  int64 // 0: 1 GiB
}

// WithDefaults returns b with the defaults for what it does not say.
func (b Bounds) WithDefaults() Bounds {
	return Bounds{cmp.Or(b.Writes, 100_000), cmp.Or(b.Bytes, 1<<30)}
}

// Memory is a [Journal] that lives as long as the process.
type Memory struct {
	bounds Bounds

	mu        sync.Mutex
	at        Revision
	bytes     int64
	kept      map[ID]Kept
	followers map[*memoryFollower]struct{}
}

// memoryFollower has what one Follow has yet to tell; guarded by Memory.mu.
type memoryFollower struct {
	pending []Told
	wake    chan struct{}
}

// NewMemory returns an empty journal.
func NewMemory(b Bounds) *Memory {
	return &Memory{bounds: b.WithDefaults(), kept: map[ID]Kept{}, followers: map[*memoryFollower]struct{}{}}
}

// Put implements [Journal].
func (m *Memory) Put(ctx context.Context, id ID, known Revision, record []byte) (Kept, error) {
	if err := ctx.Err(); err != nil {
		return Kept{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	there := m.kept[id]
	switch size := int64(len(record)); {
	case there.Revision != known:
		return there, ErrConflict
	case size > m.bounds.Bytes:
		return there, ErrTooLarge
	case known == 0 && !id.Reserved() && (int64(len(m.kept)) >= m.bounds.Writes || m.bytes+size > m.bounds.Bytes):
		return there, ErrFull
	}
	m.at++
	now := Kept{slices.Clone(record), m.at}
	m.bytes += int64(len(record)) - int64(len(there.Record))
	m.kept[id] = now
	for f := range m.followers {
		f.pending = append(f.pending, Told{ID: id, Kept: now})
		select {
		case f.wake <- struct{}{}:
		default: // it is awake already
		}
	}
	return now, nil
}

// Load implements [Journal].
func (m *Memory) Load(ctx context.Context, ids []ID) ([]Kept, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]Kept, len(ids))
	for i, id := range ids {
		all[i] = m.kept[id]
	}
	return all, nil
}

// Follow implements [Journal].
func (m *Memory) Follow(ctx context.Context, each func(Told)) error {
	f := &memoryFollower{wake: make(chan struct{}, 1)}
	m.mu.Lock()
	for id, k := range m.kept {
		f.pending = append(f.pending, Told{ID: id, Kept: k})
	}
	slices.SortFunc(f.pending, func(a, b Told) int { return cmp.Compare(a.Revision, b.Revision) })
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
		told, at := f.pending, m.at
		f.pending = nil
		m.mu.Unlock()
		for _, t := range told {
			t.Up = t.Revision
			each(t)
		}
		each(Told{Up: at, Current: true})
		select {
		case <-ctx.Done():
			return nil
		case <-f.wake:
		case <-beat.C:
		}
	}
}

// Erase implements [Journal].
func (m *Memory) Erase(ctx context.Context, id ID, known Revision) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	there, ok := m.kept[id]
	if !ok {
		return nil
	}
	if there.Revision != known {
		return ErrConflict
	}
	m.bytes -= int64(len(there.Record))
	delete(m.kept, id)
	return nil
}

// State implements [Journal].
func (m *Memory) State() JournalState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return JournalState{
		Condition: JournalOpen, Writes: int64(len(m.kept)), Bytes: m.bytes,
		MaxWrites: m.bounds.Writes, MaxBytes: m.bounds.Bytes, Shared: true,
	}
}
