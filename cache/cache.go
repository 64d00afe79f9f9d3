package cache

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

const defaultMemory = 64 << 20

// never is a time that does not come, in Unix nanoseconds.
const never = math.MaxInt64

// Config says how much is kept in memory.
type Config struct {
	// Memory is the number of bytes of answers kept in memory, with their keys and headers and the values
	// made of them. Default 64 MiB. Those unread for longest go when it is used up.
	Memory int64 `yaml:"memory"`
	// Shares is how many percent of Memory the answers of a source may take, by its name; none is for all.
	Shares map[string]int `yaml:"-"`
}

// Bytes is Memory or its default.
func (c Config) Bytes() int64 {
	if c.Memory <= 0 {
		return defaultMemory
	}
	return c.Memory
}

// Cache remembers answers by key and scope. It is safe for concurrent use. Every answer is in the store soon, if there
// is one; memory in front of it saves the way there and holds the typed values. A store that is out of order
// costs misses, never an error to who reads, and a second at most; one that does not answer is left alone.
type Cache struct {
	// Epochs says which of the answers are fresh no more since something changed.
	*Epochs

	memory   *memory
	store    Store // nil: memory only
	journal  Journal
	behind   *behind // nil as store
	patience *patience
	counts   counts
	id       func(key, scope string) ID
	makers   atomic.Uint64 // of shortcuts

	ctx  context.Context // ends when Close does
	stop context.CancelFunc
	ours sync.WaitGroup
}

// Option is something few callers need.
type Option func(*Cache)

// WithID names entries by what name returns for key and scope. It is for tests of collisions: of entries
// with one name the last put is kept, and none is taken for another. The default is [IDOf].
func WithID(name func(key, scope string) ID) Option { return func(c *Cache) { c.id = name } }

// WithJournal has bumps outlive the process, and reach others. The default is none.
func WithJournal(j Journal) Option { return func(c *Cache) { c.journal = j } }

// New returns a cache in front of store; a nil store means memory only. The caller closes the cache,
// then the store and the journal.
func New(cfg Config, store Store, options ...Option) (*Cache, error) {
	c := &Cache{Epochs: NewEpochs(), memory: newMemory(cfg), store: store, id: IDOf}
	c.patience = newPatience(&c.counts, func() bool { return store.State().Condition == StoreOpening })
	c.ctx, c.stop = context.WithCancel(context.Background())
	for _, o := range options {
		o(c)
	}
	if store != nil {
		c.behind = newBehind(cfg.Bytes(), func(q *behind) { c.ours.Go(func() { c.carry(q) }) })
		c.memory.behind = c.behind
	}
	if c.journal != nil {
		c.Epochs.keepIn(c.ctx, c.journal, &c.ours, c.drop)
	}
	return c, nil
}

// Get returns the newest entry of key and scope however old it is, nil if there is none.
func (c *Cache) Get(ctx context.Context, key, scope string) *Entry {
	if e := c.Held(key, scope); e != nil {
		return e
	}
	var found [1]*Entry
	c.load(ctx, []string{key}, scope, []int{0}, found[:])
	return found[0]
}

// GetAll is Get for many keys of one scope; the entries are in the order of keys. What memory lacks is looked
// up in the store in one call.
func (c *Cache) GetAll(ctx context.Context, keys []string, scope string) []*Entry {
	found := make([]*Entry, len(keys))
	var missing []int
	for n, key := range keys {
		if found[n] = c.Held(key, scope); found[n] == nil {
			missing = append(missing, n)
		}
	}
	if len(missing) > 0 {
		c.load(ctx, keys, scope, missing, found)
	}
	return found
}

// Held is Get of what memory has: it does not go to the store, and waits for nothing.
func (c *Cache) Held(key, scope string) *Entry {
	h := c.find(c.id(key, scope), time.Now())
	if h == nil || !h.is(key, scope) {
		return nil
	}
	c.counts.memoryHits.Add(1)
	return h.Entry
}

