package upstreams

import (
	"context"
	"net/http"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams/body"
	"holdfast/upstreams/quota"
)

// Request is one call to a source as its connector built it. The client does not change it. It keeps it
// longer than the call, which for a read may outlive the caller, only if nothing in it depends on the
// caller: the last read of a connector that went well is what tries a source that was down.
type Request struct {
	// Connector is the connector's coordinate or id ("Query.order"). Breakers and counts are per connector.
	Connector string
	Method    string
	// Key is everything of a read that can change its answer, but the scope: what [Client.Key] makes of Method, URL,
	// Header and Body. Whoever knows it early sets it; "" is made of them.
	Key string
	// Shortcut is a name for Key and Slot of a read in which nothing depends on the caller, for [Client.HeldShort]. It
	// begins with what [Client.Maker] returned; "" is none.
	Shortcut string
	// Builder makes URL, Header and Body of a read that has a Key when it must be sent; nil: they are there.
	Builder Builder
	// URL is final and absolute, without the source's own secret.
	URL string
	// Template is the connector's part of the URL as it is written, with expressions where values will be:
	// what traces show of it. It may be "".
	Template string
	// Header holds the headers as built, without the source's own secret.
	Header http.Header
	Body   []byte
	// Scope holds the bytes of every caller-dependent input; "" means that all callers share the answer.
	Scope string
	// AsCaller says that a credential of the caller is built into the request: a 401 is then the source's no
	// to him. Without it, and without Auth.Forward, a 401 is an outage, for it says nothing of the data.
	AsCaller bool
	// Policy is what the schema says about freshness. The client's Config wins over it.
	Policy freshness.Policy
	// Slot names what Accept makes of an answer: two requests with one key and one Slot share the value.
	Slot string
	// Heeds are the headers of an answer that its value depends on, besides Content-Type: when the source
	// says that an answer is still good, its value is made anew if these have changed. "*" is all of them.
	Heeds []string
	// Accept judges an answer and maps it to a value, which must not be changed afterwards. It may run
	// on another goroutine, after the caller left, and again on a remembered answer.
	//
	// A nil error is a good answer, which a read remembers; where [Reply.NotThere] it is remembered for at
	// most 30 seconds. An *[Error] of kind [Contract] is an unusable answer, of
	// kind [Refused] a no, or with a reason an outage, of kind [Unavailable] an outage. Any other error, and a
	// panic, is [Contract].
	// A nil Accept takes every 2xx and has the [Reply] as its value.
	//
	// A value with a method Broken() bool that returns true is what could be made of an answer that broke the
	// contract, of use to some readers only: it is remembered as the newest, beside the last whole one.
	Accept func(Reply) (any, error)
	// Idempotent says of a write that the source honours the idempotency key it carries, so that it may
	// be sent again. Reads ignore it.
	Idempotent bool
	// Changes says which answers a write makes unfresh; nil: all of the source, for it may have changed anything
	// there. Reads ignore it.
	Changes Changes
	// Priority says who comes first when calls are scarce. The zero value is a person's.
	Priority quota.Priority
	// Booked says that [Client.Turn] let it out for somebody who is no person.
	Booked bool
	// NotBefore is a place in the cache's [cache.Epochs]: what a read asked for before it is neither fresh nor refreshed,
	// as after a bump of all its tags, and at most stands in. Zero: it does not matter.
	NotBefore cache.AsOf
	// NoStandIns says that an error is wanted where an old answer would stand in for it.
	NoStandIns bool
	// Operation is what this is asked for, and bounds its calls (Quota.PerOperation); nil: no bound.
	Operation *Operation

	added
}

// A Builder makes what is sent of a request that had only a key so far. It may run on another goroutine, after the
// caller left, and several times.
type Builder interface {
	// Build sets URL, Header and Body of r. An error that is no *[Error] is [BadInput].
	Build(r *Request) error
}

// added is what the layers of the pipe tell those below, on their own copy of a request.
type added struct {
	who
	key      string                                 // everything that can change the answer
	items    []string                               // the names of the items in it; nil: it is one answer
	things   []string                               // their keys
	names    []string                               // what is remembered of it; nil: key
	split    func(Reply, *cache.Entry) (any, error) // takes Accept's place; may be nil
	good     func(*Answer)                          // of what split took: told at once; may be nil
	flight   *flight                                // that it is the call of; nil: of none
	patience *time.Duration                         // how long after the call began to wait for it; nil: to its end
	old      *cache.Entry                           // what is remembered and may still be good; nil: nothing
	room     *body.Room                             // where the body counts that is read for it; nil: nowhere
	stop     context.CancelCauseFunc                // ends the try that it is sent in
	repeat   bool                                   // may be sent again
	try      int                                    // how often it was sent before
}

// who is who asks.
type who struct {
	caller http.Header // his credentials; nil: none
	whose  string      // all that was got with them; "": with ours, or without any
	right  cache.Tag   // of all that, which a 401 to him bumps; 0 as whose
}

// State says what kind of answer an answer is.
type State string

// The states.
const (
	StateFresh       State = "FRESH"       // from the source, or remembered and within its fresh window
	StateRefreshing  State = "REFRESHING"  // past fresh; asked again behind, at most every five seconds or so
	StateStandingIn  State = "STANDING_IN" // old, because asking failed or was too slow
	StateAlternative State = "ALTERNATIVE" // from another connector than the first
)

// Answer is what a source said, now or earlier. It is the caller's own, but Value is shared.
type Answer struct {
	Value  any           // what Accept made of the answer
	Status int           // HTTP status
	State  State         // how it was come by
	Reason Reason        // why the answer stands in; "" otherwise
	Age    time.Duration // how old it is
	TTL    time.Duration // how long it stays fresh from now; 0 when it is not fresh
	Shared bool          // nothing about it depends on the caller
	Cache  string        // "hit", "miss", "revalidated", "stale"; "" for writes
	Err    error         // what went wrong where it stands in, for logs; nil: nothing, or nothing so far
	// Whole is the last whole answer, where Value is broken and that one may still stand in; else nil.
	Whole *Answer

	entry *cache.Entry
	early bool // it is fresh, and should be asked for again behind already
	// doubted says that it is not remembered, since it lost too much to be believed at once.
	doubted bool
}

// behind reports whether a is asked for again while it is served.
func (a *Answer) behind() bool { return a.State == StateRefreshing || a.early }

// released returns a, which may be nil, for those above: the body is not kept in memory by who uses the value.
func (a *Answer) released() *Answer {
	if a != nil {
		a.entry = nil
		a.Whole.released()
	}
	return a
}
