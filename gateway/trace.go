package gateway

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/99designs/gqlgen/graphql"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Telemetry is where the gateway says what it does. Its zero value says nothing,
// and still hands an incoming trace on to the upstreams.
type Telemetry struct {
	Log        *slog.Logger                  // nil: no logs
	Traces     trace.TracerProvider          // nil: no spans
	Propagator propagation.TextMapPropagator // nil: W3C trace context
	Meters     metric.MeterProvider          // nil: no metrics
	Metrics    http.Handler                  // answers GET /metrics; nil: nothing is there
}

func (t Telemetry) complete() Telemetry {
	if t.Log == nil {
		t.Log = slog.New(slog.DiscardHandler)
	}
	if t.Traces == nil {
		t.Traces = noop.NewTracerProvider()
	}
	if t.Propagator == nil {
		t.Propagator = propagation.TraceContext{}
	}
	if t.Meters == nil {
		t.Meters = noopmetric.NewMeterProvider()
	}
	return t
}

// spans makes the two spans of a request, named as the OpenTelemetry conventions
// for HTTP servers and for GraphQL say. Documents and variables are not recorded.
type spans struct {
	tracer     trace.Tracer
	off        bool // nobody records them
	propagator propagation.TextMapPropagator
	w3c        bool // which looks at one header only
}

func newSpans(t Telemetry) spans {
	_, off := t.Traces.(noop.TracerProvider)
	_, w3c := t.Propagator.(propagation.TraceContext)
	return spans{t.Traces.Tracer("holdfast/gateway"), off, t.Propagator, w3c}
}

// request begins the span of an HTTP request, below the caller's if it sent one.
// Health checks have none.
func (s spans) request(r *http.Request) (context.Context, trace.Span) {
	ctx := r.Context()
	if !s.w3c || r.Header["Traceparent"] != nil {
		ctx = s.propagator.Extract(ctx, propagation.HeaderCarrier(r.Header))
	}
	if s.off || isProbe(r) {
		return ctx, trace.SpanFromContext(ctx)
	}
	ctx, span := s.tracer.Start(ctx, "HTTP", trace.WithSpanKind(trace.SpanKindServer))
	if span.IsRecording() {
		span.SetAttributes(semconv.URLPath(clip(r.URL.Path, 200)))
	}
	return ctx, span
}

// end finishes the span of r. Its name has the route, which is known by now, and
// no part of the URL that a client can make up.
func (spans) end(span trace.Span, r *http.Request, v *visit) {
	defer span.End()
	if !span.IsRecording() {
		return
	}
	d := described{method: methodOf(r), secure: r.TLS != nil, pattern: r.Pattern, status: v.status}
	span.SetAttributes(d.list()...)
	name := "HTTP"
	if d.method != otherMethod {
		name = d.method
	}
	if route, ok := routeOf(r.Pattern); ok {
		name += " " + route
	}
	span.SetName(name)
	if v.status >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
}

// operation begins the span of a GraphQL operation, called by its type.
func (s spans) operation(ctx context.Context, oc *graphql.OperationContext) (context.Context, trace.Span) {
	if s.off {
		return ctx, noop.Span{}
	}
	kind := string(oc.Operation.Operation)
	ctx, span := s.tracer.Start(ctx, kind)
	if span.IsRecording() {
		span.SetAttributes(attribute.String(string(semconv.GraphQLOperationTypeKey), kind))
		if oc.Operation.Name != "" {
			span.SetAttributes(semconv.GraphQLOperationName(oc.Operation.Name))
		}
	}
	return ctx, span
}
