package jetstream

import (
	"context"
	"math"
	"sync"

	"holdfast/cache"
)

// recent is what this process wrote lately to a cluster: a replica that is asked may not have it yet. It is bounded: what
// is forgotten was written so long ago that every replica in order has it.
type recent struct {
	mu         sync.Mutex
	newer, old map[cache.ID]cache.Revision
}

const (
	mostRecent = 4096
	deleted    = cache.Revision(math.MaxUint64) // later than any
)

func (r *recent) wrote(id cache.ID, revision cache.Revision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.newer == nil || len(r.newer) >= mostRecent {
		r.newer, r.old = map[cache.ID]cache.Revision{}, r.newer
	}
	r.newer[id] = revision
}

func (r *recent) last(id cache.ID) cache.Revision {
	r.mu.Lock()
	defer r.mu.Unlock()
	if revision, ok := r.newer[id]; ok {
		return revision
	}
	return r.old[id]
}

// catchUp asks the leader for what a replica has not yet, of what was written here.
func (c *session) catchUp(ctx context.Context, ids []cache.ID, found []cache.Stored) {
	if c.server != nil {
		return
	}
	ctx, done := context.WithTimeout(ctx, firstAttempt)
	defer done()
	for i, id := range ids {
		if found[i].Revision >= c.store.recent.last(id) {
			continue
		}
		m, err := c.leaderGet(ctx, c.names.answers(), get{Last: c.names.answer(id)})
		if err != nil {
			return // there is no leader: what a replica has is better than nothing
		}
		found[i] = cache.Stored{}
		if m != nil {
			found[i] = cache.Stored{Value: m.data, Revision: cache.Revision(m.sequence)}
		}
	}
}
