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

type repeatKey struct{}

// WithRepeat returns a context for requests of which again is told, and asked, before net/http sends one
// again by itself; false ends the request with [ErrUnanswered]. It happens once at most.
func WithRepeat(ctx context.Context, again func() bool) context.Context {
	return context.WithValue(ctx, repeatKey{}, again)
}

// sending watches one request on its way. But for wrote it belongs to the goroutine of RoundTrip.
type sending struct {
	stop           context.CancelCauseFunc
	again          func() bool // may be nil
	conns, repeats int
	suspect        bool        // if nothing comes: others are to use the connection too, or it was used before
	wrote          atomic.Bool // on the connection that was found last
}

// watch returns a context for sending one request, to be ended by the watch's stop.
func watch(ctx context.Context) (context.Context, *sending) {
	s := &sending{}
	s.again, _ = ctx.Value(repeatKey{}).(func() bool)
	ctx, s.stop = context.WithCancelCause(ctx)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { s.look() },
		GotConn:      s.got,
		WroteHeaders: func() { s.wrote.Store(true) },
	}), s
}

// got is called when a connection was found.
func (s *sending) got(c httptrace.GotConnInfo) {
	over, ok := c.Conn.(*tls.Conn)
	s.suspect = c.Reused || ok && over.ConnectionState().NegotiatedProtocol == "h2"
}

// look is called when net/http looks for a connection: again, if there was one.
func (s *sending) look() {
	s.conns++
	if s.conns > mostConns {
		s.stop(ErrUnanswered)
	}
	if !s.wrote.Swap(false) {
		return
	}
	s.repeats++
	if s.repeats > mostRepeats || s.again != nil && !s.again() {
		s.stop(ErrUnanswered)
	}
}
