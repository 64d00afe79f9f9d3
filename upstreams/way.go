package upstreams

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"sync/atomic"
)

// way is how far a request got that brought no answer. The zero value is ready for use.
type way struct{ looked, connected, wrote atomic.Bool }

// watch returns a context for sending the request.
func (w *way) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { w.looked.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { w.connected.Store(true) },
		WroteHeaders: func() { w.wrote.Store(true) },
	})
}

// reached reports whether the request, which ended with err, may have reached the source. On a connection that
// stands, what is about to be written when ctx ends may yet leave. Of a transport that is not ours and tells
// nothing, only that it could not dial is believed.
func (w *way) reached(ctx context.Context, err error, ours bool) bool {
	if w.looked.Load() || ours {
		return w.wrote.Load() || w.connected.Load() && ctx.Err() != nil
	}
	dialling, ok := errors.AsType[*net.OpError](err)
	return !ok || dialling.Op != "dial"
}
