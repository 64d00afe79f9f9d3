package cache

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// Memory is a [KeyValue] that lives as long as the process. The least recently used values go when its
// bytes are used up.
type Memory struct {
	max int64

	mu       sync.Mutex
	size     int64
	byKey    map[string]*list.Element // of *kept
	order    *list.List               // most recently used first
	watchers map[*watcher]struct{}
}

type kept struct {
	key   string
	value []byte
	until time.Time
}

func (k *kept) size() int64 {
	const overhead = 200 // list element, map cell, struct
	return int64(len(k.key)+len(k.value)) + overhead
}

// NewMemory returns an empty store of at most maxBytes, 64 MiB if that is not above zero.
func NewMemory(maxBytes int64) *Memory {
	if maxBytes <= 0 {
		maxBytes = defaultMemory
	}
	return &Memory{
		max:      maxBytes,
		byKey:    map[string]*list.Element{},
		order:    list.New(),
		watchers: map[*watcher]struct{}{},
	}
}

// Get implements [KeyValue].
func (m *Memory) Get(ctx context.Context, key string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at, ok := m.byKey[key]
	if !ok {
		return nil, ErrNotFound
	}
	k := entryOf(at)
	if !time.Now().Before(k.until) {
		m.remove(at)
		return nil, ErrNotFound
	}
	m.order.MoveToFront(at)
	return k.value, nil
}

// Put implements [KeyValue]. A value larger than the store is not kept, which is no error.
func (m *Memory) Put(ctx context.Context, key string, value []byte, keep time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.byKey[key]; ok {
		m.remove(at)
	}
	if k := (&kept{key: key, value: value, until: time.Now().Add(keep)}); keep > 0 && k.size() <= m.max {
		m.byKey[key] = m.order.PushFront(k)
		m.size += k.size()
	}
	for m.size > m.max {
		m.remove(m.order.Back())
	}
	m.tell(key)
	return nil
}

// Delete implements [KeyValue].
func (m *Memory) Delete(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if at, ok := m.byKey[key]; ok {
		m.remove(at)
	}
	m.tell(key)
	return nil
}

func (m *Memory) remove(at *list.Element) {
	k := entryOf(at)
	m.order.Remove(at)
	delete(m.byKey, k.key)
	m.size -= k.size()
}

func entryOf(at *list.Element) *kept {
	return at.Value.(*kept) //nolint:errcheck // the list holds nothing else
}

// Watch implements [KeyValue].
func (m *Memory) Watch(ctx context.Context, changed func(key string)) error {
	w := &watcher{wake: make(chan struct{}, 1), pending: map[string]struct{}{}}
	m.mu.Lock()
	m.watchers[w] = struct{}{}
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watchers, w)
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.wake:
		}
		m.mu.Lock()
		keys := w.pending
		w.pending = map[string]struct{}{}
		m.mu.Unlock()
		for key := range keys {
			changed(key)
		}
	}
}

// watcher holds the keys that one Watch has yet to tell; guarded by Memory.mu.
type watcher struct {
	wake    chan struct{}
	pending map[string]struct{}
}

func (m *Memory) tell(key string) {
	for w := range m.watchers {
		w.pending[key] = struct{}{}
		select {
		case w.wake <- struct{}{}:
		default: // it is awake already
		}
	}
}
