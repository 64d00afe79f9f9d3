package events

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Config says what an inbox does with events.
type Config struct {
	// Changes returns the tags of what has changed where e says so; not known: nothing is said of such events. The error is
	// why it cannot be said, in words that repeat nothing of e. It is called by several at once.
	Changes func(e *Event) (tags []string, known bool, err error)
	// All are the tags of all that events can change: for when some may have been lost.
	All func() []string
	// Bump says that what has one of the tags has changed, and returns nil once that outlives the process. With an error
	// it is asked again: it may be said twice.
	Bump func(ctx context.Context, tags []string) error
	// Leases have one of those who share a journal work off what somebody left behind; nil: nobody shares it.
	Leases Leases
	Log    *slog.Logger // nil: nobody is told
}

// Leases has one of several processes do what all of them want done.
type Leases interface {
	// Take takes the lease of that name, for ttl or until release is called. It is not ok where somebody has it.
	Take(ctx context.Context, name string, ttl time.Duration) (release func(), ok bool, err error)
}

// Inbox keeps events in a journal and works them off. It is safe for concurrent use. [Inbox.Run] has to run.
type Inbox struct {
	config  Config
	journal Journal
	self    string // who took it in
	tally   tally
}

// New returns the inbox in front of a journal.
func New(c Config, j Journal) *Inbox {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Inbox{config: c, journal: j, self: rand.Text()[:13], tally: newTally()}
}

// atOnce is how many events of one delivery are put into the journal at a time.
const atOnce = 16

// ErrNotTaken says that events are neither kept nor worked off: their sender has to come again.
var ErrNotTaken = errors.New("events can neither be kept nor worked off now")

// Take returns nil once nothing can be lost any more: each event is in the journal, or was before, or what it changes is
// known to have changed. Else it is [ErrNotTaken].
func (x *Inbox) Take(ctx context.Context, all []*Event) error {
	errs := x.append(ctx, all)
	var left []*Event
	var why error
	for i, e := range all {
		switch err := errs[i]; {
		case err == nil:
			x.tally.kept(e.Source)
		case errors.Is(err, ErrKnown):
			x.tally.duplicate(e.Source)
		default:
			left, why = append(left, e), err
		}
	}
	if len(left) == 0 {
		return nil
	}
	return x.workUnrecorded(ctx, left, why)
}

// mostKeeping is how long it may take to keep events.
const mostKeeping = 2 * time.Second

// append puts events into the journal, and returns what came of each.
func (x *Inbox) append(ctx context.Context, all []*Event) []error {
	ctx, cancel := context.WithTimeout(ctx, mostKeeping)
	defer cancel()
	var g errgroup.Group
	g.SetLimit(atOnce)
	errs := make([]error, len(all))
	for i, e := range all {
		e.By = x.self
		g.Go(func() error {
			_, errs[i] = x.journal.Append(ctx, e.Source, e.Name(), e.encode())
			return nil
		})
	}
	_ = g.Wait() // none returns one
	return errs
}

// workUnrecorded works off at once what is not kept, or may not be. What it changes is all that it is good for.
func (x *Inbox) workUnrecorded(ctx context.Context, all []*Event, why error) error {
	var tags []string
	for _, e := range all {
		more, known, err := x.changes(e)
		if err != nil {
			x.config.Log.Warn("webhooks: an event that was not kept cannot be worked off", "source", e.Source, "reason", err.Error())
		}
		x.tally.worked(e, known, err)
		tags = append(tags, more...)
	}
	if len(tags) > 0 {
		if err := x.config.Bump(ctx, unique(tags)); err != nil {
			return fmt.Errorf("%w: %w; %w", ErrNotTaken, why, err)
		}
	}
	for _, e := range all {
		x.tally.unrecorded(e.Source)
	}
	return nil
}

// changes is [Config.Changes] of e, whatever that does.
func (x *Inbox) changes(e *Event) (tags []string, known bool, err error) {
	if e.Problem != "" {
		return nil, false, errors.New(e.Problem)
	}
	defer func() {
		if r := recover(); r != nil {
			x.config.Log.Error("webhooks: panic", "source", e.Source, "type", e.Type, "panic", fmt.Sprintf("%T", r))
			tags, known, err = nil, false, errors.New("a mistake of ours")
		}
	}()
	return x.config.Changes(e)
}

func unique(tags []string) []string {
	slices.Sort(tags)
	return slices.Compact(tags)
}
