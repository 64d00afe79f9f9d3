package cache

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Erased says what [Cache.Forget] deleted.
type Erased struct {
	Memory int `json:"memory"` // answers, also those on their way into the store
	Store  int `json:"store"`  // values; with those that could not be read, whose tags nobody knows
	Left   int `json:"left"`   // values that are there after all: 0, or there was an error
}

// Forget bumps tags, and deletes all answers from before that have one of them: from memory, from what is on its way
// into the store, from the store, and, as they hear of the bump, from the memories of others. It returns when it has
// looked through the store a second time, and found none; with an error, what could not be deleted is not served in
// any case.
func (c *Cache) Forget(ctx context.Context, tags ...Tag) (Erased, error) {
	var e Erased
	_, unsent := c.Epochs.Forget(ctx, tags...)
	e.Memory = c.drop(tags)
	if c.store == nil {
		return e, unsent
	}
	if err := c.Flush(ctx); err != nil { // what is being saved now left before the bump
		return e, fmt.Errorf("forget: %w", err)
	}
	var err error
	if e.Store, err = c.erase(ctx, tags); err != nil {
		return e, fmt.Errorf("forget: %w", err)
	}
	err = c.store.Scan(ctx, func(_ ID, s Stored) bool {
		if c.forgotten(s, tags) {
			e.Left++
		}
		return true
	})
	if err == nil && e.Left > 0 {
		err = fmt.Errorf("%d answers are in the store again", e.Left)
	}
	if err != nil {
		return e, fmt.Errorf("forget: %w", err)
	}
	return e, unsent
}

// drop takes what has one of tags and was forgotten out of memory and the queue, and returns how many that were.
func (c *Cache) drop(tags []Tag) int {
	m := c.memory
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for h := m.oldest; h != nil; {
		next := h.newer
		if h.Entry.has(tags) && c.JudgeEntry(h.Entry) == Forgotten {
			m.changed(h.name)
			m.drop(h)
			n++
		}
		h = next
	}
	if c.behind != nil {
		n += c.behind.dropAll(func(h *held) bool { return h.Entry.has(tags) && c.JudgeEntry(h.Entry) == Forgotten }, m.byName)
	}
	return n
}

// has reports whether e has one of tags. Everything has All.
func (e *Entry) has(tags []Tag) bool {
	return slices.ContainsFunc(tags, func(tag Tag) bool { return tag == All || slices.Contains(e.Tags, tag) })
}

// forgotten reports whether s holds what has one of tags and was forgotten, or nobody knows what.
func (c *Cache) forgotten(s Stored, tags []Tag) bool {
	e, _, ok := open(s.Value)
	if !ok {
		return true
	}
	return e.has(tags) && c.Judge(e.AsOf, e.Tags) == Forgotten
}

// erase deletes what was forgotten from the store, and returns how many that were.
func (c *Cache) erase(ctx context.Context, tags []Tag) (n int, err error) {
	var batch []Change
	save := func() error {
		if len(batch) == 0 {
			return nil
		}
		_, err := c.store.Save(ctx, batch)
		if err == nil {
			n += len(batch)
		}
		batch = nil
		return err
	}
	scan := c.store.Scan(ctx, func(i ID, s Stored) bool {
		if c.forgotten(s, tags) {
			batch = append(batch, Change{ID: i})
		}
		if len(batch) == batchChanges {
			err = save()
		}
		return err == nil
	})
	if err == nil {
		err = scan
	}
	if err == nil {
		err = save()
	}
	return n, err
}

// Item is an entry and where it is.
type Item struct {
	ID       ID
	Entry    *Entry // must not be put
	InMemory bool
	InStore  bool
	Until    time.Time // when it goes, at the latest
}

// Search calls each with what has one of tags, or with all for none, in memory and the store, until it returns false.
func (c *Cache) Search(ctx context.Context, each func(Item) bool, tags ...Tag) error {
	matches := func(e *Entry) bool { return len(tags) == 0 || e.has(tags) }
	c.memory.mu.RLock()
	items := make(map[ID]Item, len(c.memory.byName))
	for i, h := range c.memory.byName {
		if matches(h.Entry) {
			items[i] = Item{ID: i, Entry: h.Entry, InMemory: true, Until: h.until}
		}
	}
	c.memory.mu.RUnlock()
	more := true
	if c.store != nil {
		err := c.store.Scan(ctx, func(i ID, s Stored) bool {
			item, held := items[i]
			if e, until, ok := open(s.Value); ok && !held && matches(e) {
				item = Item{ID: i, Entry: e, Until: until}
			}
			if item.Entry != nil {
				item.InStore = true
				delete(items, i)
				more = each(item)
			}
			return more
		})
		if err != nil {
			return fmt.Errorf("search the store: %w", err)
		}
	}
	for _, item := range items {
		if !more {
			break
		}
		more = each(item)
	}
	return nil
}

// Find returns what is under i; false: nothing.
func (c *Cache) Find(ctx context.Context, i ID) (Item, bool, error) {
	item := Item{ID: i}
	c.memory.mu.RLock()
	if h := c.memory.byName[i]; h != nil {
		item.Entry, item.InMemory, item.Until = h.Entry, true, h.until
	}
	c.memory.mu.RUnlock()
	if c.store == nil {
		return item, item.Entry != nil, nil
	}
	stored, err := patiently(ctx, c.patience, func(ctx context.Context) ([]Stored, error) { return c.store.Load(ctx, []ID{i}) })
	if err != nil || len(stored) != 1 {
		return item, item.Entry != nil, err
	}
	if e, until, ok := open(stored[0].Value); ok && stored[0].Revision != 0 {
		item.InStore = true
		if item.Entry == nil {
			item.Entry, item.Until = e, until
		}
	}
	return item, item.Entry != nil, nil
}
