package outbox

import (
	"context"
	"time"
)

// Send makes one try, and says what came of it. It ends soon after its context does. It is called by many goroutines at
// once; what it is given must not be changed. A panic is taken for [Unclear].
type Send func(ctx context.Context, a Attempt) Result

// Attempt is one try.
type Attempt struct {
	Write   *Write
	Request Request   // what is sent: that of the Write, but for a vendor key that was renewed
	Number  int       // from 1 on
	First   time.Time // when the vendor key was sent first; the time of this try if it is the first
	Direct  bool      // its caller waits for it
}

// Result is what came of a try.
type Result struct {
	Verdict Verdict
	Outcome *Outcome // the answer as it came; nil: none did
	// Reason and Message say why it is not made, as one word and for people. Both are shown to callers.
	Reason, Message string
	// RetryAfter is how long the source asks to be left alone; 0: it does not say.
	RetryAfter time.Duration
	// Err is handed to who waits for the try, and not kept.
	Err error
}

// Verdict is what a try has done. The set is closed; the zero value says nothing for certain.
type Verdict uint8

// The verdicts. That a key is in use by a try that is under way is [Unclear]: it says nothing of what that does.
const (
	Unclear    Verdict = iota // it may have been made, or be made yet
	Made                      // it was made, although not all may be well with the answer
	No                        // the source's last word: it was not made, and would not be if it were sent again
	NotMade                   // nothing was sent, or the answer says that nothing was done: another try may do better
	Credential                // as NotMade, since the source does not take our credential: only a person can mend it
	Broken                    // by our own fault nothing can be sent: only a person can mend it
)

// Probe looks whether a write was made, by a read that begins now: an older one does not count, nor does one that was
// asked for by others. It ends soon after its context does, is called by many goroutines at once, and changes nothing of
// what it is given. The error says why nothing was found, for the log. A panic finds nothing.
type Probe func(ctx context.Context, l Look) (Found, error)

// Look is what is asked of a [Probe].
type Look struct {
	Write   *Write
	Key     string    // by which the source may know the write, as it was sent last; never ""
	Attempt int       // how often it was sent
	Sent    time.Time // when the last try began; before the source can have had it
}

// Found is what a [Probe] has found. The set is closed; the zero value is nothing.
type Found uint8

// What is found.
const (
	Nothing Found = iota // it cannot be said
	WasMade              // it was made
	WasNot               // it was not, which is believed once Write.ProbeAfter is over
)

// Gate says when a source can be sent to. It waits for nothing, is safe for concurrent use, and calls nothing of the
// outbox, which holds its lock meanwhile.
type Gate interface {
	// Turn returns 0 and takes a turn for one write of a connector; or, since the source is known to be out or its quota
	// is spent, how long it is not worth asking again. A write that is direct has a person waiting for it; others come
	// after everything that people wait for.
	Turn(source, connector string, direct bool) time.Duration
}
