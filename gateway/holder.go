package gateway

import "context"

// A Holder is a connection that can hold back what is written to it. net/http alone
// sends an answer of more than 4 KB in two pieces: that is one more system call, and
// wakes the client twice.
type Holder interface {
	// Hold has what is written from now on wait for Release. All of it is less than
	// what 64 KB and a header are.
	Hold()
	// Release sends what was held back. Where that fails, the connection is closed.
	Release()
}

type holderKey struct{}

// WithHolder returns a context for the requests of a connection.
func WithHolder(ctx context.Context, h Holder) context.Context {
	return context.WithValue(ctx, holderKey{}, h)
}

// What is sent in one piece that would be two.
const (
	leastHeld = 2 << 10
	mostHeld  = 64 << 10
)

// hold has an answer of that length sent in one piece, if that is worth something: by
// release.
func hold(ctx context.Context, length int) (release func()) {
	if length < leastHeld || length > mostHeld {
		return func() {}
	}
	h, ok := ctx.Value(holderKey{}).(Holder)
	if !ok {
		return func() {}
	}
	h.Hold()
	return h.Release
}
