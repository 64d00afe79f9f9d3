package call

import (
	"context"

	"holdfast/connect/mapping"
)

type contextKey struct{}

// WithContext returns a context in which $context is values: what a middleware found
// out of who asks, such as his tenant.
func WithContext(ctx context.Context, values mapping.Value) context.Context {
	return context.WithValue(ctx, contextKey{}, values)
}

// ContextFrom is $context in ctx; missing where nobody set it.
func ContextFrom(ctx context.Context) mapping.Value {
	values, _ := ctx.Value(contextKey{}).(mapping.Value)
	return values
}
