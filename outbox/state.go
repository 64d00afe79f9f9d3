package outbox

// State is where a write is. The set is closed; "" is before the first.
type State string

// The states.
const (
	Queued    State = "QUEUED"    // it is sent when it is its turn
	Sending   State = "SENDING"   // a try is under way, or who made it is gone
	Unknown   State = "UNKNOWN"   // it was sent, nobody knows whether it was made, and sending it again could double it
	Held      State = "HELD"      // never recorded: queued, at a source that is held
	Applied   State = "APPLIED"   // it was made
	Refused   State = "REFUSED"   // the source said no
	Expired   State = "EXPIRED"   // it was not made until its time was over
	Cancelled State = "CANCELLED" // it was not made, and will not be
	Dead      State = "DEAD"      // it cannot be sent, by our own fault, until a person has it tried again
)

// Settled reports whether nobody does anything more about it by himself.
func (s State) Settled() bool {
	switch s {
	case Applied, Refused, Expired, Cancelled:
		return true
	}
	return false
}

// unknown reports whether there is no such state in a journal.
func (s State) unknown() bool { return !s.Settled() && !s.blocks() && s != Dead }

// blocks reports whether those behind it in its lane have to wait.
func (s State) blocks() bool { return s == Queued || s == Sending || s == Unknown }

// legal reports whether a write that was in from may become r: the machine, as one table. What is not in it is refused.
func legal(from State, r *Record) bool {
	type condition func(*Record) bool
	var (
		always = condition(func(*Record) bool { return true })
		// sure: it is known that it has not been made.
		sure = condition(func(r *Record) bool { return !r.Doubt })
		// again: it may be sent again, since it was not made or the source would know it again.
		again = condition(func(r *Record) bool { return !r.Doubt || r.Write.keyed() })
		// queued, once: whether somebody else than its caller sends it.
		queued   = condition(func(r *Record) bool { return r.Write.Queue && again(r) })
		once     = condition(func(r *Record) bool { return !r.Write.Queue && sure(r) })
		free     = condition(func(r *Record) bool { return !r.Write.Queue })
		inDoubt  = condition(func(r *Record) bool { return r.Doubt })
		doubtful = condition(func(r *Record) bool { return r.Doubt && r.Write.Queue })
	)
	for _, edge := range [...]struct {
		from, to State
		when     condition
	}{
		{"", Queued, queued},
		{"", Sending, sure},

		{Queued, Sending, again},
		{Queued, Expired, sure},
		{Queued, Cancelled, sure},
		{Queued, Dead, sure},
		{Queued, Unknown, doubtful}, // the source would no longer know it again

		{Sending, Applied, always},
		{Sending, Refused, always},
		{Sending, Unknown, inDoubt},
		{Sending, Queued, queued},
		{Sending, Sending, again}, // who sent it is gone
		{Sending, Dead, sure},
		{Sending, Cancelled, once}, // its caller has his answer: nothing was made

		{Unknown, Applied, always}, // somebody looked; or the answer came after all
		{Unknown, Refused, always},
		{Unknown, Queued, queued},
		{Unknown, Cancelled, once},
		{Unknown, Sending, again},

		{Dead, Queued, queued},
		{Dead, Cancelled, sure},

		{Cancelled, Sending, free}, // somebody comes with the same key
	} {
		if edge.from == from && edge.to == r.State && edge.when(r) {
			return true
		}
	}
	return false
}
