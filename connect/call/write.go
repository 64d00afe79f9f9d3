package call

import (
	"time"

	"holdfast/connect/mapping"
)

// A Write is what the SDL says of a field of Mutation besides its request: how its
// writes are told apart, kept and looked for. It is not changed once it is in use.
type Write struct {
	// Key, over $args, is the key by which the caller tells his writes apart; nil: it
	// comes with the operation, if at all.
	Key      *mapping.Mapping
	Required bool // without a key nothing is sent
	// Window is how long the API makes a change once for one $write.key, from the first
	// request; 0: it does not, so what may have been made is never sent again by itself.
	Window time.Duration
	Queue  *Queue // nil: it is sent while the caller waits, or not at all
	Probe  *Probe // nil: nobody can look whether it was made
}

// Queues says whether writes are kept that cannot be sent now. w may be nil.
func (w *Write) Queues() bool { return w != nil && w.Queue != nil }

// Receipt is the field of the object that a write returns which has its state; "": it tells none. w may be
// nil.
func (w *Write) Receipt() string {
	if !w.Queues() {
		return ""
	}
	return w.Queue.Field
}

// A Queue is how writes are kept that cannot be sent now.
type Queue struct {
	Always  bool          // they are answered before they are sent, also when all is well
	Expires time.Duration // from when they were accepted; what was not sent by then never is
	// Order, over $args, names a lane: writes of one lane are sent one after the other;
	// nil: each has its own.
	Order *mapping.Mapping
	// Field, of the object that is returned, has the state of the write; its type is Write.
	Field string
}

// A Probe looks whether a write was made of which nobody knows.
type Probe struct {
	Query     string           // GraphQL: one operation, without credentials of a caller
	Sources   []string         // that the query may ask
	Variables *mapping.Mapping // of the query, over $args and $write; nil: none
	Made      *mapping.Mapping // over the query's data, $args and $write: true, false, or null for unknown
	After     time.Duration    // from the last sending; a false before that is not believed
}
