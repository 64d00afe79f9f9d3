package outbox

import (
	"cmp"
	"context"
	"log/slog"
	"time"
)

// Config says how an outbox works. The zero value sends nothing by itself.
type Config struct {
	// Send makes a try of a write that nobody waits for; nil: they are only accepted.
	Send Send
	// Probe looks whether a write was made whose Probe is set; nil: a person has to.
	Probe Probe
	// Gate says when a source can be sent to; nil: always.
	Gate Gate

	// Settled is told of every write that was made, refused or may have been made, before its record says so: what is
	// told has its new state. It may be told twice, and ends soon. Nil: nobody is told.
	Settled func(ctx context.Context, r *Record)
	// Audit is told of every transition that this outbox made, after it. Nil: nobody is told.
	Audit func(Event)
	// Alarm is told of what a person should look at, when it begins. Nil: nobody is told.
	Alarm func(Alarm)
	// Log is told what happens inside; nil: nobody is.
	Log *slog.Logger

	// Keep is for how long what is settled is kept, and its key known (0: 7 days).
	Keep time.Duration
	// MaxRecord is how many bytes a record may take (0: 1 MiB). A write beyond half of it is not accepted; an answer
	// that does not fit is not kept.
	MaxRecord int
	// Concurrency is how many writes of one source are under way at once, beside those whose callers wait (0: 4).
	Concurrency int
	// MaxBackoff is the longest wait between two tries that the source does not ask for (0: 30 s).
	MaxBackoff time.Duration
	// Grace is how much later others do what the gateway that has a write would do itself (0: 15 s), if they share a
	// journal.
	Grace time.Duration
	// Held has all sources held from the start, as after a backup was restored, until [Outbox.Resume].
	Held bool
}

func (c Config) withDefaults() Config {
	c.Keep = cmp.Or(c.Keep, 7*24*time.Hour)
	c.MaxRecord = cmp.Or(c.MaxRecord, 1<<20)
	c.Concurrency = cmp.Or(c.Concurrency, 4)
	c.MaxBackoff = cmp.Or(c.MaxBackoff, 30*time.Second)
	c.Grace = cmp.Or(c.Grace, 15*time.Second)
	if c.Settled == nil {
		c.Settled = func(context.Context, *Record) {}
	}
	if c.Audit == nil {
		c.Audit = func(Event) {}
	}
	if c.Alarm == nil {
		c.Alarm = func(Alarm) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Event is one transition, without anything that was sent or answered.
type Event struct {
	ID            ID
	Field, Source string
	From          State
	Transition
}

// Alarm is something that a person should look at.
type Alarm struct {
	Kind    AlarmKind
	Source  string // "": of all
	ID      ID     // zero: of none in particular
	Message string
}

// AlarmKind is what an [Alarm] is about. The set is closed.
type AlarmKind string

// The kinds of alarm.
const (
	AlarmUnknown    AlarmKind = "UNKNOWN"    // nobody knows whether a write was made, and nothing will tell by itself
	AlarmDead       AlarmKind = "DEAD"       // a write cannot be sent by our own fault
	AlarmCredential AlarmKind = "CREDENTIAL" // a source does not take our credential: it is held
	AlarmDamaged    AlarmKind = "DAMAGED"    // a record cannot be read: everything is held
	AlarmLost       AlarmKind = "LOST"       // records are missing: everything is held
	AlarmRefused    AlarmKind = "REFUSED"    // the journal is not what it was, or of a newer version: nothing is accepted
	AlarmFull       AlarmKind = "FULL"       // a write was refused, since there is no room
)
