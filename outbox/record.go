package outbox

import (
	"fmt"
	"slices"
	"time"
)

// Record is all that is known of a write: what a [Journal] keeps of it. It is never changed, but replaced by the next.
type Record struct {
	Write Write
	State State
	// Created is the revision of the first record, which orders lanes; 0: this is the first.
	Created Revision
	// Attempts is how often it was tried.
	Attempts int
	// FirstSent is when the first try began that may have brought the present vendor key to the source; zero: none has.
	FirstSent time.Time
	// NextTry is when it is tried next, if it is queued, or looked for, if it is unknown.
	NextTry time.Time
	// Doubt says that a try ended without anybody knowing whether it was made.
	Doubt bool
	// Stuck says that the source repeats a failure for the vendor key: asking again tells nothing new.
	Stuck bool
	// Renewed is how often the request got a new vendor key.
	Renewed int
	// Outcome is the newest answer; nil: none came.
	Outcome *Outcome
	// History has the first transition and the newest ones, oldest first.
	History []Transition
	// Numbers are those of all its transitions.
	Numbers Numbers
	// Sure is up to which number everything that its newest writer wrote was in the journal.
	Sure uint64
}

// Transition is one step of a write.
type Transition struct {
	State   State
	At      time.Time // by the clock of who wrote it
	By      uint64    // the writer: one outbox in one process
	Number  uint64    // which of his it is, from 1 on
	Attempt int       // how often it had been tried
	Reason  string    // why, as one word; "": as usual
	Message string    // for people; may be empty
	Actor   string    // who wanted it; "": the outbox by itself, or nobody knows
}

// Reasons that the outbox gives by itself. Others are those of a [Result].
const (
	ReasonLost      = "SENDER_LOST" // who sent it is gone, and nobody knows how far he came
	ReasonUnsent    = "NOT_SENT"    // who wanted to send it is gone, and did not
	ReasonWindow    = "WINDOW_OVER" // the source would no longer know it again
	ReasonPanic     = "PANIC"       // our own code failed
	ReasonLooked    = "PROBE"       // somebody looked whether it was made
	ReasonOperator  = "OPERATOR"
	ReasonCaller    = "CALLER"
	ReasonRevoked   = "NOT_ACCEPTED" // its caller was told that it may not be accepted
	ReasonExhausted = "EXPIRED"      // its time is over, and nobody knows whether it was made
)

// mostHistory is how many transitions a record tells of.
const mostHistory = 32

// Last returns the newest transition.
func (r *Record) Last() Transition { return r.History[len(r.History)-1] }

// SettledAt returns when it was settled; zero: it is not.
func (r *Record) SettledAt() time.Time {
	if !r.State.Settled() {
		return time.Time{}
	}
	return r.Last().At
}

// Free reports whether who comes with the same key has it tried: it was not to be queued, and did certainly nothing.
func (r *Record) Free() bool { return r.State == Cancelled && !r.Write.Queue }

// mostSkew is how far the clocks of gateways may be apart. What lies further ahead was written before a clock was set
// back, and nobody knows how long ago.
const mostSkew = time.Minute

// open reports whether the source still knows the vendor key at that time.
func (r *Record) open(now time.Time) bool {
	switch {
	case !r.Write.keyed() || r.Stuck:
		return false
	case r.FirstSent.IsZero():
		return true
	}
	return now.Before(r.FirstSent.Add(r.Write.Window)) && !now.Before(r.FirstSent.Add(-mostSkew))
}

// step is what becomes of a record.
type step struct {
	to      State
	at      time.Time
	doubt   bool // nobody knows whether the try that ended made it
	notMade bool // it is known that no try has made it
	reason  string
	message string
}

// first returns the first record of w.
func first(w Write, s step) (*Record, error) { return (&Record{Write: w}).next(s) }

// next returns the record after r. The error is one of ours: the step is none that may be taken.
func (r *Record) next(s step) (*Record, error) {
	n := *r
	n.State, n.NextTry = s.to, time.Time{}
	switch {
	case s.to == Applied, s.to == Refused:
		n.Doubt = false
	case s.notMade && r.Doubt:
		n.Doubt, n.Stuck, n.FirstSent = false, false, time.Time{}
		n.Renewed++ // the source may have kept that it failed
	case s.doubt:
		n.Doubt = true
	case !n.Doubt && r.State == Sending:
		n.FirstSent = time.Time{} // the source has not kept anything under the key
	}
	if s.to == Applied && r.State != Sending {
		n.Outcome = nil // what was answered is not the answer of what somebody says was made
	}
	if s.to == Sending {
		n.Attempts++
		if n.FirstSent.IsZero() {
			n.FirstSent = s.at
		}
	}
	if !legal(r, &n) {
		return nil, fmt.Errorf("write %s: %s (in doubt: %t) cannot become %s", r.Write.ID, r.State, n.Doubt, s.to)
	}
	n.History = append(slices.Clip(r.History), Transition{
		State: s.to, At: s.at, Attempt: n.Attempts, Reason: s.reason, Message: cut(s.message),
	})
	if len(n.History) > mostHistory {
		n.History = slices.Delete(n.History, 1, 2)
	}
	return &n, nil
}

const mostMessage = 300 // bytes

func cut(message string) string {
	if len(message) <= mostMessage {
		return message
	}
	return message[:mostMessage]
}

// without returns r without the answer but for its status.
func (r *Record) without() *Record {
	n := *r
	n.Outcome = &Outcome{Status: r.Outcome.Status, Cut: true}
	return &n
}

// sent returns when the last try began; zero if nobody knows.
func (r *Record) sent() time.Time {
	for _, t := range slices.Backward(r.History) {
		if t.State == Sending {
			return t.At
		}
	}
	return r.FirstSent
}

// key returns the vendor key as it was sent last: one that does not stand in the request is never renewed.
func (r *Record) key() string {
	if r.Write.Request.VendorKey == "" {
		return VendorKeyOf(r.Write.Source, r.Write.ID)
	}
	return vendorKey(r.Write.Source, r.Write.ID, r.Renewed)
}

// request returns what is sent now: the frozen one, under the present vendor key.
func (r *Record) request() Request {
	return r.Write.Request.under(r.key(), r.Renewed)
}
