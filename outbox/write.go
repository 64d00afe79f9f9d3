package outbox

import (
	"bytes"
	"strings"
	"time"
)

// Write is a change that somebody asked for: all that is needed to send it, now or in a day, on this gateway or another.
// It is kept as it is here; credentials and the source's address are no part of it, but are added when it is sent.
type Write struct {
	ID        ID
	Token     Token // zero: one is made when it is accepted
	Field     string
	Connector string
	Source    string
	Namespace string // of the key
	Caller    string // who asked; "": all are one. Answers of a key are only for the same
	Key       string // the caller's own; "": none, and the ID is one by chance
	Args      []byte // as they are compared with those of who comes with the same key; given back to map an answer anew

	// Queue has it kept and sent later where it cannot be now. Otherwise it has the one try of its caller, and of who
	// comes with the same key after one that certainly did nothing.
	Queue bool
	// Later has it never tried while its caller waits.
	Later bool
	// Lane has it sent after all that were accepted before it in the lane of that name at its source; "": in none.
	Lane string

	Accepted time.Time     // zero: when it is accepted
	Expires  time.Time     // from then on it is not sent; zero: never
	Timeout  time.Duration // of one try; 0: half a minute

	// Window is for how long the source honours Request.VendorKey, from the first time that it is sent; 0: it does not.
	Window time.Duration
	// Probe says that [Config.Probe] can look whether it was made, and ProbeAfter how old the last try must be before a
	// "no" is believed.
	Probe      bool
	ProbeAfter time.Duration

	Request Request
}

// Request is what is sent, frozen: a changed mapping under the same vendor key would be a conflict there.
type Request struct {
	Method       string
	PathAndQuery string // at the source's host
	Header       map[string][]string
	Body         []byte
	VendorKey    string // as it stands in the path, the headers or the body; "": it does not
}

// Outcome is an answer as it came, so that it can be mapped for any selection.
type Outcome struct {
	Status int
	Header map[string][]string
	Body   []byte
	Cut    bool // it was too large to be kept: there is neither header nor body
}

// size is how many bytes it takes, more or less.
func (o *Outcome) size() int {
	size := len(o.Body)
	for name, values := range o.Header {
		for _, value := range values {
			size += len(name) + len(value)
		}
	}
	return size
}

// defaultTimeout is that of one try of a write that says nothing of it.
const defaultTimeout = 30 * time.Second

func (w *Write) timeout() time.Duration {
	if w.Timeout > 0 {
		return w.Timeout
	}
	return defaultTimeout
}

// keyed reports whether it may be sent again while nobody knows whether it was made.
func (w *Write) keyed() bool { return w.Window > 0 && w.Request.VendorKey != "" }

// under returns the request with another vendor key in place of its own, if that was renewed.
func (q Request) under(key string, renewed int) Request {
	if renewed == 0 || q.VendorKey == "" {
		return q
	}
	q.PathAndQuery = strings.ReplaceAll(q.PathAndQuery, q.VendorKey, key)
	header := make(map[string][]string, len(q.Header))
	for name, values := range q.Header {
		for _, value := range values {
			header[name] = append(header[name], strings.ReplaceAll(value, q.VendorKey, key))
		}
	}
	q.Header = header
	q.Body = bytes.ReplaceAll(q.Body, []byte(q.VendorKey), []byte(key))
	q.VendorKey = key
	return q
}
