package cache

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const defaultMemory = 64 << 20

// storeLanes is how many keys of one GetAll are looked up at a time.
const storeLanes = 16

// Config says how much is kept in memory.
type Config struct {
	// Memory is the number of bytes of answers kept in memory, with their keys and headers and the values
	// made of them. Default 64 MiB. Those unread for longest go when it is used up.
	Memory int64 `yaml:"memory"`
}

// Bytes is Memory or its default.
func (c Config) Bytes() int64 {
	if c.Memory <= 0 {
		return defaultMemory
	}
	return c.Memory
}

// Cache remembers answers by key and scope. It is safe for concurrent use. Every answer is in the store, if there
// is one; memory in front of it saves the way there and holds the typed values. A store that is out of order
// costs misses, never an error to who reads, and a second at most; one that does not answer is left alone.
type Cache struct {
	// Epochs says which of the answers are fresh no more since something changed.
	*Epochs

	memory   *memory
	store    KeyValue // nil: memory only
	journal  Journal
	patience *patience
	counts   counts
	id       func(key, scope string) ID
	makers   atomic.Uint64 // of shortcuts
	stripes  [256]stripe
	behind   sync.WaitGroup // changes on their way into the store
}

// Option is something few callers need.
type Option func(*Cache)

// WithID names entries by what name returns for key and scope. It is for tests of collisions: of entries
// with one name the last put is kept, and none is taken for another. The default is [IDOf].
func WithID(name func(key, scope string) ID) Option { return func(c *Cache) { c.id = name } }

// WithJournal has bumps outlive the process, and reach others. The default is none.
func WithJournal(j Journal) Option { return func(c *Cache) { c.journal = j } }

// New returns a cache in front of store; a nil store means memory only. The caller closes the cache,
// then the store.
func New(cfg Config, store KeyValue, options ...Option) (*Cache, error) {
	c := &Cache{Epochs: NewEpochs(), memory: newMemory(cfg.Bytes()), store: store, id: IDOf}
	c.patience = newPatience(&c.counts)
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// Get returns the newest entry of key and scope however old it is, nil if there is none.
func (c *Cache) Get(ctx context.Context, key, scope string) *Entry {
	i := c.id(key, scope)
	if e := c.inMemory(i, key, scope); e != nil {
		return e
	}
	return c.inStore(ctx, i, key, scope)
}

// GetAll is Get for many keys of one scope; the entries are in the order of keys. What memory lacks is looked
// up in the store at the same time, and a store that does not answer costs no more time than it does Get.
func (c *Cache) GetAll(ctx context.Context, keys []string, scope string) []*Entry {
	found := make([]*Entry, len(keys))
	var missing []int
	for n, key := range keys {
		if found[n] = c.inMemory(c.id(key, scope), key, scope); found[n] == nil {
			missing = append(missing, n)
		}
	}
	if len(missing) == 0 {
		return found
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout) // for all together
	defer cancel()
	var lookups errgroup.Group
	lookups.SetLimit(storeLanes)
	for _, n := range missing {
		lookups.Go(func() error {
			found[n] = c.inStore(ctx, c.id(keys[n], scope), keys[n], scope)
			return nil
		})
	}
	_ = lookups.Wait() // never an error
	return found
}

// Held is Get of what memory has: it does not go to the store, and waits for nothing.
func (c *Cache) Held(key, scope string) *Entry { return c.inMemory(c.id(key, scope), key, scope) }

func (c *Cache) inMemory(i ID, key, scope string) *Entry {
	h := c.memory.get(i)
	if h == nil && c.store != nil {
		h = c.underWay(i)
	}
	if h == nil || !h.is(key, scope) {
		return nil
	}
	c.counts.memoryHits.Add(1)
	return h.Entry
}

// underWay returns what is on its way into the store under i.
func (c *Cache) underWay(i ID) *held {
	w := c.stripe(i)
	w.Lock()
	defer w.Unlock()
	if l := w.lanes[i]; l != nil {
		return l.newest()
	}
	return nil
}

func (c *Cache) stripe(i ID) *stripe { return &c.stripes[i[0]] }

func (c *Cache) inStore(ctx context.Context, i ID, key, scope string) *Entry {
	if h := c.load(ctx, i, key, scope); h != nil {
		c.counts.storeHits.Add(1)
		return h.Entry
	}
	c.counts.misses.Add(1)
	return nil
}

// load takes an entry from the store into memory.
func (c *Cache) load(ctx context.Context, i ID, key, scope string) *held {
	if c.store == nil {
		return nil
	}
	w := c.stripe(i)
	w.Lock()
	before, changing := w.number, w.lanes[i] != nil
	w.Unlock()
	if changing {
		return nil // it is being deleted, or collides
	}
	h, _ := c.read(ctx, i) // an error is counted, and a miss
	if h == nil || !h.is(key, scope) {
		return nil
	}
	w.Lock()
	defer w.Unlock()
	if w.number == before { // else memory may already hold something newer, or it was deleted
		c.memory.put(i, h)
	}
	return h
}

// read returns what the store has under i, nil for nothing usable. The error is the store's.
func (c *Cache) read(ctx context.Context, i ID) (*held, error) {
	b, err := patiently(ctx, c.patience, func(ctx context.Context) ([]byte, error) {
		return c.store.Get(ctx, i.String())
	})
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, c.failed(err)
	}
	e, until, ok := open(b)
	if !ok {
		c.counts.unreadable.Add(1)
	}
	if !ok || !time.Now().Before(until) {
		return nil, nil
	}
	return &held{Entry: e, until: until}, nil
}

