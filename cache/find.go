package cache

import (
	"context"
	"fmt"
	"time"
)

// Item is an entry and where it is.
type Item struct {
	ID       ID
	Entry    *Entry // must not be put
	InMemory bool   // or on its way into the store
	InStore  bool
	Until    time.Time // when it goes, at the latest
}

// Search calls each with what has one of tags, or with all for none, in memory and the store, until it returns false.
// What [Cache.Get] would not return is not told: what is past its time, is being deleted, or has something newer in
// its place.
func (c *Cache) Search(ctx context.Context, each func(Item) bool, tags ...Tag) error {
	some := setOf(tags)
	matches := func(i Item) bool { return i.Entry != nil && (len(tags) == 0 || some.of(i.Entry)) }
	items, more := c.itemsHere(matches), true
	if c.store != nil {
		err := c.store.Scan(ctx, func(i ID, s Stored) bool {
			delete(items, i)
			if item := c.item(i, s); matches(item) {
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

// Find returns what is under i; false: nothing that [Cache.Get] would return. With an error, which is the store's, memory
// may still have it.
func (c *Cache) Find(ctx context.Context, i ID) (Item, bool, error) {
	stored, err := []Stored{{}}, error(nil)
	if c.store != nil {
		stored, err = patiently(ctx, c.patience, func(ctx context.Context) ([]Stored, error) { return c.store.Load(ctx, []ID{i}) })
		if err != nil || len(stored) != 1 {
			stored = []Stored{{}}
		}
	}
	item := c.item(i, stored[0])
	return item, item.Entry != nil, err
}

// itemsHere returns what matches of what memory has and of what is on its way into the store.
func (c *Cache) itemsHere(matches func(Item) bool) map[ID]Item {
	items, now := map[ID]Item{}, time.Now()
	c.memory.mu.RLock()
	defer c.memory.mu.RUnlock()
	note := func(h *held) {
		delete(items, h.name)
		if item := h.item(now); matches(item) {
			items[h.name] = item
		}
	}
	if c.behind != nil {
		c.behind.each(note)
	}
	for _, h := range c.memory.byName { // where it differs from what is on its way, it is newer
		note(h)
	}
	return items
}

// item returns what is under i, of which the store has s. Its Entry is nil if there is nothing.
func (c *Cache) item(i ID, s Stored) Item {
	now := time.Now()
	c.memory.mu.RLock()
	h := c.memory.byName[i]
	if h == nil && c.behind != nil {
		h = c.behind.find(i)
	}
	item := Item{ID: i}
	if h != nil {
		item = h.item(now)
	}
	c.memory.mu.RUnlock()
	e, until, ok := opened(i, s)
	if !ok || s.Revision == 0 || h != nil && h.Entry == nil || !now.Before(until) {
		return item
	}
	item.InStore = true
	if item.Entry == nil {
		item.Entry, item.Until = e, until
	}
	return item
}

// item returns h as an item, without an Entry where that is of no use any more. The lock of memory is held.
func (h *held) item(now time.Time) Item {
	if h.Entry == nil || !now.Before(h.until) {
		return Item{ID: h.name}
	}
	return Item{ID: h.name, Entry: h.Entry, InMemory: true, Until: h.until}
}
