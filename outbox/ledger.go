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
	ledgerVersion = 2 // from then on it says of which records a person knows that they cannot be read

	mostWriters = 4096 // that the ledger knows
	mostKnown   = 4096 // damaged records that it knows
	sweepEvery  = time.Minute
	sweptAtOnce = 500
	mostPasses  = 20
)

// ledgerID is the name of the one record that says what was deleted.
var ledgerID = reserved("hfl1") //nolint:gochecknoglobals // a constant

// ledger has the numbers of what was deleted, or is missing and a person knows it, and up to which number writers were
// sure that all is there. Guarded by Outbox.mu, but never changed: the next takes its place.
type ledger struct {
	removed  Numbers
	reached  map[uint64]uint64
	known    map[ID]Revision // that cannot be read, and a person knows it
	revision Revision
}

func emptyLedger() ledger {
	return ledger{removed: Numbers{}, reached: map[uint64]uint64{}, known: map[ID]Revision{}}
}

func (l ledger) encode() []byte {
	b := wire.Begin(ledgerMagic, ledgerVersion, 256)
	b = l.removed.append(b)
	b = wire.AppendUint(b, uint64(len(l.reached)))
	for _, by := range slices.Sorted(maps.Keys(l.reached)) {
		b = wire.AppendFixed(b, by)
		b = wire.AppendUint(b, l.reached[by])
	}
	b = wire.AppendUint(b, uint64(len(l.known)))
	for _, id := range slices.SortedFunc(maps.Keys(l.known), compareIDs) {
		b = append(b, id[:]...)
		b = wire.AppendUint(b, uint64(l.known[id]))
	}
	return wire.Seal(b)
}

func decodeLedger(k Kept) (ledger, error) {
	version, fields, err := open(ledgerMagic, ledgerVersion, k.Record)
	if err != nil {
		return ledger{}, fmt.Errorf("the ledger of what was deleted: %w", err)
	}
	l := emptyLedger()
	l.removed, l.revision = readNumbers(fields), k.Revision
	for range fields.Count(9) {
		by := fields.Fixed()
		l.reached[by] = fields.Uint()
	}
	if version > 1 {
		for range fields.Count(17) {
			id := ID(read16(fields))
			l.known[id] = Revision(fields.Uint())
		}
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
		if o.audit.hearLedger(l, followed); k.Revision > o.audit.damaged[ledgerID] {
			o.audit.gone(ledgerID)
		}
		o.poke() // what held all sources may be over
		if l.revision > o.ledger.revision {
			o.ledger = l
		}
	}
}

// note is what is new in the ledger.
type note struct {
	removed Numbers         // deleted, or missing and a person knows it
	known   map[ID]Revision // cannot be read, and a person knows it
}

// note writes n into the ledger, and what this outbox is sure of. One that cannot be read is replaced once a person
// knows that.
func (o *Outbox) note(ctx context.Context, n note) error {
	for {
		o.mu.Lock()
		l := o.ledger
		next := ledger{removed: l.removed.clone(), reached: maps.Clone(l.reached), known: maps.Clone(l.known)}
		next.removed.addAll(n.removed)
		maps.Copy(next.known, n.known)
		if at, known := next.known[ledgerID]; known {
			l.revision = max(l.revision, at)
			delete(next.known, ledgerID)
		}
		next.prune(o.audit.damaged)
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
		o.mu.Lock()
		_, unread := o.audit.open[ledgerID]
		o.mu.Unlock()
		if _, known := n.known[ledgerID]; unread && !known {
			return fmt.Errorf("the ledger of what was deleted: %w", ErrDamaged)
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
	return o.note(ctx, note{})
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

// prune forgets what is not damaged any more, and, of very much that is, what was kept first.
func (l ledger) prune(damaged map[ID]Revision) {
	maps.DeleteFunc(l.known, func(id ID, at Revision) bool { return damaged[id] != at })
	if len(l.known) <= mostKnown {
		return
	}
	revisions := slices.Sorted(maps.Values(l.known))
	first := revisions[len(revisions)-mostKnown]
	maps.DeleteFunc(l.known, func(_ ID, at Revision) bool { return at < first })
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
			if _, err := o.remove(o.live, ids); err != nil {
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

// remove deletes writes that are over, after it was written down that nobody is to miss them, and returns which are gone.
func (o *Outbox) remove(ctx context.Context, ids []ID) (gone []ID, err error) {
	all, err := o.journal.Load(ctx, ids)
	if err != nil {
		return nil, err
	}
	numbers, over := Numbers{}, make([]bool, len(ids))
	for i, k := range all {
		if k.Revision == 0 {
			over[i] = true
			continue
		}
		r, err := Decode(k.Record)
		if over[i] = err == nil && (r.State.Settled() || r.State == Dead); over[i] {
			numbers.addAll(r.Numbers)
		}
	}
	if len(numbers) > 0 {
		if err := o.note(ctx, note{removed: numbers}); err != nil {
			return nil, err
		}
	}
	for i, k := range all {
		if !over[i] {
			continue
		}
		if k.Revision != 0 {
			if err := o.journal.Erase(ctx, ids[i], k.Revision); errors.Is(err, ErrConflict) {
				continue
			} else if err != nil {
				return gone, err
			}
		}
		o.mu.Lock()
		if e := o.index[ids[i]]; e != nil && e.flight == nil && (k.Revision == 0 || e.revision <= k.Revision) {
			o.forget(e)
		}
		o.mu.Unlock()
		gone = append(gone, ids[i])
	}
	return gone, nil
}