// Put remembers e for the given time; keep <= 0 remembers nothing. Readers of one key may have different
// windows, so an entry is kept at least as long after its arrival as the one it replaces. An entry that
// arrived before the one that is there is dropped, and so is one that left before a bump that the other left
// after. Get sees e when Put returns, also when the store failed, which is the error; where the store has not
// answered within a second, or until ctx ends, it gets e behind.
func (c *Cache) Put(ctx context.Context, e *Entry, keep time.Duration) error {
	if keep <= 0 {
		return nil
	}
	i := c.id(e.Key, e.Scope)
	if err := settled(ctx, c.put(i, &held{Entry: e, until: time.Now().Add(keep)})); err != nil {
		return fmt.Errorf("remember an answer: %w", err)
	}
	return nil
}

// PutBehind is Put for who does not wait for the store, which gets e behind: an error is only counted.
func (c *Cache) PutBehind(e *Entry, keep time.Duration) {
	if keep > 0 {
		c.put(c.id(e.Key, e.Scope), &held{Entry: e, until: time.Now().Add(keep)})
	}
}

// put holds h in memory, unless what is known of its key stays, and sends it to the store.
func (c *Cache) put(i ID, h *held) *change {
	w := c.stripe(i)
	w.Lock()
	defer w.Unlock()
	old, blind := c.memory.get(i), false
	if l := w.lanes[i]; old == nil && l != nil {
		old = l.newest()
	} else if old == nil {
		blind = true
	}
	if h = h.instead(old); h == nil {
		return nil
	}
	c.memory.put(i, h)
	return c.send(w, i, h, blind)
}

// Delete forgets key and scope. When the store fails, memory has forgotten, and the error is returned; it may
// still be deleted there later.
func (c *Cache) Delete(ctx context.Context, key, scope string) error {
	i := c.id(key, scope)
	if err := settled(ctx, c.remove(i)); err != nil {
		return fmt.Errorf("forget an answer: %w", err)
	}
	return nil
}

func (c *Cache) remove(i ID) *change {
	w := c.stripe(i)
	w.Lock()
	defer w.Unlock()
	c.memory.remove(i)
	return c.send(w, i, nil, false)
}

// Run follows the store until ctx ends, and drops from memory what somebody else changed there. A store
// that cannot be followed is an error.
func (c *Cache) Run(ctx context.Context) error {
	if c.store == nil {
		<-ctx.Done()
		return nil
	}
	err := c.store.Watch(ctx, func(name string) {
		if i, err := ParseID(name); err == nil {
			c.changed(ctx, i)
		}
	})
	if err != nil {
		return fmt.Errorf("follow the store: %w", err)
	}
	return nil
}

// changed compares what memory holds under i with the store. Our own writes come by here too: they are
// in memory as they are in the store, and stay, with their values.
func (c *Cache) changed(ctx context.Context, i ID) {
	mine := c.memory.get(i)
	if mine == nil {
		return
	}
	w := c.stripe(i)
	w.Lock()
	before, l := w.number, w.lanes[i]
	if l != nil {
		l.told = true // the store may have what is on its way, or not yet
	}
	w.Unlock()
	if l != nil {
		return
	}
	theirs, err := c.read(ctx, i)
	if err != nil || theirs != nil && !theirs.Received.After(mine.Received) {
		return
	}
	w.Lock()
	defer w.Unlock()
	if w.number == before { // else a write of ours came between and will be told of, too
		c.memory.remove(i)
	}
}

// Close waits for what is on its way into the store. The cache must not be used afterwards; the store stays open.
func (c *Cache) Close() { c.behind.Wait() }
