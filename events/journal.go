package events

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Keep is how long a journal knows what came: longer than any vendor goes on sending one delivery again.
const Keep = 7 * 24 * time.Hour

// Place is one in a journal. The zero value is before all.
type Place struct {
	// Incarnation is another one when what was in the journal may have been lost, and never 0 in one.
	Incarnation uint64
	Sequence    uint64 // grows with every event, not always by one
}

// covers reports whether what is at the sequence of one incarnation is not after p.
func (p Place) covers(other Place) bool {
	return p.Incarnation == other.Incarnation && p.Sequence >= other.Sequence
}

func (p Place) encode() []byte { return fmt.Appendf(nil, "%x %d", p.Incarnation, p.Sequence) }

// decodePlace returns the zero place for what is none.
func decodePlace(text []byte) Place {
	var p Place
	if _, err := fmt.Sscanf(string(text), "%x %d", &p.Incarnation, &p.Sequence); err != nil {
		return Place{}
	}
	return p
}

// Kept is a record in a journal.
type Kept struct {
	Place
	Name   Name
	Record []byte // must not be changed; nil: nothing is there
}

// Told is what a journal tells who follows it.
type Told struct {
	Kept // nil Record: nothing but what follows is told
	// Up is up to where all has been told that is there.
	Up Place
	// Current says that nothing after Up is known of now.
	Current bool
}

// Journal keeps records of events, of one process or of many, in the order in which they came, for [Keep]; and notes of
// who works them off. Both are opaque. It is safe for concurrent use, and passes eventstest.RunJournal.
type Journal interface {
	// Append keeps a record of a source under its name, and returns where it is once it is on the disk, or on most of a
	// cluster's. Errors:
	//
	//   - [ErrKnown]: the name is there, and is as durable. Nothing was kept.
	//   - [ErrFull]: there is no room. Nothing was kept, and nothing was dropped.
	//   - [ErrTooLarge]: this record never fits. Nothing was kept.
	//   - [ErrUnavailable]: nothing was kept.
	//   - Any other: it may have been kept, or be kept yet, or not.
	Append(ctx context.Context, source string, name Name, record []byte) (Place, error)
	// Load returns the record of that name; without one if it is not there.
	Load(ctx context.Context, name Name) (Kept, error)
	// Follow calls each, one call at a time, with what is there after a place, in order, and then with what comes, until
	// ctx ends, which is no error, or the journal cannot be followed, which is one. A place of another incarnation is
	// before all. It is called once a second at least while the journal can be heard, at first also in an empty one.
	Follow(ctx context.Context, after Place, each func(Told)) error
	// Note keeps a text under a key of letters, digits, - and _, in place of what was there, for longer than [Keep];
	// nil removes it.
	Note(ctx context.Context, key string, text []byte) error
	// Notes returns what is noted under keys that begin so.
	Notes(ctx context.Context, prefix string) (map[string][]byte, error)
	// State waits for nothing.
	State() JournalState
}

// What a [Journal] says, wrapped or not.
var (
	ErrKnown       = errors.New("it is known")
	ErrFull        = errors.New("there is no room for another event")
	ErrTooLarge    = errors.New("it is too large to be kept")
	ErrUnavailable = errors.New("the journal cannot be used now")
)

// JournalState is how a journal is.
type JournalState struct {
	Open      bool   `json:"open"`
	Reason    string `json:"reason,omitempty"` // why it is not, for the operator
	Events    int64  `json:"events"`           // that are kept
	Bytes     int64  `json:"bytes"`            // they take
	MaxEvents int64  `json:"maxEvents"`        // beyond, none is kept
	MaxBytes  int64  `json:"maxBytes"`
	Shared    bool   `json:"shared"` // other processes write here, too
}

// Bounds are what a journal may take.
type Bounds struct {
	Events int64 // 0: 100,000
	Bytes  int64 // 0: 256 MiB
}

// WithDefaults returns b with the defaults for what it does not say.
func (b Bounds) WithDefaults() Bounds {
	if b.Events == 0 {
		b.Events = 100_000
	}
	if b.Bytes == 0 {
		b.Bytes = 256 << 20
	}
	return b
}
