package cache

import (
	"context"
	"fmt"
	"slices"
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
	for h := range m.all.entries.all() {
		if h.Entry.has(tags) && c.JudgeEntry(h.Entry) == Forgotten {
			m.changed(h.name)
			m.drop(h)
			n++
		}
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
