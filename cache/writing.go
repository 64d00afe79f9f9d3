package cache

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// stillWriting is how often a process says again what it is changing, and goneAfter when one that does not is gone.
	stillWriting = 2 * time.Second
	goneAfter    = 5 * time.Second
	// lateWrite is for how long what a process that is gone was changing may still change.
	lateWrite = time.Minute
	// mostWriting is how many tags are said to be written. Of more, everything is.
	mostWriting = 1000
)

// Begin is a [Epochs.Bump] by who is about to change what has one of tags, and calls end when it is known what became of
// that, which bumps them once more, with others that changed, too. What is asked for between may have been answered from
// before the change. So that it is not fresh if the process ends meanwhile, the journal knows of the write before Begin
// returns, if that takes less than a second.
func (e *Epochs) Begin(ctx context.Context, tags ...Tag) (end func(ctx context.Context, tags ...Tag)) {
	if len(tags) > 0 {
		_, _ = e.bump(ctx, false, tags, write{tags, 1}) // it is so here in any case, and later in the journal
	}
	return func(ctx context.Context, more ...Tag) {
		all := slices.Concat(tags, more)
		slices.Sort(all)
		if len(all) > 0 {
			_, _ = e.bump(ctx, false, slices.Compact(all), write{tags, -1})
		}
	}
}

// write is one of tags that begins (1) or ends (-1). The zero value is none.
type write struct {
	tags []Tag
	more int
}

// ours is what this process is changing, and whether the journal knows.
type ours struct {
	of      map[Tag]int // how many writes of each
	version uint64      // of what is to be said
	flying  uint64      // the one that is being said
	known   uint64      // the last that the journal has
	at      time.Time   // when it was said last, or changed
}

func (o *ours) note(w write) {
	for _, tag := range w.tags {
		before := o.of[tag]
		if o.of[tag] = before + w.more; before+w.more == 0 {
			delete(o.of, tag)
		}
		if before == 0 || before+w.more == 0 {
			o.version++
			o.at = time.Now()
		}
	}
}

// again has what is being changed said once more.
func (o *ours) again() {
	if len(o.of) > 0 {
		o.version++
	}
}

// unsaid returns what is being changed if the journal does not know of that; nil: it does.
func (o *ours) unsaid() []Tag {
	o.flying = o.version
	switch {
	case o.version == o.known:
		return nil
	case len(o.of) > mostWriting:
		return []Tag{All}
	case len(o.of) == 0:
		return []Tag{}
	}
	return slices.Sorted(maps.Keys(o.of))
}

// said takes note that the journal has what unsaid returned.
func (o *ours) said() { o.known, o.at = o.flying, time.Now() }

// writes are those of one process that is or may be gone.
type writes struct {
	tags []Tag
	next time.Time // when something is to be done about that
}

// hearsOf takes note of what another process is changing. What one said that may be gone is bumped: of the answers that were
// asked for meanwhile nobody knows whether they are from before the change. e.mu and that of the journal are held.
func (e *Epochs) hearsOf(b Bump, lives bool) {
	if len(b.Writing) == 0 {
		delete(e.others, b.By)
		return
	}
	e.others[b.By] = writes{b.Writing, time.Now().Add(goneAfter + rand.N(goneAfter))} //nolint:gosec // so that one of many is first
	if !lives {
		e.bumpLocked(b.Writing, write{})
	}
}

// lookAfter takes over what was being changed by processes that are gone, for as long as it may still change. What this
// process is changing is said again. The locks are held as in hearsOf.
func (e *Epochs) lookAfter(now time.Time) {
	j := e.journal
	if len(j.ours.of) > 0 && now.Sub(j.ours.at) > stillWriting {
		j.ours.at = now
		j.ours.again()
		j.awake()
	}
	for process, w := range e.others {
		if now.Before(w.next) {
			continue
		}
		delete(e.others, process)
		e.bumpLocked(w.tags, write{w.tags, 1})
		j.add(&unsent{Bump: Bump{At: now, By: process, Writing: []Tag{}}, done: make(chan struct{})})
		e.late = append(e.late, writes{w.tags, now.Add(lateWrite)})
	}
	for len(e.late) > 0 && !now.Before(e.late[0].next) {
		e.bumpLocked(e.late[0].tags, write{e.late[0].tags, -1})
		e.late = e.late[1:]
	}
}

// bumpLocked is bump for who has e.mu and that of the journal, and waits for nothing.
func (e *Epochs) bumpLocked(tags []Tag, w write) {
	number := e.AsOf().Number + 1
	b := Bump{Tags: tags, At: time.Now(), By: e.process, Number: number}
	e.raise(b, mark{number: number, unsent: number})
	e.step(e.AsOf().Place)
	e.journal.ours.note(w)
	e.journal.add(&unsent{Bump: b, done: make(chan struct{})})
}
