package cache

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Memory is a [Store] that lives as long as the process. The least recently used values go when its
// bytes are used up.
type Memory struct {
	max    int64
	shared bool

	mu       sync.Mutex
	size     int64
	revision Revision
	byID     map[ID]*list.Element // of *kept
	order    *list.List           // most recently used first
}

type kept struct {
	Stored

	id    ID
	until time.Time
}

func (k *kept) size() int64 {
	const overhead = 200 // list element, map cell, struct
	return int64(len(k.Value)) + overhead
}

// NewMemory returns an empty store of at most maxBytes, 64 MiB if that is not above zero.
func NewMemory(maxBytes int64) *Memory {
	if maxBytes <= 0 {
		maxBytes = defaultMemory
	}
	return &Memory{max: maxBytes, byID: map[ID]*list.Element{}, order: list.New()}
}

// NewSharedMemory is NewMemory of a store that several caches share.
func NewSharedMemory(maxBytes int64) *Memory {
	m := NewMemory(maxBytes)
	m.shared = true
	return m
}

// Load implements [Store].
func (m *Memory) Load(ctx context.Context, ids []ID) ([]Stored, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]Stored, len(ids))
	for n, i := range ids {
		if at := m.find(i); at != nil {
			m.order.MoveToFront(at)
			all[n] = keptIn(at).Stored
		}
	}
	return all, nil
}

// Save implements [Store].
func (m *Memory) Save(ctx context.Context, changes []Change) ([]Revision, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]Revision, len(changes))
	for n, ch := range changes {
		at := m.find(ch.ID)
		if at != nil && keptIn(at).Revision != ch.Known {
			continue
		}
		if at != nil {
			m.remove(at)
		}
		m.revision++
		all[n] = m.revision
		if ch.Value != nil {
			m.add(&kept{Stored: Stored{ch.Value, m.revision}, id: ch.ID, until: time.Now().Add(ch.Keep)})
		}
	}
	return all, nil
}

func (m *Memory) add(k *kept) {
	if k.size() > m.max {
		return
	}
	m.byID[k.id] = m.order.PushFront(k)
	m.size += k.size()
	for m.size > m.max {
		m.remove(m.order.Back())
	}
}

// find returns where i is, nil for nowhere.
func (m *Memory) find(i ID) *list.Element {
	at := m.byID[i]
	if at != nil && !time.Now().Before(keptIn(at).until) {
		m.remove(at)
		return nil
	}
	return at
}

func (m *Memory) remove(at *list.Element) {
	k := keptIn(at)
	m.order.Remove(at)
	delete(m.byID, k.id)
	m.size -= k.size()
}

func keptIn(at *list.Element) *kept {
	return at.Value.(*kept) //nolint:errcheck // the list holds nothing else
}

// Scan implements [Store].
func (m *Memory) Scan(ctx context.Context, each func(ID, Stored) bool) error {
	m.mu.Lock()
	var all []*kept
	for at := m.order.Front(); at != nil; at = at.Next() {
		if k := keptIn(at); time.Now().Before(k.until) {
			all = append(all, k)
		}
	}
	m.mu.Unlock()
	for _, k := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !each(k.id, k.Stored) {
			return nil
		}
	}
	return nil
}

// Shared implements [Store].
func (m *Memory) Shared() bool { return m.shared }

// State implements [Store].
func (m *Memory) State() StoreState {
	m.mu.Lock()
	defer m.mu.Unlock()
	return StoreState{Condition: StoreOpen, Entries: int64(len(m.byID)), Bytes: m.size, Budget: m.max}
}
