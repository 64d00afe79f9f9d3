package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http/httptrace"
	"sync/atomic"
)

// What net/http does by itself is bounded here. [http.Transport] sends a request again, at once and as
// often as it takes, when its connection ended before an answer and the request may be sent twice or was
// not looked at (RFC 9110 §9.2.2, RFC 9113 §8.7): right for a connection that was closed just then, but a
// source that closes every connection would be asked hundreds of times.
const (
	mostRepeats = 1  // of what was sent
	mostConns   = 10 // that are looked for, as each may be gone, or full, when it is to be used
)

// ErrUnanswered says that connections ended before they brought an answer, one after the other.
var ErrUnanswered = errors.New("connections end before they bring an answer")

// Way is one request on its way through [Transport.Send], and afterwards how far it got. It is for one request.
type Way struct {
	// Again is told, and asked, before net/http sends the request again by itself; false ends it with
	// [ErrUnanswered]. It happens once at most. Nil: nobody is.
	Again func() bool
	// Stop ends the context of the request. Nil, for somebody else's transport: it is watched, and no more.
	Stop context.CancelCauseFunc

	looked, connected, wrote atomic.Bool

	// But for written, what follows belongs to the goroutine of Send.
	conns, repeats int
	suspect        bool        // if nothing comes: others are to use the connection too, or it was used before
	written        atomic.Bool // on the connection that was found last
	trace          httptrace.ClientTrace
	exchange       exchange
}

// Looked reports whether a connection was looked for.
func (w *Way) Looked() bool { return w.looked.Load() }

// Connected reports whether there was one.
func (w *Way) Connected() bool { return w.connected.Load() }

// Wrote reports whether the header of the request was written on one.
func (w *Way) Wrote() bool { return w.wrote.Load() }

// Watch returns a context for a request whose way w is told of.
func (w *Way) Watch(ctx context.Context) context.Context {
	w.trace.GetConn, w.trace.GotConn, w.trace.WroteHeaders = w.look, w.got, w.write
	return httptrace.WithClientTrace(ctx, &w.trace)
}

// got is called when a connection was found.
func (w *Way) got(c httptrace.GotConnInfo) {
	w.connected.Store(true)
	over, ok := c.Conn.(*tls.Conn)
	w.suspect = c.Reused || ok && over.ConnectionState().NegotiatedProtocol == "h2"
}

// write is called when the header was written.
func (w *Way) write() {
	w.wrote.Store(true)
	w.written.Store(true)
}

// look is called when net/http looks for a connection: again, if there was one.
func (w *Way) look(string) {
	w.looked.Store(true)
	if w.Stop == nil {
		return
	}
	w.conns++
	if w.conns > mostConns {
		w.Stop(ErrUnanswered)
	}
	if !w.written.Swap(false) {
		return
	}
	w.repeats++
	if w.repeats > mostRepeats || w.Again != nil && !w.Again() {
		w.Stop(ErrUnanswered)
	}
}
