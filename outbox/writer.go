package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// stamp is who wrote a transition, and which of his it is.
type stamp struct{ by, number uint64 }

func (t Transition) stamp() stamp { return stamp{t.By, t.Number} }

// writerLife is how long an outbox goes on as one writer, so that those in use are among the newest.
const writerLife = 24 * time.Hour

// writer numbers the records of one outbox. One of which a number may have been used or not is left for a new one:
// nobody would know whether that number is missing. Guarded by Outbox.mu.
type writer struct {
	id   uint64
	born time.Time
	next uint64
	busy []uint64 // on their way, in no order
	free []uint64 // certainly not used
}

// newWriter has a number by chance that is larger than those of writers that are older by a second.
func newWriter() *writer {
	const chance = 30                                                                    // bits
	now := uint64(time.Now().Unix())                                                     //nolint:gosec // it is not before 1970
	return &writer{id: now<<chance | rand.Uint64N(1<<chance), born: time.Now(), next: 1} //nolint:gosec // not a secret
}

// take returns a number, and up to which all are in the journal.
func (w *writer) take() (number, sure uint64) {
	if len(w.free) > 0 {
		i := slices.Index(w.free, slices.Min(w.free))
		number = w.free[i]
		w.free = slices.Delete(w.free, i, i+1)
	} else {
		number = w.next
		w.next++
	}
	w.busy = append(w.busy, number)
	return number, w.sure()
}

func (w *writer) sure() uint64 {
	sure := w.next - 1
	for _, n := range w.busy {
		sure = min(sure, n-1)
	}
	for _, n := range w.free {
		sure = min(sure, n-1)
	}
	return sure
}

// used says that a number is in the journal; otherwise it is certainly not.
func (w *writer) used(number uint64, used bool) {
	if i := slices.Index(w.busy, number); i >= 0 {
		w.busy = slices.Delete(w.busy, i, i+1)
	}
	if !used {
		w.free = append(w.free, number)
	}
}

// renew begins a new sequence. The caller holds mu.
func (o *Outbox) renew() {
	o.writer = newWriter()
	o.writers[o.writer.id] = true
}

// put writes down r over the revision that is known, tries until it is known whether it is there, or ctx ends, and
// returns it as it is there. The error is one of [Journal.Put]; any but the named ones means that it may be there.
func (o *Outbox) put(ctx context.Context, r *Record, known Revision, patient bool, actor string) (*Record, Revision, error) {
	o.mu.Lock()
	if time.Since(o.writer.born) > writerLife {
		o.renew()
	}
	w := o.writer
	number, sure := w.take()
	o.mu.Unlock()

	n := *r
	if n.Created == 0 {
		n.Created = known
	}
	last := len(n.History) - 1
	n.History = slices.Clone(n.History)
	n.History[last].By, n.History[last].Number, n.History[last].Actor = w.id, number, cut(actor)
	n.Numbers = n.Numbers.clone()
	n.Numbers.add(w.id, number)
	n.Sure = sure

	kept, used, err := o.keep(ctx, &n, known, patient)
	o.mu.Lock()
	if used == maybe {
		o.doubted[stamp{w.id, number}] = true
		if o.writer == w {
			o.renew()
		}
	} else {
		w.used(number, used == yes)
	}
	o.mu.Unlock()
	if err != nil {
		if kept.Revision != 0 {
			o.decode(n.Write.ID, kept, false)
		}
		return nil, kept.Revision, err
	}
	o.hear(&n, kept.Revision, false)
	from := State("")
	if known != 0 {
		from = r.History[max(0, last-1)].State
	}
	o.cfg.Audit(Event{
		ID: n.Write.ID, Field: n.Write.Field, Source: n.Write.Source, From: from, Transition: n.Last(),
	})
	return &n, kept.Revision, nil
}

// usage is whether a number is in the journal.
type usage uint8

const (
	no usage = iota
	yes
	maybe
)

// keep puts r until it is known what came of that, or ctx ends; who is not patient does not wait for a journal that
// cannot be used.
func (o *Outbox) keep(ctx context.Context, r *Record, known Revision, patient bool) (Kept, usage, error) {
	record := Encode(r)
	doubt := false
	for wait := retryAfter; ; wait = min(2*wait, retryMost) {
		kept, err := o.journal.Put(ctx, r.Write.ID, known, record)
		switch {
		case err == nil:
			return kept, yes, nil
		case errors.Is(err, ErrConflict):
			newest, has := whose(kept, r)
			if newest {
				err = nil
			}
			return kept, has, err
		case !doubt && (errors.Is(err, ErrFull) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnavailable) && !patient):
			return kept, no, err
		case !nothingKept(err):
			doubt = true
		}
		if pause(ctx, wait); ctx.Err() == nil {
			continue
		}
		if doubt {
			return Kept{}, maybe, fmt.Errorf("%w: %v", errDoubt, err) //nolint:errorlint // it may be one that says that nothing was
		}
		return Kept{}, no, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
}

var errDoubt = errors.New("nobody knows whether it was kept")

// nothingKept reports whether err says that certainly nothing was.
func nothingKept(err error) bool {
	return errors.Is(err, ErrConflict) || errors.Is(err, ErrFull) || errors.Is(err, ErrTooLarge) || errors.Is(err, ErrUnavailable)
}

// whose reports whether what is there is r, and whether r is or was there.
func whose(k Kept, r *Record) (newest bool, has usage) {
	there, err := Decode(k.Record)
	if err != nil {
		return false, no
	}
	mine := r.Last()
	if there.Numbers.has(mine.By, mine.Number) {
		has = yes
	}
	last := there.Last()
	return last.By == mine.By && last.Number == mine.Number, has
}
