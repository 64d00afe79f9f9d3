package connect

import (
	"context"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// WithContext returns a context in which $context is values, an object: what a
// middleware before the gateway found out of who asks, such as his tenant.
func WithContext(ctx context.Context, values mapping.Value) context.Context {
	return call.WithContext(ctx, values)
}
