package outbox

import "fmt"

// Kind says why nothing can be told of a write. The set is closed; zero is no kind.
type Kind uint8

// The kinds of [Error].
const (
	// Conflict: the key was used before, with other arguments or by another caller. Nothing was sent.
	Conflict Kind = iota + 1
	// Full: there is no room for another write. Nothing was sent, and nothing accepted.
	Full
	// TooLarge: it is larger than Config.MaxRecord, or than what the journal can keep. Nothing was sent or accepted.
	TooLarge
	// Unavailable: it cannot be recorded, or what was recorded cannot be read. Nothing was sent or accepted.
	Unavailable
	// Uncertain: it is not known whether it was accepted. It has not been sent. If it turns out that it was, it is sent,
	// should it be queued and have a key of its caller, who may ask again; else it is cancelled.
	Uncertain
	// Impossible: what an operator or a caller wants done cannot be done in the state that the write is in.
	Impossible
	// NotFound: there is no such write, or not for who asks.
	NotFound
)

// String returns the kind in lower-case words.
func (k Kind) String() string {
	switch k {
	case Conflict:
		return "the key was used for another write"
	case Full:
		return "the outbox is full"
	case TooLarge:
		return "the write is too large"
	case Unavailable:
		return "the outbox cannot be used now"
	case Uncertain:
		return "it is not known whether the write was accepted"
	case Impossible:
		return "that cannot be done"
	case NotFound:
		return "there is no such write"
	}
	return "unknown"
}

// Error is the one error type that an [Outbox] returns. The text is for people, Err for logs.
type Error struct {
	Kind Kind
	ID   ID
	Err  error // may be nil
}

// Error returns the kind and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Kind.String()
	}
	return fmt.Sprintf("%s: %v", e.Kind, e.Err)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
