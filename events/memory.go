package events

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// Memory is a [Journal] that lives as long as the process.
type Memory struct {
	bounds      Bounds
	incarnation uint64

	mu        sync.Mutex
	last      uint64
	kept      []memoryEvent // in order
	known     map[Name]struct{}
	bytes     int64
	notes     map[string][]byte
	followers map[chan struct{}]struct{} // each is told that something came
}

type memoryEvent struct {
	Kept
	until time.Time
}

// NewMemory returns an empty journal.
func NewMemory(b Bounds) *Memory {
	return &Memory{
		bounds: b.WithDefaults(), incarnation: rand.Uint64() | 1, //nolint:gosec // not a secret
		known: map[Name]struct{}{}, notes: map[string][]byte{}, followers: map[chan struct{}]struct{}{},
	}
}

// Append implements [Journal].
func (m *Memory) Append(ctx context.Context, _ string, name Name, record []byte) (Place, error) {
	if err := ctx.Err(); err != nil {
		return Place{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire()
	size := int64(len(record))
	switch _, known := m.known[name]; {
	case known:
		return Place{}, ErrKnown
	case size > m.bounds.Bytes:
		return Place{}, ErrTooLarge
	case int64(len(m.kept)) >= m.bounds.Events, m.bytes+size > m.bounds.Bytes:
		return Place{}, ErrFull
	}
	m.last++
	k := Kept{Place{m.incarnation, m.last}, name, slices.Clone(record)}
	m.kept = append(m.kept, memoryEvent{k, time.Now().Add(Keep)})
	m.known[name] = struct{}{}
	m.bytes += size
	for wake := range m.followers {
		select {
		case wake <- struct{}{}:
		default: // it is awake already
		}
	}
	return k.Place, nil
}

// expire drops what is older than is kept. m.mu is held.
func (m *Memory) expire() {
	now := time.Now()
	n := 0
	for ; n < len(m.kept) && now.After(m.kept[n].until); n++ {
		delete(m.known, m.kept[n].Name)
		m.bytes -= int64(len(m.kept[n].Record))
	}
	m.kept = slices.Delete(m.kept, 0, n)
}

// Load implements [Journal].
func (m *Memory) Load(ctx context.Context, name Name) (Kept, error) {
	if err := ctx.Err(); err != nil {
		return Kept{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, k := range m.kept {
		if k.Name == name {
			return k.Kept, nil
		}
	}
	return Kept{}, nil
}

// Follow implements [Journal].
func (m *Memory) Follow(ctx context.Context, after Place, each func(Told)) error {
	at := Place{Incarnation: m.incarnation}
	wake := make(chan struct{}, 1)
	m.mu.Lock()
	if after.Incarnation == m.incarnation && after.Sequence <= m.last {
		at = after
	}
	m.followers[wake] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.followers, wake)
	}()
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	for ctx.Err() == nil {
		for _, k := range m.after(at) {
			if ctx.Err() != nil {
				return nil
			}
			at = k.Place
			each(Told{Kept: k, Up: at})
		}
		each(Told{Up: at, Current: true})
		select {
		case <-ctx.Done():
		case <-wake:
		case <-beat.C:
		}
	}
	return nil
}

func (m *Memory) after(at Place) []Kept {
	m.mu.Lock()
	defer m.mu.Unlock()
	first, _ := slices.BinarySearchFunc(m.kept, at.Sequence+1, func(k memoryEvent, s uint64) int {
		return int(int64(k.Sequence) - int64(s)) //nolint:gosec // nobody counts that far
	})
	var found []Kept
	for _, k := range m.kept[first:] {
		found = append(found, k.Kept)
	}
	return found
}

// Note implements [Journal].
func (m *Memory) Note(ctx context.Context, key string, text []byte) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if text == nil {
		delete(m.notes, key)
		return nil
	}
	m.notes[key] = slices.Clone(text)
	return nil
}

// Notes implements [Journal].
func (m *Memory) Notes(ctx context.Context, prefix string) (map[string][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[string][]byte{}
	for key, text := range m.notes {
		if strings.HasPrefix(key, prefix) {
			found[key] = text
		}
	}
	return found, nil
}

// State implements [Journal].
func (m *Memory) State() JournalState {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.expire()
	return JournalState{
		Open: true, Events: int64(len(m.kept)), Bytes: m.bytes, MaxEvents: m.bounds.Events, MaxBytes: m.bounds.Bytes, Shared: true,
	}
}
