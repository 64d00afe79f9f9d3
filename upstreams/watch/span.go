package watch

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Call is an attempt that is about to be made.
type Call struct {
	Source, Connector string
	Method            string
	URL               string // as built, without the source's secret
	Template          string // the connector's part of it as it is written; may be ""
	Try               int    // how often it was sent before
}

// Attempt is one HTTP exchange as an operator sees it: counted, timed, and a client span after OpenTelemetry's
// semantic conventions for HTTP. It must be ended, with [Attempt.Done] or [Attempt.Fail].
type Attempt struct {
	trace.Span

	call    Call
	tally   *Tally
	metrics *Metrics
	began   time.Time
}

// Begin begins the attempt that makes c with req, which carries the span's traceparent from then on.
func (m *Metrics) Begin(ctx context.Context, tracer trace.Tracer, c Call, t *Tally, req *http.Request) (context.Context, Attempt) {
	s := none()
	if !isOff(tracer) {
		ctx, s = tracer.Start(ctx, c.Method, trace.WithSpanKind(trace.SpanKindClient))
	}
	if trace.SpanContextFromContext(ctx).IsValid() {
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	}
	t.sent.Add(1)
	t.underWay.Add(1)
	if c.Try > 0 {
		t.resent.Add(1)
	}
	a := Attempt{s, c, t, m, time.Now()}
	if !s.IsRecording() {
		return ctx, a
	}
	s.SetAttributes(
		semconv.HTTPRequestMethodKey.String(c.Method),
		semconv.ServerAddress(req.URL.Hostname()),
		semconv.ServerPort(port(req)),
		semconv.URLFull(shown(c.URL)),
		attribute.String("holdfast.source", c.Source),
		attribute.String("holdfast.connector", c.Connector),
	)
	if c.Template != "" {
		s.SetAttributes(semconv.URLTemplate(c.Template))
	}
	if c.Try > 0 {
		s.SetAttributes(semconv.HTTPRequestResendCount(c.Try))
	}
	return ctx, a
}

// Repeat notes that the transport sends the request again by itself, because its connection ended.
func (a Attempt) Repeat() {
	a.tally.sent.Add(1)
	a.tally.resent.Add(1)
	a.AddEvent("sent again on another connection")
}

// Done ends an attempt that brought a complete answer.
func (a Attempt) Done(status int) {
	defer a.End()
	a.count(statusClass(status))
	if !a.IsRecording() {
		return
	}
	a.SetAttributes(semconv.HTTPResponseStatusCode(status))
	if status >= http.StatusBadRequest {
		a.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(status)))
		a.SetStatus(codes.Error, "")
	}
}

// Fail ends an attempt that brought none, for a reason of that class.
func (a Attempt) Fail(class string, err error) {
	a.count(class)
	End(a.Span, class, err)
}

func (a Attempt) count(outcome string) {
	a.tally.underWay.Add(-1)
	took := time.Since(a.began)
	a.tally.latency.add(took)
	a.metrics.attempt(a.Span, a.call.Source, a.call.Connector, outcome, took)
}

// statusClass returns "2xx" to "5xx", but "304" and "429" for what means something else than its class.
func statusClass(status int) string {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusNotModified:
		return strconv.Itoa(status)
	case status >= 500:
		return "5xx"
	case status >= 400:
		return "4xx"
	case status >= 300:
		return "3xx"
	}
	return "2xx"
}

// redacted stands for what a span must not have.
const redacted = "REDACTED"

// shown returns rawURL as a span may have it: no user, no password, and of path and query, whose values come
// from callers and settings, only the names of parameters.
func shown(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return ""
	}
	if u.User != nil {
		u.User = url.UserPassword(redacted, redacted)
	}
	if strings.Trim(u.Path, "/") != "" {
		u.Path, u.RawPath = "/"+redacted, ""
	}
	if u.RawQuery != "" {
		pairs := strings.Split(u.RawQuery, "&")
		for i, pair := range pairs {
			if name, _, ok := strings.Cut(pair, "="); ok {
				pairs[i] = name + "=" + redacted
			} else {
				pairs[i] = redacted
			}
		}
		u.RawQuery = strings.Join(pairs, "&")
	}
	u.Fragment = ""
	return u.String()
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
