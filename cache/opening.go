package cache

import (
	"context"
	"time"
)

// openPatience is how long who has nothing else waits for a store that is being opened.
const openPatience = 10 * time.Second

// Opening reports whether what is in the store cannot be found yet: it has not been open since the process began, or it
// is not known yet what of it was forgotten. Whatever memory lacks is a miss then, after a second at most.
func (c *Cache) Opening() bool { return c.store != nil && !c.knowing() }

// Opened waits while the store is [Cache.Opening], for ten seconds at most, and reports whether what is there can be
// found now. It is for who has nothing else to answer. Nobody waits for a store that is out of order, or that another
// process has.
func (c *Cache) Opened(ctx context.Context) bool {
	if c.store == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, openPatience)
	defer cancel()
	return c.caughtUp(ctx, c.opened)
}

// opened is when the store was opened: now, while it is being; never, where nobody knows when it will be.
func (c *Cache) opened() time.Time {
	switch s := c.store.State(); s.Condition {
	case StoreOpening:
		return time.Now()
	case StoreOpen:
		return s.Since
	default:
		return time.Time{}
	}
}
