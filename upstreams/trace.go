package upstreams

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// startFlight begins the span of a call that others may join. It belongs to the trace of the caller who
// started it, or, when nobody waits for it, to a trace of its own that is linked to the caller's: what
// runs behind must not make an answer look slow.
func (u *Client) startFlight(ctx context.Context, r *Request) (context.Context, trace.Span) {
	name, options := "ask "+r.Connector, []trace.SpanStartOption(nil)
	if r.patience != nil && *r.patience <= 0 {
		name = "refresh " + r.Connector
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(ctx)))
	}
	return u.tracer.Start(ctx, name, append(options, u.about(r.Connector))...) //nolint:spancheck // ends when the call lands
}

// startWait begins the span of a caller who waits for the call of another. The call is no part of this
// caller's trace: the span is linked to it.
func (u *Client) startWait(ctx context.Context, f *flight, connector string) (context.Context, trace.Span) {
	call := trace.Link{SpanContext: f.span.SpanContext()}
	return u.tracer.Start(ctx, "wait "+connector, u.about(connector), trace.WithLinks(call)) //nolint:spancheck // await ends it
}

func (u *Client) about(connector string) trace.SpanStartEventOption {
	return trace.WithAttributes(
		attribute.String("holdfast.source", u.cfg.Name),
		attribute.String("holdfast.connector", connector),
	)
}

// endSpan ends the span of what ended with err.
func endSpan(s trace.Span, err error) {
	if err != nil && s.IsRecording() {
		s.SetAttributes(attribute.String("error.type", class(err)))
		s.SetStatus(codes.Error, err.Error())
	}
	s.End()
}
