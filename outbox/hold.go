package outbox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"holdfast/internal/wire"
)

const (
	holdMagic   = "HFH"
	holdVersion = 1
)

// Hold is that nothing is sent to a source, for all gateways and until somebody resumes. What is there is accepted,
// and expires, all the same.
type Hold struct {
	Source string
	On     bool
	Since  time.Time
	Reason string // one word
	By     string // who wants it; "": the outbox itself

	revision Revision
}

// Why a source is held, beside what a person says, and [AlarmDamaged] and [AlarmLost].
const (
	ReasonCredential = "CREDENTIAL" // it does not take ours
	ReasonStarted    = "STARTED"    // as Config.Held says
)

func holdID(source string) ID { return reserved("hfh1", source) }

func isHold(record []byte) bool {
	return len(record) > len(holdMagic) && string(record[:len(holdMagic)]) == holdMagic
}

func (h Hold) encode() []byte {
	b := wire.Begin(holdMagic, holdVersion, 100)
	b = wire.AppendText(b, h.Source)
	b = wire.AppendBool(b, h.On)
	b = wire.AppendTime(b, h.Since)
	b = wire.AppendText(b, h.Reason)
	b = wire.AppendText(b, h.By)
	return wire.Seal(b)
}

func decodeHold(k Kept) (Hold, error) {
	_, fields, err := open(holdMagic, holdVersion, k.Record)
	if err != nil {
		return Hold{}, fmt.Errorf("a hold of a source: %w", err)
	}
	h := Hold{
		Source: fields.Text(), On: fields.Bool(), Since: fields.Time(), Reason: fields.Text(), By: fields.Text(),
		revision: k.Revision,
	}
	if !fields.Done() {
		return Hold{}, fmt.Errorf("a hold of a source does not fit its own version: %w", ErrDamaged)
	}
	return h, nil
}

func (o *Outbox) hearHold(id ID, k Kept) {
	h, err := decodeHold(k)
	switch {
	case errors.Is(err, ErrNewer):
		o.refuse(err)
	case err != nil:
		o.unreadable(id, k.Revision, err)
	default:
		o.mu.Lock()
		defer o.mu.Unlock()
		if s := o.sourceOf(h.Source); h.revision > s.hold.revision {
			s.hold = h
			o.poke()
		}
	}
}

// Hold has nothing sent to a source, on any gateway, until [Outbox.Resume].
func (o *Outbox) Hold(ctx context.Context, source, reason, actor string) error {
	_, err := o.setHold(ctx, Hold{Source: source, On: true, Reason: reason, By: actor})
	return err
}

// Resume has a source sent to again, whatever it was held for. What holds all sources is over with the last of them, as
// by [Outbox.ResumeAll].
func (o *Outbox) Resume(ctx context.Context, source, actor string) error {
	if _, err := o.setHold(ctx, Hold{Source: source, Reason: ReasonOperator, By: actor}); err != nil {
		return err
	}
	o.mu.Lock()
	o.sourceOf(source).resumed = true
	last := true
	for _, s := range o.sources {
		last = last && s.resumed
	}
	o.poke()
	o.mu.Unlock()
	if last {
		return o.ResumeAll(ctx, actor)
	}
	return nil
}

// ResumeAll ends what holds all sources: that it was started so, and that records are damaged or missing, of which a
// person knows then, for all gateways and for good. A source that is held by itself stays so.
func (o *Outbox) ResumeAll(ctx context.Context, actor string) error {
	if err := o.await(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	why := o.heldAll()
	known := note{removed: o.audit.lost.clone(), known: maps.Clone(o.audit.open)}
	o.mu.Unlock()
	if len(known.removed) > 0 || len(known.known) > 0 {
		if err := o.note(ctx, known); err != nil {
			return &Error{Kind: Unavailable, Err: err}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.started = false
	if why != "" {
		o.cfg.Log.Info("all sources are held no more", "why", why, "by", actor)
	}
	o.poke()
	return nil
}

// setHold writes down h, unless the source is so already.
func (o *Outbox) setHold(ctx context.Context, h Hold) (changed bool, err error) {
	if err := o.await(ctx); err != nil {
		return false, err
	}
	id := holdID(h.Source)
	h.Since = time.Now()
	for {
		all, err := o.journal.Load(ctx, []ID{id}) // another gateway may have held it a moment ago
		if err != nil {
			return false, &Error{Kind: Unavailable, Err: err}
		}
		if all[0].Revision != 0 {
			o.hearHold(id, all[0])
		}
		o.mu.Lock()
		on := o.sourceOf(h.Source).hold.On
		o.mu.Unlock()
		if on == h.On {
			return false, nil
		}
		k, err := o.journal.Put(ctx, id, all[0].Revision, h.encode())
		if k.Revision != 0 {
			o.hearHold(id, k)
		}
		if err == nil {
			o.cfg.Log.Info("a source is held, or no more", "source", h.Source, "held", h.On, "reason", h.Reason, "by", h.By)
			return true, nil
		}
		if !errors.Is(err, ErrConflict) {
			return false, &Error{Kind: Unavailable, Err: err}
		}
	}
}
