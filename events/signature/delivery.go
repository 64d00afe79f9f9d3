package signature

import "net/http"

// Delivery is a webhook as it came. It is not changed.
type Delivery struct {
	Method string
	// URL is the public one that the sender calls, byte for byte as it is registered there; "" where it is not signed.
	URL    string
	Header http.Header
	Body   []byte
}

// Event is one thing that a delivery tells of.
type Event struct {
	// ID is the same whenever the sender tells of the event again. It is unique at one sender only.
	ID string
	// Type is what happened, in the sender's words; "": he does not say.
	Type string
	// Body is the event as JSON: a delivery's body, or one element of it; null where that is empty.
	Body []byte
}
