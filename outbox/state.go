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

// States returns all states, as people see them.
func States() []State {
	return []State{Queued, Sending, Unknown, Held, Applied, Refused, Expired, Cancelled, Dead}
}

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

// legal reports whether was may become is: the machine, as one table. What is not in it is refused.
func legal(was, is *Record) bool {
	type condition func() bool
	var (
		always  = condition(func() bool { return true })
		sure    = condition(func() bool { return !is.Doubt })                     // it was not made
		again   = condition(func() bool { return !is.Doubt || is.Write.keyed() }) // sent again, it is not doubled
		queued  = condition(func() bool { return is.Write.Queue && again() })     // and not by its caller
		once    = condition(func() bool { return !is.Write.Queue && sure() })     // its caller was told
		parked  = condition(func() bool { return is.Write.Queue && sure() })      // for a person
		ended   = condition(func() bool { return is.Write.Queue && is.Doubt })    // the source would not know it again
		came    = condition(func() bool { return was.Doubt })                     // the answer, after all
		free    = condition(func() bool { return !is.Write.Queue })               // for who comes with the same key
		inDoubt = condition(func() bool { return is.Doubt })
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
		{Queued, Unknown, ended},
		{Queued, Applied, came},
		{Queued, Refused, came},

		{Sending, Applied, always},
		{Sending, Refused, always},
		{Sending, Unknown, inDoubt},
		{Sending, Queued, queued},
		{Sending, Dead, parked},
		{Sending, Cancelled, once},

		{Unknown, Applied, always},
		{Unknown, Refused, always},
		{Unknown, Queued, queued},
		{Unknown, Cancelled, once},
		{Unknown, Sending, again},

		{Dead, Queued, queued},
		{Dead, Cancelled, sure},

		{Cancelled, Sending, free},
	} {
		if edge.from == was.State && edge.to == is.State && edge.when() {
			return true
		}
	}
	return false
}
