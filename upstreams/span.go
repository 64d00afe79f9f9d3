package upstreams

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// span is the client span of one HTTP attempt, after OpenTelemetry's semantic conventions for HTTP.
type span struct{ trace.Span }

// startSpan begins the span of req, which carries its traceparent from then on. The URL in the span is
// the one that was built, without the source's secret.
func (u *Client) startSpan(ctx context.Context, r *Request, req *http.Request) (context.Context, span) {
	ctx, s := u.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindClient))
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	if !s.IsRecording() {
		return ctx, span{s}
	}
	s.SetAttributes(
		semconv.HTTPRequestMethodKey.String(r.Method),
		semconv.ServerAddress(req.URL.Hostname()),
		semconv.ServerPort(port(req)),
		semconv.URLFull(withoutUser(r.URL)),
		attribute.String("holdfast.source", u.cfg.Name),
		attribute.String("holdfast.connector", r.Connector),
	)
	if r.try > 0 {
		s.SetAttributes(semconv.HTTPRequestResendCount(r.try))
	}
	return ctx, span{s}
}

// end ends the span of an exchange that brought a complete answer.
func (s span) end(status int) {
	defer s.End()
	if !s.IsRecording() {
		return
	}
	s.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusBadRequest {
		s.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		s.SetStatus(codes.Error, "")
	}
}

// fail ends the span of an exchange that brought none.
func (s span) fail(e *Error) {
	defer s.End()
	if !s.IsRecording() {
		return
	}
	s.SetAttributes(semconv.ErrorTypeKey.String(string(e.Reason)))
	s.SetStatus(codes.Error, e.Error())
}

// withoutUser returns rawURL without a user name and password in it.
func withoutUser(rawURL string) string {
	shown, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	shown.User = nil
	return shown.String()
}

func port(req *http.Request) int {
	if n, err := strconv.Atoi(req.URL.Port()); err == nil {
		return n
	}
	if req.URL.Scheme == "http" {
		return 80
	}
	return 443
}
