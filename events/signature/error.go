package signature

// Error is why a delivery is not believed. It has nothing of the delivery, or of a secret.
type Error struct{ Reason Reason }

// Error implements error.
func (e *Error) Error() string {
	switch e.Reason {
	case Unsigned:
		return "the delivery is not signed"
	case TooOld:
		return "the delivery was signed too long ago"
	case InTheFuture:
		return "the delivery was signed in the future: compare the clocks"
	}
	return "the signature is not made with one of the secrets"
}

// Reason is why, as one word. The set is closed.
type Reason string

// The reasons.
const (
	Unsigned    Reason = "UNSIGNED"      // it lacks a signature, or the time that is part of it
	TooOld      Reason = "TOO_OLD"       // a replay, or a delivery that took long
	InTheFuture Reason = "IN_THE_FUTURE" // a clock is wrong
	Wrong       Reason = "WRONG"         // it was made with another secret, or for something else
)

func refused(why Reason) error { return &Error{why} }
