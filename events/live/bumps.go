package live

import "holdfast/cache"

// mostChanged is how many tags are kept apart until they are looked at.
const mostChanged = 100_000

// bumped takes note that something has changed. It is called by the sequence of bumps, which waits for it.
func (q *Queries) bumped(tags []cache.Tag, at cache.AsOf) {
	q.bumps.Lock()
	defer q.bumps.Unlock()
	for _, tag := range tags {
		if len(q.changed) >= mostChanged {
			tag = cache.All
		}
		q.changed[tag] = at
	}
	select {
	case q.wake <- struct{}{}:
	default: // it will be looked at
	}
}

// follow has what depends on what has changed be run anew.
func (q *Queries) follow() {
	for {
		select {
		case <-q.wake:
		case <-q.ctx.Done():
			return
		}
		q.bumps.Lock()
		changed := q.changed
		q.changed = map[cache.Tag]cache.AsOf{}
		q.bumps.Unlock()
		q.mu.Lock()
		if at, all := changed[cache.All]; all {
			for _, g := range q.groups {
				q.want(g, at)
			}
		}
		for tag, at := range changed {
			for g := range q.byTag[tag] {
				q.want(g, at)
			}
		}
		q.mu.Unlock()
	}
}
