package cache

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
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

// The verdicts of [Epochs.Judge].
const (
	Changed   Verdict = iota // or may have: not fresh, and may stand in
	Fresh                    // nothing with its tags has changed
	Forgotten                // it may not even stand in
)

// Epochs is a sequence of bumps, each of which says that things of some tags have changed, as by a write:
// what was asked for before is not fresh after it. No clock has a say. It is safe for concurrent use.
//
// With a [Journal], bumps outlive the process and reach others. A bump is in effect in this process before the journal
// has it; the journal gets it as soon as it can. What was asked for elsewhere, or before this process began, is judged
// by the places in the journal; of another incarnation of it, it is not fresh.
type Epochs struct {
	process uint64
	now     atomic.Pointer[AsOf]
	bumped  atomic.Uint64 // the number of the newest bump; above 0

	mu      sync.RWMutex
	changed marks
	gone    marks // by those that forget

	watchers map[*watcher]struct{}

	journal *journaled        // nil: there is none
	others  map[uint64]writes // of other processes, by process
	late    []writes          // of those that are gone; the oldest first
}

// NewEpochs returns a sequence of its own, without a journal.
func NewEpochs() *Epochs { return newEpochs(MostBumped) }

func newEpochs(most int) *Epochs {
	e := &Epochs{process: rand.Uint64() | 1, changed: newMarks(most), gone: newMarks(most), others: map[uint64]writes{}} //nolint:gosec // not a secret
	e.now.Store(&AsOf{Process: e.process, Number: 1})
	e.bumped.Store(1)
	return e
}

// AsOf returns where the sequence is now. Who asks for something calls it before the request leaves.
func (e *Epochs) AsOf() AsOf { return *e.now.Load() }

// Mark returns a place after all that was asked for so far: what leaves from now on can be told from what left before.
func (e *Epochs) Mark() AsOf {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.step(e.AsOf().Place)
}

// Barrier is a Mark that only what this process asks for from now on reaches: of what others ask for nobody here knows
// whether it is before or after.
func (e *Epochs) Barrier() AsOf {
	mark := e.Mark()
	mark.Place = Place{}
	return mark
}

// step goes on by one. e.mu is held, and all that AsOf is after is noted.
func (e *Epochs) step(p Place) AsOf {
	next := &AsOf{e.process, e.AsOf().Number + 1, p}
	e.now.Store(next)
	return *next
}

// Bump says that everything with one of tags may have changed. In this process that is so when it returns, whatever
// the error: with one, the journal does not have it within a second, but later, or never if the process ends before.
// What it returns is for who must not read what was asked for before it.
func (e *Epochs) Bump(ctx context.Context, tags ...Tag) (AsOf, error) {
	return e.bump(ctx, false, tags, write{})
}

// Forget is a Bump after which nothing from before may stand in either.
func (e *Epochs) Forget(ctx context.Context, tags ...Tag) (AsOf, error) {
	return e.bump(ctx, true, tags, write{})
}

func (e *Epochs) bump(ctx context.Context, forget bool, tags []Tag, w write) (AsOf, error) {
	if len(tags) == 0 {
		return e.Mark(), nil
	}
	e.mu.Lock()
	asOf := e.AsOf()
	b := Bump{Tags: slices.Clone(tags), Forget: forget, At: time.Now(), By: e.process, Number: asOf.Number + 1}
	at := mark{number: b.Number}
	if e.journal != nil {
		at.unsent = b.Number
	}
	e.raise(b, at)
	asOf = e.step(asOf.Place)
	if e.journal == nil {
		e.mu.Unlock()
		return asOf, nil
	}
	sending := e.journal.enqueue(b, w)
	e.mu.Unlock()
	var err error
	asOf.Place, err = e.journal.sent(ctx, sending)
	return asOf, err
}

// raise takes note of b. e.mu is held.
func (e *Epochs) raise(b Bump, at mark) {
	for _, tag := range b.Tags {
		e.changed.raise(tag, at)
		if b.Forget {
			e.gone.raise(tag, at)
		}
	}
	e.bumped.Store(at.number) // after the tags, which who sees it finds
	e.tell(b.Tags, at.number)
}

// tell tells who watches. e.mu is held, and bumped has the number.
func (e *Epochs) tell(tags []Tag, number uint64) {
	for w := range e.watchers {
		w.told(tags, AsOf{Process: e.process, Number: number})
	}
}

// watcher is told of bumps.
type watcher struct{ told func([]Tag, AsOf) }

// Watch has told be called with the tags of every bump from now on, whoever made it, and where it is in this process:
// once [Epochs.Judge] knows of it. Where a journal begins anew, that is one of [All]. It is called with a lock held, so it is quick, and calls nothing of e. Stop has it
// called no more.
func (e *Epochs) Watch(told func(tags []Tag, at AsOf)) (stop func()) {
	w := &watcher{told}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.watchers == nil {
		e.watchers = map[*watcher]struct{}{}
	}
	e.watchers[w] = struct{}{}
	return func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.watchers, w)
	}
}

// Judge returns what became of an answer with these tags that was asked for asOf. Where nothing was bumped since, that
// takes one atomic load.
func (e *Epochs) Judge(asOf AsOf, tags []Tag) Verdict {
	if asOf.Process == e.process && asOf.Number >= e.bumped.Load() {
		return Fresh
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.judge(asOf, tags, All)
}

// JudgeEntry is Judge of a, which may also have been deleted since, and remembers the last time that it was fresh: where
// nothing was bumped since, that takes one atomic load, too.
func (e *Epochs) JudgeEntry(a *Entry) Verdict {
	bumped := e.bumped.Load()
	if a.AsOf.Process == e.process && a.AsOf.Number >= bumped || a.fresh.Load() >= bumped {
		return Fresh
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	v := e.judge(a.AsOf, a.Tags, a.own)
	if v == Fresh {
		a.fresh.Store(e.bumped.Load())
	}
	return v
}

// judge is Judge of what is called own, too; [All] is nothing.
func (e *Epochs) judge(asOf AsOf, tags []Tag, own Tag) Verdict {
	s := since{asOf, asOf.Process == e.process}
	switch {
	case !s.here && !e.follows(asOf.Place):
		// Which bumps it knows of is not known here. What is to be forgotten is, rather once too often.
		if e.gone.miss(since{here: true}, tags, own) {
			return Forgotten
		}
		return Changed
	case e.gone.miss(s, tags, own):
		return Forgotten
	case e.changed.miss(s, tags, own):
		return Changed
	}
	return Fresh
}
