package upstreams

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"holdfast/cache"
)

// Kind says what an error means to whoever asked. The set is closed; zero is no kind.
type Kind uint8

// The kinds of [Error].
const (
	// Unavailable: the source did not answer, or answered that it cannot: an outage.
	Unavailable Kind = iota + 1
	// Refused: the source answered no (403, 409, 422 and the like). Not an outage, unless there is a reason:
	// then the answer looked good, and the connector knows that it is none.
	Refused
	// Contract: the source answered something that cannot be used: an outage of the whole answer.
	Contract
	// Limit: we did not ask, because our own quota for the source, or what one operation may ask, is spent.
	Limit
	// BadInput: the request could not be built from what the caller gave.
	BadInput
)

// String returns the kind in lower-case words.
func (k Kind) String() string {
	switch k {
	case Unavailable:
		return "unavailable"
	case Refused:
		return "refused"
	case Contract:
		return "unusable answer"
	case Limit:
		return "limit reached"
	case BadInput:
		return "bad input"
	}
	return "unknown"
}

// Outage reports whether errors of this kind say that the source cannot be used, rather than no.
func (k Kind) Outage() bool { return k == Unavailable || k == Contract || k == Limit }

// Reason says why an answer is not fresh or could not be had. The set is closed and part of what
// clients see.
type Reason string

// The reasons.
const (
	ReasonUnreachable Reason = "UNREACHABLE"  // no connection, a reset or a body cut short
	ReasonTimeout     Reason = "TIMEOUT"      // no answer within the deadline
	ReasonSlow        Reason = "SLOW"         // no answer within patience; the call goes on behind
	ReasonStatus      Reason = "STATUS"       // a status that says the source is out of order
	ReasonRateLimited Reason = "RATE_LIMITED" // the source said that it is asked too often
	ReasonBreakerOpen Reason = "BREAKER_OPEN" // too many failures of late: not asked
	ReasonQuota       Reason = "QUOTA"        // our own limit for the source or the operation is reached: not asked
	ReasonOversize    Reason = "OVERSIZE"     // the decoded body is larger than Config.MaxBody
	ReasonContract    Reason = "CONTRACT"     // the answer is not what the connector declares, or calls good
	ReasonCredential  Reason = "CREDENTIAL"   // our own credential is missing, or the source does not take it
	ReasonShrunk      Reason = "SHRUNK"       // the newest answer lost nearly all that this one has: it is asked for once more before it is believed
	ReasonOverload    Reason = "OVERLOAD"     // we had no room for the answer beside others: see [WithBodies]
)

// Error is the one error type that [Client.Read] and [Client.Write] return. Err and its text are for
// logs and traces; everything else may be shown to clients.
type Error struct {
	Kind              Kind
	Reason            Reason         // "" for [BadInput], and for [Refused] but where an answer looked good
	Source, Connector string         // filled in by the client
	Status            int            // the source's HTTP status, 0 if there was none
	RetryAfter        time.Duration  // how long the source, or our quota, asks to wait; 0: unknown, or not at all
	Message           string         // public text mapped by the connector; "": the default of the kind
	Extensions        map[string]any // public, mapped by the connector; may be nil
	Err               error          // the cause; may be nil
	// Sent says that the request may have reached the source: an answer came, or at least a connection stood.
	Sent bool
	// Effect is what became of a write; "" for reads.
	Effect Effect

	entry *cache.Entry // the complete answer that was judged bad; nil if there was none
	left  bool         // the source has not failed: the caller went away, or we had no credential to ask with, or no room
	held  bool         // the call was not let out: by the breaker, our quota, or since the source wants to be left alone
}

// Error returns a text for logs: source, connector, kind, reason, status and cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Source)
	if e.Connector != "" {
		b.WriteString(" (" + e.Connector + ")")
	}
	b.WriteString(": " + e.Summary())
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

// Summary returns kind, reason and status, for logs that have source, connector and cause beside it.
func (e *Error) Summary() string {
	text := e.Kind.String()
	if e.Reason != "" {
		text += ": " + string(e.Reason)
	}
	if e.Status != 0 {
		text += ": status " + strconv.Itoa(e.Status)
	}
	return text
}

// Outage reports whether an old answer may stand in for e.
func (e *Error) Outage() bool { return e.Kind.Outage() || e.Kind == Refused && e.Reason != "" }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
