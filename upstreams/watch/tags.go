package watch

import (
	"context"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// mostTags is how many tags a span has at most; how many there are, its count says.
const mostTags = 16

// Depends notes on the span of a call what the answer depends on: tags that may be shown.
func Depends(s trace.Span, tags []string) { s.SetAttributes(tagged(tags)...) }

// Invalidated notes on the span in ctx what a write leaves out of date from now on: tags that may be shown.
func Invalidated(ctx context.Context, source, connector string, tags []string) {
	trace.SpanFromContext(ctx).AddEvent("invalidated", about(source, connector), trace.WithAttributes(tagged(tags)...))
}

func tagged(tags []string) []attribute.KeyValue {
	tags = slices.Compact(slices.Sorted(slices.Values(tags)))
	return []attribute.KeyValue{
		attribute.StringSlice("holdfast.tags", tags[:min(len(tags), mostTags)]),
		attribute.Int("holdfast.tags.count", len(tags)),
	}
}
