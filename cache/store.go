package cache

import (
	"context"
	"time"
)

// Revision is which of the values of one name a store has: a later one is larger. 0 is none.
type Revision uint64

// Stored is a value as a store has it. Of what is not there, or no longer, the Revision is 0.
type Stored struct {
	Value    []byte // must not be changed
	Revision Revision
}

// Change is what becomes of a name in a store.
type Change struct {
	ID    ID
	Value []byte        // must not be changed; nil: nothing is to be there
	Keep  time.Duration // above zero, if there is a Value: it goes then, or earlier if room is needed
	Known Revision      // the last that is known of, 0: none
}

// Store keeps values elsewhere, possibly durably and for several processes. Values are opaque. It is safe for
// concurrent use, and passes cachetest.Run. It may take its time, or hang: nobody who waits for an answer waits
// for it longer than a second.
type Store interface {
	// Load returns what is there, in the order of ids.
	Load(ctx context.Context, ids []ID) ([]Stored, error)
	// Save makes changes of different names, and returns the revisions that are there now, in their order; that of a
	// deletion, or of nothing that was to be deleted, is not 0 either. Where there is no room for values, deletions are
	// made all the same. 0 means that nothing was changed, since another revision is there than is Known (one
	// that is Known and has gone meanwhile is no reason), or, with an error, that it may have been changed or not. A
	// value that is too large to be kept at all is not, which is no error: nothing is there then.
	Save(ctx context.Context, changes []Change) ([]Revision, error)
	// Scan calls each with all that is there, in no order, until it returns false. What changes meanwhile may be
	// told or not.
	Scan(ctx context.Context, each func(ID, Stored) bool) error
	// Shared reports whether other processes write here, too.
	Shared() bool
	// State waits for nothing.
	State() StoreState
}

// StoreState is how a store is.
type StoreState struct {
	Condition Condition `json:"condition"`
	Since     time.Time `json:"since,omitzero"`   // when it came to be so; zero: it has always been
	Reason    string    `json:"reason,omitempty"` // why it is not open, for the operator
	Entries   int64     `json:"entries"`          // values
	Bytes     int64     `json:"bytes"`            // they take
	Budget    int64     `json:"budget"`           // bytes they may take; 0: nobody knows
	// Leaving is below which revision values are the next to go for want of room; 0: there is room, or it is not the
	// oldest that go.
	Leaving Revision `json:"-"`
}

// Condition is whether a store can be used.
type Condition string

// The conditions of a store. Where it is not open, all that is asked of it fails at once; or waits until it is, while it
// is opened for the first time.
const (
	StoreOpen    Condition = "OPEN"
	StoreOpening Condition = "OPENING" // since the process began, or had it to itself
	StoreWaiting Condition = "WAITING" // another process has it, for now
	StoreBroken  Condition = "BROKEN"  // it is being opened again
)
