package cache

import (
	"context"
	"errors"
	"time"
)

// carry has the store have what waits in q, until nothing does or the cache is closed.
func (c *Cache) carry(q *behind) {
	wait := pause
	for c.ctx.Err() == nil {
		q.linger(c.ctx)
		batch := q.take()
		if batch == nil {
			return
		}
		failed, err := c.save(batch)
		c.memory.leaving.Store(uint64(c.store.State().Leaving))
		// A store that says no again and again to a change, though it is well, is not asked for ever.
		q.land(batch, failed, err != nil && !unanswered(err) && c.store.State().Condition == StoreOpen)
		if err == nil {
			wait = pause
			continue
		}
		sleep(c.ctx, wait)
		wait = min(2*wait, mostPause)
	}
}

// unanswered reports whether err says nothing of what was asked.
func unanswered(err error) bool {
	return errors.Is(err, errLeftAlone) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// save makes the changes of batch in the store, and returns those that failed.
func (c *Cache) save(batch []flight) (failed []flight, err error) {
	changes := c.changes(batch)
	revisions, err := c.saved(changes.made)
	var conflicts []int
	for n, r := range revisions {
		if r == 0 && err == nil {
			conflicts = append(conflicts, n)
		}
	}
	failed = changes.without(revisions, err)
	if len(conflicts) > 0 {
		err = c.settle(changes, conflicts)
		if err != nil {
			for _, n := range conflicts {
				failed = append(failed, changes.of[n])
			}
		}
	}
	c.learn(changes, revisions)
	return failed, err
}

// sealed are changes as the store gets them, and what they are made of.
type sealed struct {
	of    []flight
	until []time.Time
	made  []Change
}

func (s *sealed) add(h flight, until time.Time, ch Change) {
	s.of, s.until, s.made = append(s.of, h), append(s.until, until), append(s.made, ch)
}

// known are the revisions that the changes know of.
func (s *sealed) known() (all []Revision) {
	for _, ch := range s.made {
		all = append(all, ch.Known)
	}
	return all
}

// without returns those that err kept from being made.
func (s *sealed) without(revisions []Revision, err error) (failed []flight) {
	if err == nil {
		return nil
	}
	for n, h := range s.of {
		if n >= len(revisions) || revisions[n] == 0 {
			failed = append(failed, h)
		}
	}
	return failed
}

// changes seals batch. What is too old by now, or was forgotten, is left out.
func (c *Cache) changes(batch []flight) *sealed {
	s := &sealed{}
	now := time.Now()
	c.memory.mu.RLock()
	for _, h := range batch {
		ch := Change{ID: h.name, Known: h.revision}
		if h.Entry != nil {
			ch.Keep = h.until.Sub(now)
			if ch.Keep <= 0 || c.JudgeEntry(h.Entry) == Forgotten {
				continue
			}
		}
		s.add(h, h.until, ch)
	}
	c.memory.mu.RUnlock()
	for n, h := range s.of {
		if h.Entry != nil {
			s.made[n].Value = seal(h.Entry, s.until[n])
		}
	}
	return s
}

// saved has the store make changes. As many revisions come back.
func (c *Cache) saved(changes []Change) ([]Revision, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	revisions, err := patiently(c.ctx, c.patience, func(ctx context.Context) ([]Revision, error) { return c.store.Save(ctx, changes) })
	c.failed(err)
	if len(revisions) != len(changes) {
		if err == nil {
			err = errors.New("the store does not say what it has")
		}
		revisions = make([]Revision, len(changes))
	}
	return revisions, err
}

// learn takes note of what the store has now.
func (c *Cache) learn(s *sealed, revisions []Revision) {
	now := time.Now()
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	for n, r := range revisions {
		h := s.of[n]
		if r == 0 || h.Entry == nil {
			continue
		}
		h.revision = r
		again := halfLife(s.until[n].Sub(now))
		if r < Revision(c.memory.leaving.Load()) { // it was too large to be kept
			again = min(again, anotherTry)
		}
		h.again.CompareAndSwap(never, now.Add(again).UnixNano())
		if newer := c.memory.byName[h.name]; newer != nil && newer != h.held {
			newer.revision = max(newer.revision, r)
		}
		if newer := c.behind.find(h.name); newer != nil && newer != h.held {
			newer.revision = max(newer.revision, r)
		}
	}
}

// settle has those of changes saved that found something in the store that was not known of, unless that is newer:
// then memory gets it. A deletion deletes only what was forgotten. A second conflict ends it: whoever came between is
// newer.
func (c *Cache) settle(s *sealed, conflicts []int) error {
	ids := make([]ID, len(conflicts))
	for k, n := range conflicts {
		ids[k] = s.made[n].ID
	}
	c.counts.conflicts.Add(uint64(len(ids)))
	stored, err := patiently(c.ctx, c.patience, func(ctx context.Context) ([]Stored, error) { return c.store.Load(ctx, ids) })
	if c.failed(err) || len(stored) != len(ids) {
		return err
	}
	again, written := &sealed{}, &sealed{}
	now := time.Now()
	for k, n := range conflicts {
		h, until := s.of[n], s.until[n]
		ch := s.made[n]
		ch.Known = stored[k].Revision
		theirs, theirUntil := c.open(ids[k], stored[k], now)
		forgotten := theirs != nil && c.JudgeEntry(theirs) == Forgotten
		switch {
		case h.Entry == nil && !forgotten:
			continue
		case theirs != nil && h.is(theirs.Key, theirs.Scope) && !forgotten:
			if theirs.supersedes(h.Entry) {
				c.giveWay(h.held, theirs, theirUntil, ch.Known)
				continue
			}
			if theirs.says(h.Entry) && !theirUntil.Round(0).Before(until.Round(0)) {
				written.add(h, theirUntil, ch) // by another one who reads it
				continue
			}
			if longer := h.Received.Add(theirUntil.Sub(theirs.Received)); longer.After(until) {
				until = longer
				ch.Keep, ch.Value = until.Sub(now), seal(h.Entry, until)
			}
		}
		again.add(h, until, ch)
	}
	revisions, err := c.saved(again.made)
	c.learn(again, revisions)
	c.learn(written, written.known())
	return err
}

// giveWay has memory hold theirs in place of h, unless that has gone meanwhile. Where nobody knows yet whether theirs was
// forgotten, memory holds neither.
func (c *Cache) giveWay(h *held, theirs *Entry, until time.Time, revision Revision) {
	c.memory.mu.Lock()
	defer c.memory.mu.Unlock()
	if c.memory.byName[h.name] != h {
		return
	}
	c.memory.changed(h.name)
	if c.Epochs.knowing() {
		c.hold(theirs, h.name, until, revision)
		return
	}
	c.memory.drop(h)
}
