package cache

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"
)

// skewed is by how much a stored answer may seem to come from the future, since the clocks of two machines differ.
const skewed = 5 * time.Second

// load looks those of keys up in the store whose places in found are at, in one call, and takes into memory what is
// newer than what is there.
func (c *Cache) load(ctx context.Context, keys []string, scope string, at []int, found []*Entry) {
	ids := make([]ID, 0, len(at))
	wanted := make([]int, 0, len(at))
	changes := make([]uint64, 0, len(at))
	if c.store != nil {
		c.memory.mu.RLock()
		for _, n := range at {
			i := c.id(keys[n], scope)
			if h := c.behind.find(i); h != nil && (h.Entry == nil || found[n] == nil) {
				continue // it is being deleted, or collides
			}
			ids, wanted, changes = append(ids, i), append(wanted, n), append(changes, c.memory.changes[i[0]])
		}
		c.memory.mu.RUnlock()
	}
	var stored []Stored
	if len(ids) > 0 {
		stored = c.fetch(ctx, ids)
	}
	now := time.Now()
	hits := 0
	for k, s := range stored {
		n := wanted[k]
		if e := c.take(ids[k], keys[n], scope, s, changes[k], found[n], now); e != nil && e != found[n] {
			found[n] = e
			hits++
		}
	}
	c.counts.storeHits.Add(uint64(hits)) //nolint:gosec // a count
	for _, n := range at {
		if found[n] == nil {
			c.counts.misses.Add(1)
		}
	}
}

// fetch returns what the store has under ids, nil where it does not say, or nobody knows yet what of it was forgotten.
// Before anything can be fresh, it must be known what was bumped: that is waited for in what is left of the time.
func (c *Cache) fetch(ctx context.Context, ids []ID) []Stored {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	stored, err := patiently(ctx, c.patience, func(ctx context.Context) ([]Stored, error) { return c.store.Load(ctx, ids) })
	if c.failed(err) || len(stored) != len(ids) {
		return nil
	}
	if slices.ContainsFunc(stored, func(s Stored) bool { return s.Revision != 0 }) && !c.caughtUp(ctx, c.opened) {
		return nil
	}
	return stored
}

// take takes what the store has under i into memory, unless that has something newer, or changed meanwhile. It returns
// the newest of key and scope; known, if that is as new.
func (c *Cache) take(i ID, key, scope string, s Stored, changes uint64, known *Entry, now time.Time) *Entry {
	e, until := c.open(i, s, now)
	if e == nil || e.Key != key || e.Scope != scope {
		return nil
	}
	c.saw(e.AsOf.Place)
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	old := m.byName[i]
	if c.JudgeEntry(e) == Forgotten {
		if newer := c.putMeanwhile(i, old); newer != nil && newer.is(key, scope) {
			return newer.Entry // which takes its place in the store
		}
		c.remove(i, s.Revision)
		return nil
	}
	switch {
	case known != nil && !e.supersedes(known):
		return known
	case old != nil && old.is(key, scope) && !e.supersedes(old.Entry):
		if sameTime(old.Received, e.Received) {
			old.revision = max(old.revision, s.Revision)
		}
		return old.Entry
	case m.changes[i[0]] != changes:
		return e // it may have been deleted, or changed and gone
	}
	m.stay(c.hold(e, i, until, s.Revision), now)
	return e
}

// putMeanwhile returns what was put under i and may be served: it is in memory, or on its way into the store; nil for
// nothing.
func (c *Cache) putMeanwhile(i ID, inMemory *held) *held {
	for _, h := range []*held{inMemory, c.behind.find(i)} {
		if h != nil && h.Entry != nil && c.JudgeEntry(h.Entry) != Forgotten {
			return h
		}
	}
	return nil
}

// hold has memory hold e, which the store has, and returns its place. The lock of memory is held.
func (c *Cache) hold(e *Entry, i ID, until time.Time, revision Revision) *held {
	h := c.memory.placed(e, i)
	h.until, h.revision = until, revision
	h.again.Store(e.Received.Add(halfLife(until.Sub(e.Received))).UnixNano())
	c.memory.put(h)
	return h
}

// halfLife is after which part of its life an answer that is still read is written again: of those who share a store, one
// is the first, and finds none of the others on his way.
func halfLife(life time.Duration) time.Duration {
	return life/2 + rand.N(life/8+1) //nolint:gosec // not a secret
}

// open returns what s, which is called i, holds and until when it may be used; nil: nothing that may.
func (c *Cache) open(i ID, s Stored, now time.Time) (*Entry, time.Time) {
	if s.Revision == 0 {
		return nil, time.Time{}
	}
	e, until, ok := opened(i, s)
	if !ok {
		c.counts.unreadable.Add(1)
		return nil, time.Time{}
	}
	if !now.Before(until) {
		return nil, time.Time{}
	}
	e.arrived(now)
	return e, steady(until, now)
}

// opened decodes s, which is called i.
func opened(i ID, s Stored) (e *Entry, until time.Time, ok bool) {
	if e, until, ok = open(s.Value); ok {
		e.named(i)
	}
	return e, until, ok
}

// arrived sees to it that e, which was stored, is not from the future: a clock was set. It must give way to what is
// received from now on, and where the clock was far off, nobody knows how old it is: it is not fresh. From now on it
// grows old whichever way the clock is set.
func (e *Entry) arrived(now time.Time) {
	early := max(0, e.Received.Sub(now))
	e.Asked, e.Received = steady(e.Asked.Add(-early), now), steady(e.Received.Add(-early), now)
	if early > skewed {
		e.AsOf = AsOf{}
	}
}

// steady returns t, which was read from a store, with what the clock that nobody sets said then, as times have that were
// not stored.
func steady(t, now time.Time) time.Time { return now.Add(t.Sub(now.Round(0))) }

// failed counts err, which is the store's, and reports whether it is one.
func (c *Cache) failed(err error) bool {
	if err != nil && !errors.Is(err, errLeftAlone) {
		c.counts.storeErrors.Add(1)
	}
	return err != nil
}
