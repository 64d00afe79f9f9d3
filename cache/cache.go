package cache

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const defaultMemory = 64 << 20

// storeTimeout bounds one operation of the store: a dead store must not slow down answers for long.
const storeTimeout = time.Second

// storeLanes is how many keys of one GetAll are looked up at a time.
const storeLanes = 16

// Config says how much is kept in memory.
type Config struct {
	// Memory is the number of bytes of answers, and of values made of them, kept in memory. Default 64 MiB.
	Memory int64 `yaml:"memory"`
}

// Cache remembers answers by key and scope. It is safe for concurrent use. Every answer is in the store;
// memory in front of it saves the way there and holds the typed values. A store that is out of order
// costs misses, never an error to who reads.
type Cache struct {
	// Epochs says which of the answers are fresh no more since something changed.
	*Epochs

	memory *memory
	store  Store
	counts counts
	id     func(key, scope string) id

	// writes orders Put and Delete of one key; the number tells a reader of the store that a write
	// came between.
	writes [256]struct {
		sync.Mutex
		number uint64
	}
}

// Option is something few callers need.
type Option func(*Cache)

// WithID names entries by what name returns for key and scope. It is for tests of collisions: of entries
// with one name the last put is kept, and none is taken for another. The default is a SHA-256.
func WithID(name func(key, scope string) [sha256.Size]byte) Option {
	return func(c *Cache) {
		c.id = func(key, scope string) id { return name(key, scope) }
	}
}

// New returns a cache in front of store; a nil store means memory only. The caller closes the cache,
// then the store.
func New(cfg Config, store Store, options ...Option) (*Cache, error) {
	if cfg.Memory <= 0 {
		cfg.Memory = defaultMemory
	}
	m, err := newMemory(cfg.Memory)
	if err != nil {
		return nil, err
	}
	c := &Cache{Epochs: NewEpochs(), memory: m, store: store, id: idOf}
	for _, o := range options {
		o(c)
	}
	return c, nil
}

// id is the SHA-256 of key and scope: the name of an entry in memory and, in hex, in the store.
type id [sha256.Size]byte

func (i id) short() uint64  { return binary.LittleEndian.Uint64(i[:8]) }
func (i id) String() string { return hex.EncodeToString(i[:]) }

func idOf(key, scope string) id {
	var room [512]byte
	b := binary.AppendUvarint(room[:0], uint64(len(key)))
	b = append(b, key...)
	b = append(b, scope...)
	return sha256.Sum256(b)
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

func (c *Cache) inMemory(i id, key, scope string) *Entry {
	h := c.memory.get(i)
	if h == nil || !h.is(key, scope) {
		return nil
	}
	c.counts.memoryHits.Add(1)
	return h.Entry
}

func (c *Cache) inStore(ctx context.Context, i id, key, scope string) *Entry {
	if h := c.load(ctx, i, key, scope); h != nil {
		c.counts.storeHits.Add(1)
		return h.Entry
	}
	c.counts.misses.Add(1)
	return nil
}

// load takes an entry from the store into memory.
func (c *Cache) load(ctx context.Context, i id, key, scope string) *held {
	if c.store == nil {
		return nil
	}
	w := &c.writes[i[0]]
	w.Lock()
	before := w.number
	w.Unlock()
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
func (c *Cache) read(ctx context.Context, i id) (*held, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	b, err := c.store.Get(ctx, i.String())
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		c.counts.storeErrors.Add(1)
		return nil, err
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
// after. Get sees e when Put returns, also when the store failed, which is the error.
func (c *Cache) Put(ctx context.Context, e *Entry, keep time.Duration) error {
	if keep <= 0 {
		return nil
	}
	now := time.Now()
	h := &held{Entry: e, until: now.Add(keep)}
	i := c.id(e.Key, e.Scope)
	w := &c.writes[i[0]]
	w.Lock()
	defer w.Unlock()
	w.number++
	if old := c.current(ctx, i); old != nil && old.is(e.Key, e.Scope) {
		if old.supersedes(e) {
			return nil
		}
		if until := e.Received.Add(old.until.Sub(old.Received)); until.After(h.until) {
			h.until = until
		}
		if old.Entry == e && !h.until.After(old.until) {
			return nil
		}
	}
	c.memory.put(i, h)
	if c.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := c.store.Put(ctx, i.String(), seal(e, h.until), h.until.Sub(now)); err != nil {
		c.counts.storeErrors.Add(1)
		return fmt.Errorf("remember an answer: %w", err)
	}
	return nil
}

// current returns what is remembered under i, which may be another key's.
func (c *Cache) current(ctx context.Context, i id) *held {
	if h := c.memory.get(i); h != nil || c.store == nil {
		return h
	}
	h, _ := c.read(ctx, i) // an error is counted; the write will tell
	return h
}

// Delete forgets key and scope. When the store fails, memory has forgotten, and the error is returned.
func (c *Cache) Delete(ctx context.Context, key, scope string) error {
	i := c.id(key, scope)
	w := &c.writes[i[0]]
	w.Lock()
	defer w.Unlock()
	w.number++
	c.memory.remove(i)
	if c.store == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := c.store.Delete(ctx, i.String()); err != nil {
		c.counts.storeErrors.Add(1)
		return fmt.Errorf("forget an answer: %w", err)
	}
	return nil
}

// Run follows the store until ctx ends, and drops from memory what somebody else changed there. A store
// that cannot be followed is an error.
func (c *Cache) Run(ctx context.Context) error {
	if c.store == nil {
		<-ctx.Done()
		return nil
	}
	err := c.store.Watch(ctx, func(name string) {
		var i id
		if n, err := hex.Decode(i[:], []byte(name)); err == nil && n == len(i) {
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
func (c *Cache) changed(ctx context.Context, i id) {
	mine := c.memory.get(i)
	if mine == nil {
		return
	}
	w := &c.writes[i[0]]
	w.Lock()
	before := w.number
	w.Unlock()
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

// Close ends the work behind. The cache must not be used afterwards; the store stays open.
func (c *Cache) Close() { c.memory.close() }