// Newer looks for what is newer than what memory has, which is of no use any more, such as what is not fresh: others
// may have put that into a shared store. It returns what it found, in the order of keys, and memory has that
// afterwards; nil: nothing newer. In a store that is not shared there is nothing newer than in memory.
func (c *Cache) Newer(ctx context.Context, keys []string, scope string) []*Entry {
	found := make([]*Entry, len(keys))
	if c.store == nil || !c.store.Shared() {
		return found
	}
	known, all, now := make([]*Entry, len(keys)), make([]int, len(keys)), time.Now()
	for n, key := range keys {
		if h := c.find(c.id(key, scope), now); h != nil && h.is(key, scope) {
			known[n] = h.Entry
		}
		all[n] = n
	}
	copy(found, known)
	c.load(ctx, keys, scope, all, found)
	for n, e := range known {
		if found[n] == e {
			found[n] = nil
		}
	}
	return found
}

// find returns what memory has under i, or what is on its way into the store: it may be another key's, and a deletion.
func (c *Cache) find(i ID, now time.Time) *held {
	c.memory.mu.RLock()
	defer c.memory.mu.RUnlock()
	h := c.memory.get(i, now)
	if h == nil && c.behind != nil {
		h = c.behind.find(i)
		if h != nil && h.Entry != nil && !now.Before(h.until) {
			return nil
		}
	}
	return h
}

// Put remembers e for the given time; keep <= 0 remembers nothing. Readers of one key may have different
// windows, so an entry is kept at least as long after its arrival as the one it replaces. An entry that
// arrived before the one that is there is dropped, and so is one that left before a bump that the other left
// after, and one that was [Forgotten]. Get sees e when Put returns; the store gets it behind. A cache that was closed
// drops it.
func (c *Cache) Put(e *Entry, keep time.Duration) {
	if keep <= 0 || c.ctx.Err() != nil {
		return
	}
	now := time.Now()
	i := c.id(e.Key, e.Scope)
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	e.named(i)
	if c.JudgeEntry(e) == Forgotten { // under the lock: who forgets looks here after the bump
		return
	}
	old := m.byName[i]
	if old == nil && c.behind != nil {
		old = c.behind.find(i)
	}
	c.replace(old, e, i, now.Add(keep))
}

// replace has e take the place of old, which may be nil, another key's, or a deletion, unless that stays. It is as in
// [Cache.Put]. The lock of memory is held.
func (c *Cache) replace(old *held, e *Entry, i ID, until time.Time) {
	h := c.memory.placed(e, i)
	if old != nil && old.is(e.Key, e.Scope) {
		if old.Entry != e && old.supersedes(e) {
			return
		}
		if longer := e.Received.Add(old.until.Sub(old.Received)); longer.After(until) {
			until = longer
		}
		if old == h && !until.After(h.until) {
			return
		}
	}
	if old != nil {
		h.revision = max(h.revision, old.revision)
	}
	h.until = until
	c.memory.changed(i)
	if old != h || c.memory.byName[i] != h {
		c.memory.put(h)
	}
	if c.behind != nil {
		c.behind.add(h)
	}
}

// Flush waits until the store has what was put and deleted so far, or has had no room for it. The error is that of
// ctx.
func (c *Cache) Flush(ctx context.Context) error {
	if c.behind == nil {
		return nil
	}
	return c.behind.carried(ctx)
}

// Close has the store have what was put, and the journal what was bumped, until ctx ends. What is put or deleted
// afterwards is dropped; store and journal stay open. An error says that one does not have everything.
func (c *Cache) Close(ctx context.Context) error {
	err := c.Flush(ctx)
	if err == nil {
		err = c.flush(ctx)
	}
	c.stop()
	if c.behind != nil {
		c.behind.close()
	}
	c.ours.Wait()
	if err != nil {
		return fmt.Errorf("close the cache: %w", err)
	}
	return nil
}
