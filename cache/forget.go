package cache

import (
	"context"
	"fmt"
	"slices"
)

// Erased says what [Cache.Forget] deleted.
type Erased struct {
	Memory int `json:"memory"` // answers, also those on their way into the store
	Store  int `json:"store"`  // values
	// Unreadable are those of Store that could not be read, as of another version, or damaged: nobody knows their tags.
	Unreadable int `json:"unreadable"`
	Left       int `json:"left"` // values that are there after all: 0, or there was an error
}

// Forget bumps tags, and deletes all answers from before that have one of them: from memory, from what is on its way
// into the store, from the store, and, as they hear of the bump, from the memories of others. It returns when it has
// looked through the store a second time, and found none; with an error, what could not be deleted is not served in
// any case.
func (c *Cache) Forget(ctx context.Context, tags ...Tag) (Erased, error) {
	var e Erased
	_, unsent := c.Epochs.Forget(ctx, tags...)
	e.Memory = c.drop(tags)
	some := setOf(tags)
	if c.store == nil {
		return e, unsent
	}
	if err := c.Flush(ctx); err != nil { // what is being saved now left before the bump
		return e, fmt.Errorf("forget: %w", err)
	}
	if err := c.erase(ctx, some, &e); err != nil {
		return e, fmt.Errorf("forget: %w", err)
	}
	err := c.store.Scan(ctx, func(i ID, s Stored) bool {
		if gone, _ := c.forgotten(i, s, some); gone {
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

// drop takes what has one of tags and was forgotten out of memory and the queue, and returns how many that were. Readers
// do not wait while it looks.
func (c *Cache) drop(tags []Tag) (n int) {
	some, m := setOf(tags), c.memory
	gone := func(h *held) bool { return some.of(h.Entry) && c.JudgeEntry(h.Entry) == Forgotten }
	var found []*held // what comes from now on is judged when it comes
	m.mu.RLock()
	for h := range m.all.entries.all() {
		if gone(h) {
			found = append(found, h)
		}
	}
	m.mu.RUnlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, h := range found {
		if m.byName[h.name] == h {
			m.changed(h.name)
			m.drop(h)
			n++
		}
	}
	if c.behind != nil {
		n += c.behind.dropAll(gone, m.byName)
	}
	return n
}

// tagSet are some tags.
type tagSet map[Tag]struct{}

func setOf(tags []Tag) tagSet {
	s := make(tagSet, len(tags))
	for _, tag := range tags {
		s[tag] = struct{}{}
	}
	return s
}

func (s tagSet) has(tag Tag) bool {
	_, ok := s[tag]
	return ok
}

// of reports whether e has one of the tags, or is called by one. Everything has All.
func (s tagSet) of(e *Entry) bool {
	return s.has(All) || s.has(e.own) || slices.ContainsFunc(e.Tags, s.has)
}

// forgotten reports whether s, which is called i, holds what has one of tags and was forgotten, or nobody knows what.
func (c *Cache) forgotten(i ID, s Stored, tags tagSet) (gone, unreadable bool) {
	e, _, ok := opened(i, s)
	if !ok {
		return true, true
	}
	return tags.of(e) && c.JudgeEntry(e) == Forgotten, false
}

// erase deletes what was forgotten from the store, and counts that in e.
func (c *Cache) erase(ctx context.Context, tags tagSet, e *Erased) (err error) {
	var batch []Change
	unreadable := map[ID]bool{} // of the batch
	save := func() error {
		if len(batch) == 0 {
			return nil
		}
		revisions, err := c.store.Save(ctx, batch)
		for n, r := range revisions {
			if r != 0 {
				e.Store++
				if unreadable[batch[n].ID] {
					e.Unreadable++
				}
			}
		}
		batch = nil
		clear(unreadable)
		return err
	}
	scan := c.store.Scan(ctx, func(i ID, s Stored) bool {
		gone, unread := c.forgotten(i, s, tags)
		if unread {
			unreadable[i] = true
		}
		if gone {
			batch = append(batch, Change{ID: i, Known: s.Revision})
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
	return err
}
