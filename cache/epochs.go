package cache

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
)

// AsOf is what had been bumped when something was asked for: in the process that asked, and in the journal. The zero
// value was asked for before any, nowhere.
type AsOf struct {
	Process uint64 // which one; numbers of two say nothing of each other
	Number  uint64 // of its last bump or mark
	Place          // of the last bump in the journal that it knew of, and of all before
}

// Before reports whether both can be compared and a comes first.
func (a AsOf) Before(b AsOf) bool {
	if a.Process == b.Process {
		return a.Number < b.Number
	}
	return a.Incarnation != 0 && a.Incarnation == b.Incarnation && a.Sequence < b.Sequence
}

// Reaches reports whether what was asked for asOf a is known to have been so after all that b is after.
func (a AsOf) Reaches(b AsOf) bool {
	if a.Process == b.Process {
		return a.Number >= b.Number
	}
	return a.Place.reaches(b.Place)
}

// Verdict is what became of an answer since it was asked for.
type Verdict uint8

const (
	Changed   Verdict = iota // or may have: not fresh, and may stand in
	Fresh                    // nothing with its tags has changed
	Forgotten                // it may not even stand in
)

// Epochs is a sequence of bumps, each of which says that things of some tags have changed, as by a write:
// what was asked for before is not fresh after it. No clock has a say. It is safe for concurrent use.
type Epochs struct {
	process uint64
	last    atomic.Uint64 // the newest bump or mark
	bumped  atomic.Uint64 // the newest bump

	mu     sync.RWMutex
	newest map[Tag]uint64
	gone   map[Tag]uint64 // the newest that forgets
}

// NewEpochs returns a sequence of its own.
func NewEpochs() *Epochs {
	return &Epochs{process: rand.Uint64() | 1, newest: map[Tag]uint64{}, gone: map[Tag]uint64{}} //nolint:gosec // not a secret
}

// AsOf returns where the sequence is now. Who asks for something calls it before the request leaves.
func (e *Epochs) AsOf() AsOf { return AsOf{Process: e.process, Number: e.last.Load()} }

// Mark returns a place after all that was asked for so far: what leaves from now on can be told from what left before.
func (e *Epochs) Mark() AsOf {
	e.mu.Lock()
	defer e.mu.Unlock()
	return AsOf{Process: e.process, Number: e.last.Add(1)}
}

// Bump says that everything with one of tags may have changed. In this process that is so when it returns, whatever
// the error: with one, the journal has it later, or never if the process ends before. What it returns is for who reads
// what was asked for after it, and not before.
func (e *Epochs) Bump(ctx context.Context, tags ...Tag) (AsOf, error) {
	return e.bump(ctx, false, tags)
}

// Forget is a Bump after which nothing from before may stand in either.
func (e *Epochs) Forget(ctx context.Context, tags ...Tag) (AsOf, error) {
	return e.bump(ctx, true, tags)
}

func (e *Epochs) bump(_ context.Context, forget bool, tags []Tag) (AsOf, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	next := e.last.Load() + 1
	for _, tag := range tags {
		e.newest[tag] = next
		if forget {
			e.gone[tag] = next
		}
	}
	e.bumped.Store(next)
	e.last.Store(next) // last: who sees it finds the tags
	return AsOf{Process: e.process, Number: next}, nil
}

// Judge returns what became of an answer with these tags that was asked for asOf.
func (e *Epochs) Judge(asOf AsOf, tags []Tag) Verdict {
	if asOf.Process != e.process {
		return Changed
	}
	if asOf.Number >= e.bumped.Load() {
		return Fresh
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	verdict := Fresh
	if e.newest[All] > asOf.Number {
		verdict = Changed
	}
	for _, tag := range tags {
		if e.gone[tag] > asOf.Number {
			return Forgotten
		}
		if tag == Any && e.bumped.Load() > asOf.Number || e.newest[tag] > asOf.Number {
			verdict = Changed
		}
	}
	if e.gone[All] > asOf.Number {
		return Forgotten
	}
	return verdict
}
