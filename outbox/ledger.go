package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"holdfast/internal/wire"
)

const (
	ledgerMagic   = "HFL"
	ledgerVersion = 1

	mostWriters = 4096 // that the ledger knows
	sweepEvery  = time.Minute
	sweptAtOnce = 500
	mostPasses  = 20
)

// ledgerID is the name of the one record that says what was deleted.
var ledgerID = reserved("hfl1") //nolint:gochecknoglobals // a constant

// ledger has the numbers of what was deleted, and up to which number writers were sure that all is there. Guarded by
// Outbox.mu, but never changed: the next takes its place.
type ledger struct {
	removed  Numbers
	reached  map[uint64]uint64
	revision Revision
}

func (l ledger) encode() []byte {
	b := wire.Begin(ledgerMagic, ledgerVersion, 256)
	b = l.removed.append(b)
	b = wire.AppendUint(b, uint64(len(l.reached)))
	for _, by := range slices.Sorted(maps.Keys(l.reached)) {
		b = wire.AppendFixed(b, by)
		b = wire.AppendUint(b, l.reached[by])
	}
	return wire.Seal(b)
}

func decodeLedger(k Kept) (ledger, error) {
	_, fields, err := open(ledgerMagic, ledgerVersion, k.Record)
	if err != nil {
		return ledger{}, fmt.Errorf("the ledger of what was deleted: %w", err)
	}
	l := ledger{removed: readNumbers(fields), reached: map[uint64]uint64{}, revision: k.Revision}
	for range fields.Count(9) {
		by := fields.Fixed()
		l.reached[by] = fields.Uint()
	}
	if !fields.Done() {
		return ledger{}, fmt.Errorf("the ledger of what was deleted does not fit its own version: %w", ErrDamaged)
	}
	return l, nil
}

// hearLedger takes in the ledger. Followed is what the journal told by itself, in order.
func (o *Outbox) hearLedger(k Kept, followed bool) {
	l, err := decodeLedger(k)
	switch {
	case errors.Is(err, ErrNewer):
		o.refuse(err)
	case err != nil:
		o.unreadable(ledgerID, k.Revision, err)
	default:
		o.mu.Lock()
		defer o.mu.Unlock()
		if followed {
			o.audit.hearLedger(l)
		}
		if l.revision > o.ledger.revision {
			o.ledger = l
		}
	}
}

// note writes into the ledger that records with those numbers are deleted, and what this outbox is sure of.
func (o *Outbox) note(ctx context.Context, removed Numbers) error {
	for {
		o.mu.Lock()
		l := o.ledger
		next := ledger{removed: l.removed.clone(), reached: maps.Clone(l.reached)}
		next.removed.addAll(removed)
		if o.writer.next > 1 {
			next.reached[o.writer.id] = o.writer.sure()
		}
		if len(next.removed) > mostWriters {
			next.trim(o.wrote())
		}
		o.mu.Unlock()
		k, err := o.journal.Put(ctx, ledgerID, l.revision, next.encode())
		if k.Revision != 0 {
			o.hearLedger(k, false)
		}
		if !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

// noteReached writes into the ledger up to where this outbox is sure, so that what it wrote last is missed, too.
func (o *Outbox) noteReached(ctx context.Context) error {
	o.mu.Lock()
	news := o.current && o.writer.sure() > o.ledger.reached[o.writer.id]
	o.mu.Unlock()
	if !news {
		return nil
	}
	ctx, done := context.WithTimeout(ctx, readyTime)
	defer done()
	return o.note(ctx, nil)
}

// wrote returns who wrote the newest record of something: what such a record says of its writer, the ledger must know.
// The caller holds mu.
func (o *Outbox) wrote() map[uint64]bool {
	wrote := maps.Clone(o.writers)
	for _, e := range o.index {
		if e.record != nil {
			wrote[e.record.Last().By] = true
		}
	}
	return wrote
}

// trim forgets the oldest writers of whom nothing is left.
func (l ledger) trim(wrote map[uint64]bool) {
	known := slices.Sorted(maps.Keys(l.removed))
	for _, by := range known[:len(known)-mostWriters] {
		if !wrote[by] {
			delete(l.removed, by)
			delete(l.reached, by)
		}
	}
}

// sweep deletes what has been settled for long enough.
func (o *Outbox) sweep() {
	for {
		pause(o.live, sweepEvery/2+rand.N(sweepEvery)) //nolint:gosec // not a secret
		if o.live.Err() != nil {
			return
		}
		if err := o.noteReached(o.live); err != nil {
			continue
		}
		for range mostPasses {
			ids := o.overdue()
			if len(ids) == 0 || o.await(o.live) != nil {
				break
			}
			if err := o.remove(o.live, ids); err != nil {
				o.cfg.Log.Info("what is settled cannot be deleted now", "error", err)
				break
			}
		}
	}
}

// overdue returns some of what was settled long ago.
func (o *Outbox) overdue() (ids []ID) {
	limit := time.Now().Add(-o.cfg.Keep)
	o.mu.Lock()
	defer o.mu.Unlock()
	for id, e := range o.index {
		if e.record != nil && e.flight == nil && e.record.State.Settled() && e.record.SettledAt().Before(limit) {
			ids = append(ids, id)
		}
		if len(ids) == sweptAtOnce {
			break
		}
	}
	return ids
}

// remove deletes writes, after it was written down that nobody is to miss them.
func (o *Outbox) remove(ctx context.Context, ids []ID) error {
	all, err := o.journal.Load(ctx, ids)
	if err != nil {
		return err
	}
	numbers := Numbers{}
	for i, k := range all {
		if k.Revision == 0 {
			continue
		}
		r, err := Decode(k.Record)
		if err != nil || !r.State.Settled() && r.State != Dead {
			ids[i] = ID{} // it stays
			continue
		}
		numbers.addAll(r.Numbers)
	}
	if len(numbers) > 0 {
		if err := o.note(ctx, numbers); err != nil {
			return err
		}
	}
	for i, k := range all {
		if ids[i] == (ID{}) {
			continue
		}
		if k.Revision != 0 {
			if err := o.journal.Erase(ctx, ids[i], k.Revision); errors.Is(err, ErrConflict) {
				continue
			} else if err != nil {
				return err
			}
		}
		o.mu.Lock()
		if e := o.index[ids[i]]; e != nil && e.flight == nil && (k.Revision == 0 || e.revision <= k.Revision) {
			o.forget(e)
		}
		o.mu.Unlock()
	}
	return nil
}
