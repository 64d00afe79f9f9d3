package cache

import (
	"context"
	"slices"
)

// Delete forgets what is remembered under keys and scope, if there is any of it: what was asked for until now does not
// stand in any more, here when it returns, and elsewhere and after a restart as after [Cache.Forget]. What is asked for
// afterwards counts again. The error is that of [Epochs.Forget].
//
// It is a bump of their names, so that it outlives this process and reaches others before what is in the store is
// deleted, which may take its time, or fail: whoever finds it there knows that it was forgotten.
func (c *Cache) Delete(ctx context.Context, keys []string, scope string) error {
	ids, tags := make([]ID, len(keys)), make([]Tag, len(keys))
	for n, key := range keys {
		ids[n] = c.id(key, scope)
		tags[n] = ids[n].tag()
	}
	if !c.anyOf(ctx, ids) {
		return nil // strangers who ask for what they may not have bump nothing
	}
	_, err := c.Epochs.Forget(ctx, tags...)
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	for _, i := range ids {
		c.remove(i, 0)
	}
	return err
}

// anyOf reports whether something is remembered under one of ids, or nobody knows.
func (c *Cache) anyOf(ctx context.Context, ids []ID) bool {
	if slices.ContainsFunc(ids, c.holds) {
		return true
	}
	if c.store == nil || len(ids) == 0 {
		return false
	}
	stored, err := patiently(ctx, c.patience, func(ctx context.Context) ([]Stored, error) { return c.store.Load(ctx, ids) })
	if c.failed(err) {
		return true
	}
	for n, s := range stored {
		if e, _, ok := opened(ids[n], s); s.Revision != 0 && (!ok || c.JudgeEntry(e) != Forgotten) {
			return true
		}
	}
	return false
}

// holds reports whether memory has something under i, or it is on its way into the store.
func (c *Cache) holds(i ID) bool {
	c.memory.mu.RLock()
	defer c.memory.mu.RUnlock()
	h := c.memory.byName[i]
	if h == nil && c.behind != nil {
		h = c.behind.find(i)
	}
	return h != nil && h.Entry != nil && c.JudgeEntry(h.Entry) != Forgotten
}

// remove takes i out of memory, and has the store delete what it has of that revision, or, where that is not known,
// what was forgotten. The lock of memory is held.
func (c *Cache) remove(i ID, revision Revision) {
	c.memory.changed(i)
	if h := c.memory.byName[i]; h != nil {
		revision = max(revision, h.revision)
		c.memory.drop(h)
	}
	if c.behind == nil {
		return
	}
	if h := c.behind.find(i); h != nil {
		revision = max(revision, h.revision)
	}
	c.behind.add(&held{name: i, revision: revision})
}
