package outbox

import (
	"context"
	"errors"
)

// Revision is when something was put into a journal: that of a later Put is larger, whatever it is of. 0 is none.
type Revision uint64

// Kept is what a journal has of one name.
type Kept struct {
	Record   []byte   // must not be changed
	Revision Revision // 0: nothing is there
}

// Told is what a journal tells who follows it.
type Told struct {
	ID
	Kept // Revision 0: nothing but what follows is told
	// Up is up to which revision all has been told that was not replaced or erased since.
	Up Revision
	// Current says that nothing after Up is known of now.
	Current bool
}

// Journal keeps the newest record of every write, of one process or of many. Records are opaque. It is safe for
// concurrent use, and passes outboxtest.RunJournal.
type Journal interface {
	// Put keeps record as what is there of id, if what is there has the revision known (0: nothing is), and returns
	// what is there once it is on the disk, or on most of a cluster's. Errors:
	//
	//   - [ErrConflict]: another revision is there, which is returned. Nothing was kept.
	//   - [ErrFull], where known is 0: there is no room for another write. Nothing was kept, and nothing was dropped.
	//     What is there can be replaced all the same, although it grows, and reserved names are kept ([ID.Reserved]).
	//   - [ErrTooLarge]: this record never fits. Nothing was kept.
	//   - [ErrUnavailable]: nothing was kept.
	//   - Any other: it may have been kept, or be kept yet, or not.
	Put(ctx context.Context, id ID, known Revision, record []byte) (Kept, error)
	// Load returns what is there, in the order of ids, and not as it was before it was asked.
	Load(ctx context.Context, ids []ID) ([]Kept, error)
	// Follow calls each, one call at a time, with what is there, in the order of revisions, and then with what comes,
	// until ctx ends, which is no error, or the journal cannot be followed, which is one. Of one id the newest is
	// told; older ones may be. It is called once a second at least as long as the journal can be heard, at first also
	// in an empty one.
	//
	// The error is [ErrDamaged] if it is known that something that was kept is lost, of which nothing is told.
	Follow(ctx context.Context, each func(Told)) error
	// Erase leaves no trace of id, if what is there has the revision known; [ErrConflict] if another is. That nothing
	// is there is no error.
	Erase(ctx context.Context, id ID, known Revision) error
	// State waits for nothing.
	State() JournalState
}

// What a [Journal] says, wrapped or not.
var (
	ErrConflict    = errors.New("another revision is there")
	ErrFull        = errors.New("there is no room for another write")
	ErrTooLarge    = errors.New("it is too large to be kept")
	ErrUnavailable = errors.New("the journal cannot be used now")
)

// JournalState is how a journal is.
type JournalState struct {
	Condition Condition `json:"condition"`
	Reason    string    `json:"reason,omitempty"` // why it is not open, for the operator
	Writes    int64     `json:"writes"`           // records
	Bytes     int64     `json:"bytes"`            // they take
	MaxWrites int64     `json:"maxWrites"`        // beyond, none is accepted; 0: nobody knows
	MaxBytes  int64     `json:"maxBytes"`
	Shared    bool      `json:"shared"` // other processes write here, too
}

// Condition is whether a journal can be used.
type Condition string

// The conditions of a journal.
const (
	JournalOpen    Condition = "OPEN"
	JournalOpening Condition = "OPENING" // since the process began, or had it to itself
	JournalWaiting Condition = "WAITING" // another process has it, for now
	JournalBroken  Condition = "BROKEN"  // it is being opened again
	JournalRefused Condition = "REFUSED" // it is not what it was: only a person can say what to do
)
