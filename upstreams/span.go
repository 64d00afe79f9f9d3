package upstreams

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

// attempt is one HTTP exchange as an operator sees it: counted, timed, and a client span after
// OpenTelemetry's semantic conventions for HTTP.
type attempt struct {
	trace.Span

	u     *Client
	c     *connector
	began time.Time
}

// begin begins the attempt that sends req, which carries the span's traceparent from then on. It must be
// ended, well or not. The URL in the span is the one that was built, without the source's secret.
func (u *Client) begin(ctx context.Context, r *Request, req *http.Request) (context.Context, attempt) {
	ctx, s := u.tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindClient))
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	ReportFrom(ctx).Called(u.cfg.Name)
	c := u.connector(r.Connector)
	c.tally.sent.Add(1)
	c.tally.underWay.Add(1)
	if r.try > 0 {
		c.tally.resent.Add(1)
	}
	a := attempt{s, u, c, time.Now()}
	if !s.IsRecording() {
		return ctx, a
	}
	s.SetAttributes(
		semconv.HTTPRequestMethodKey.String(r.Method),
		semconv.ServerAddress(req.URL.Hostname()),
		semconv.ServerPort(port(req)),
		semconv.URLFull(shown(r.URL)),
		attribute.String("holdfast.source", u.cfg.Name),
		attribute.String("holdfast.connector", r.Connector),
	)
	if r.Template != "" {
		s.SetAttributes(semconv.URLTemplate(r.Template))
	}
	if r.try > 0 {
		s.SetAttributes(semconv.HTTPRequestResendCount(r.try))
	}
	return ctx, a
}

// repeat notes that the transport sends the request again by itself, because its connection ended.
func (a attempt) repeat(ctx context.Context) {
	ReportFrom(ctx).Called(a.u.cfg.Name)
	a.c.tally.sent.Add(1)
	a.c.tally.resent.Add(1)
	a.AddEvent("sent again on another connection")
}

// end ends an attempt that brought a complete answer.
func (a attempt) end(status int) {
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

// fail ends an attempt that brought none.
func (a attempt) fail(e *Error) {
	defer a.End()
	a.count(class(e))
	if !a.IsRecording() {
		return
	}
	a.SetAttributes(semconv.ErrorTypeKey.String(class(e)))
	a.SetStatus(codes.Error, e.Error())
}

func (a attempt) count(outcome string) {
	a.c.tally.underWay.Add(-1)
	a.u.countAttempt(trace.ContextWithSpan(context.Background(), a.Span), a.c, time.Since(a.began), outcome)
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
