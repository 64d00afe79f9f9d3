package upstreams

import (
	"context"
	"errors"
	"net"

	"holdfast/upstreams/dial"
)

// reached reports whether the request, which ended with err, may have reached the source. On a connection that
// stands, what is about to be written when ctx ends may yet leave. Of a transport that is not ours and tells
// nothing, only that it could not dial is believed.
func reached(ctx context.Context, sent *dial.Way, err error, ours bool) bool {
	if sent.Looked() || ours {
		return sent.Wrote() || sent.Connected() && ctx.Err() != nil && !errors.Is(err, dial.ErrUnanswered)
	}
	dialling, ok := errors.AsType[*net.OpError](err)
	return !ok || dialling.Op != "dial"
}
