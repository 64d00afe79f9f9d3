package cache

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// AsOf is a place in a sequence of bumps: what has it was asked for after all of them up to there. The zero
// value was asked for before any, in no sequence.
type AsOf struct {
	Sequence uint64 // which one; places in two of them say nothing of each other
	Bump     uint64
}

// Before reports whether both are of one sequence and a comes first.
func (a AsOf) Before(b AsOf) bool { return a.Sequence == b.Sequence && a.Bump < b.Bump }

// Epochs is a sequence of bumps, each of which says that things of some tags have changed, as by a write:
// what was asked for before is not fresh after it. No clock has a say. It lives as long as the answers do,
// and is safe for concurrent use.
//
// The newest bump of each tag is kept for ever: tags must come from a bounded set, such as names of sources.
type Epochs struct {
	sequence uint64
	last     atomic.Uint64 // the newest bump

	mu     sync.RWMutex
	newest map[string]uint64 // by tag
}

// NewEpochs returns a sequence of its own.
func NewEpochs() *Epochs {
	return &Epochs{sequence: rand.Uint64() | 1, newest: map[string]uint64{}} //nolint:gosec // not a secret
}

// AsOf returns where the sequence is now. Who asks for something calls it before the request leaves.
func (e *Epochs) AsOf() AsOf { return AsOf{e.sequence, e.last.Load()} }

// Bump says that everything with one of tags may have changed.
func (e *Epochs) Bump(tags ...string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := e.last.Load() + 1
	for _, tag := range tags {
		e.newest[tag] = next
	}
	e.last.Store(next) // last: who sees it finds the tags
}

// Fresh reports whether nothing with one of tags has changed since. Of another sequence that is unknown: no.
func (e *Epochs) Fresh(since AsOf, tags []string) bool {
	if since.Sequence != e.sequence {
		return false
	}
	if since.Bump >= e.last.Load() {
		return true
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, tag := range tags {
		if e.newest[tag] > since.Bump {
			return false
		}
	}
	return true
}
