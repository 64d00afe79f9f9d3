package events

import (
	"context"
	"fmt"
	"time"
)

// Filter says which events are meant. The zero value means all.
type Filter struct {
	Source string    // "": of any
	Type   string    // "": of any
	Since  time.Time // that came then or later; zero: whenever
	Failed bool      // only those that could not be worked off
}

// Recorded is an event as it is kept.
type Recorded struct {
	*Event // nil: its record cannot be read
	Name   Name
	Failed string // why it could not be worked off; "": it could, or was not yet
}

func (f Filter) fits(r Recorded) bool {
	if f.Failed && r.Failed == "" {
		return false
	}
	if r.Event == nil {
		return f.Source == "" && f.Type == "" && f.Since.IsZero()
	}
	return (f.Source == "" || f.Source == r.Source) && (f.Type == "" || f.Type == r.Type) && !r.Received.Before(f.Since)
}

// Walk calls each with the events that are kept and meant, in the order in which they came, until it returns false. The
// error is [ErrUnavailable] if that cannot be said now.
func (x *Inbox) Walk(ctx context.Context, f Filter, each func(Recorded) bool) error {
	failed, err := x.journal.Notes(ctx, failedNote)
	if err != nil {
		return err
	}
	walking, stop := context.WithCancel(ctx)
	defer stop()
	ended := false
	err = x.journal.Follow(walking, Place{}, func(t Told) {
		if ended {
			return
		}
		if t.Record != nil {
			if r := recordedAs(t.Kept, failed); f.fits(r) && !each(r) {
				ended = true
			}
		}
		if ended = ended || t.Current; ended {
			stop()
		}
	})
	switch {
	case ended:
		return nil
	case err == nil:
		err = ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func recordedAs(k Kept, failed map[string][]byte) Recorded {
	e, err := decode(k.Record)
	r := Recorded{Event: e, Name: k.Name, Failed: string(failed[failedNote+k.Name.String()])}
	if err != nil {
		r.Failed = err.Error()
	}
	return r
}

// Show returns the event of that name; not ok where there is none.
func (x *Inbox) Show(ctx context.Context, name Name) (r Recorded, ok bool, err error) {
	k, err := x.journal.Load(ctx, name)
	if err != nil || k.Record == nil {
		return Recorded{}, false, err
	}
	failed, err := x.journal.Notes(ctx, failedNote+name.String())
	return recordedAs(k, failed), err == nil, err
}

// Replayed is what came of events that were worked off once more.
type Replayed struct {
	Found     int `json:"found"`     // that were meant
	Worked    int `json:"worked"`    // and worked off, or would be
	Unmatched int `json:"unmatched"` // of those: nothing says what they change
	Failed    int `json:"failed"`    // that cannot be worked off
}

// Replay works the events that are meant off once more, as the newest settings say. With dry it only says what would come
// of that.
func (x *Inbox) Replay(ctx context.Context, f Filter, dry bool) (Replayed, error) {
	r := replay{Inbox: x, dry: dry}
	var err error
	walked := x.Walk(ctx, f, func(one Recorded) bool {
		err = r.add(ctx, one)
		return err == nil
	})
	if err == nil {
		err = walked
	}
	if err == nil {
		err = r.flush(ctx)
	}
	return r.done, err
}

// ReplayOne is Replay of the event of that name; not ok where there is none.
func (x *Inbox) ReplayOne(ctx context.Context, name Name, dry bool) (done Replayed, ok bool, err error) {
	one, ok, err := x.Show(ctx, name)
	if err != nil || !ok {
		return Replayed{}, false, err
	}
	r := replay{Inbox: x, dry: dry}
	if err = r.add(ctx, one); err == nil {
		err = r.flush(ctx)
	}
	return r.done, true, err
}

// A replay is how far one is.
type replay struct {
	*Inbox

	dry  bool
	done Replayed
	tags []string
	well []Name // that had failed, and do so no more
}

func (r *replay) add(ctx context.Context, one Recorded) error {
	r.done.Found++
	if one.Event == nil {
		r.done.Failed++
		return nil
	}
	tags, known, err := r.changes(one.Event)
	if err != nil {
		r.done.Failed++
		return nil //nolint:nilerr // it is counted
	}
	r.done.Worked++
	if !known {
		r.done.Unmatched++
	}
	r.tags = append(r.tags, tags...)
	if one.Failed != "" {
		r.well = append(r.well, one.Name)
	}
	if r.done.Found%mostWorked == 0 {
		return r.flush(ctx)
	}
	return nil
}

// flush bumps what has changed, and takes back why it was not.
func (r *replay) flush(ctx context.Context) error {
	tags, well := r.tags, r.well
	r.tags, r.well = nil, nil
	if r.dry {
		return nil
	}
	if len(tags) > 0 {
		if err := r.config.Bump(ctx, unique(tags)); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	for _, name := range well {
		if err := r.journal.Note(ctx, failedNote+name.String(), nil); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	return nil
}
