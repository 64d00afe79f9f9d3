package watch

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Flight begins the span of a call that others may join. It belongs to the trace of the caller who started it,
// or, when nobody waits for it, to a trace of its own that is linked to the caller's: what runs behind must not
// make an answer look slow.
func Flight(ctx context.Context, tracer trace.Tracer, source, connector string, behind bool) (context.Context, trace.Span) {
	if isOff(tracer) {
		return ctx, none()
	}
	name, options := "ask "+connector, []trace.SpanStartOption(nil)
	if behind {
		name = "refresh " + connector
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(ctx)))
	}
	return tracer.Start(ctx, name, append(options, about(source, connector))...) //nolint:spancheck // ends when the call lands
}

// Wait begins the span of a caller who waits for the call of another. The call is no part of this caller's
// trace: the span is linked to it.
func Wait(ctx context.Context, tracer trace.Tracer, source, connector string, call trace.Span) (context.Context, trace.Span) {
	if isOff(tracer) {
		return ctx, none()
	}
	link := trace.WithLinks(trace.Link{SpanContext: call.SpanContext()})
	return tracer.Start(ctx, "wait "+connector, about(source, connector), link) //nolint:spancheck // who waits ends it
}

// isOff reports whether a tracer traces nothing. Then a span has nothing, and costs nothing; what ctx says of the
// caller's trace goes on to the source as it is.
func isOff(tracer trace.Tracer) bool {
	_, off := tracer.(noop.Tracer)
	return off
}

// none is the span of nothing.
func none() trace.Span { return trace.SpanFromContext(context.Background()) }

func about(source, connector string) trace.SpanStartEventOption {
	return trace.WithAttributes(
		attribute.String("holdfast.source", source),
		attribute.String("holdfast.connector", connector),
	)
}

// End ends the span of what ended with err, which may be nil and else is of that class.
func End(s trace.Span, class string, err error) {
	if err != nil && s.IsRecording() {
		s.SetAttributes(attribute.String("error.type", class))
		s.SetStatus(codes.Error, err.Error())
	}
	s.End()
}
