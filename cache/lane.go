package cache

import (
	"context"
	"errors"
	"sync"
	"time"
)

// stripe orders what happens to the keys that share it. Nothing waits for the store under its lock.
type stripe struct {
	sync.Mutex
	number uint64       // of changes that began or ended: tells a reader of the store that one came between
	lanes  map[ID]*lane // the keys that have changes on their way into the store
}

// lane is the way of one key into the store: one change at a time, and of those that wait only the newest. It is
// guarded by its stripe's lock.
type lane struct {
	now, next *change // next may be nil
	told      bool    // the store told of the key meanwhile
	first     change
}

// change is what becomes of a key in the store. Who made it may have left.
type change struct {
	held  *held // nil: the key is deleted
	blind bool  // what the store has of the key is not known
	done  chan struct{}
	err   error // once done is closed
}

// newest returns what the last change leaves of the key; nil: nothing.
func (l *lane) newest() *held {
	if l.next != nil {
		return l.next.held
	}
	return l.now.held
}

// send has h, nil for a deletion, go into the store behind. w is locked.
func (c *Cache) send(w *stripe, i ID, h *held, blind bool) *change {
	w.number++
	if c.store == nil {
		return nil
	}
	if l := w.lanes[i]; l != nil {
		if l.next == nil {
			l.next = &change{done: make(chan struct{})}
		}
		l.next.held = h
		return l.next
	}
	l := &lane{first: change{held: h, blind: blind, done: make(chan struct{})}}
	l.now = &l.first
	if w.lanes == nil {
		w.lanes = map[ID]*lane{}
	}
	w.lanes[i] = l
	c.behind.Go(func() { c.carry(w, i, l) })
	return l.now
}

// carry makes the changes of l until there are none.
func (c *Cache) carry(w *stripe, i ID, l *lane) {
	for ch := l.now; ch != nil; {
		err := c.write(w, i, ch)
		w.Lock()
		made := ch
		made.err = err
		w.number++
		ch = l.next
		l.now, l.next = ch, nil
		told := ch == nil && l.told
		if ch == nil {
			delete(w.lanes, i)
		}
		w.Unlock()
		close(made.done)
		if told {
			c.changed(context.Background(), i)
		}
	}
}

// write makes one change in the store. Where the store had something newer all along, memory gets that.
func (c *Cache) write(w *stripe, i ID, ch *change) error {
	h := ch.held
	if h != nil && ch.blind {
		theirs, err := c.read(context.Background(), i)
		if err != nil {
			return err
		}
		if h = h.instead(theirs); h == nil {
			c.correct(w, i, ch, theirs)
			return nil
		}
		c.correct(w, i, ch, h)
	}
	_, err := patiently(context.Background(), c.patience, func(ctx context.Context) (struct{}, error) {
		if h == nil {
			return struct{}{}, c.store.Delete(ctx, i.String())
		}
		keep := time.Until(h.until)
		if keep <= 0 {
			return struct{}{}, nil
		}
		return struct{}{}, c.store.Put(ctx, i.String(), seal(h.Entry, h.until), keep)
	})
	if err != nil {
		return c.failed(err)
	}
	return nil
}

// correct has memory hold h in place of what ch put there, unless that changed meanwhile.
func (c *Cache) correct(w *stripe, i ID, ch *change, h *held) {
	w.Lock()
	defer w.Unlock()
	if h != ch.held && c.memory.get(i) == ch.held {
		c.memory.put(i, h)
	}
}

// failed returns err, which is the store's, counted.
func (c *Cache) failed(err error) error {
	if !errors.Is(err, errLeftAlone) {
		c.counts.storeErrors.Add(1)
	}
	return err
}

// settled waits until ch, which may be nil, is made. The store's second counts for all that is before it.
func settled(ctx context.Context, ch *change) error {
	if ch == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	select {
	case <-ch.done:
		return ch.err
	case <-ctx.Done():
		return ctx.Err()
	}
}
