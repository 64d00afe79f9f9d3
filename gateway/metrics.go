package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql/errcode"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"holdfast/upstreams"
)

// meters measure requests as OpenTelemetry's conventions for HTTP servers say, and operations by what came
// of them. All attributes are words of closed sets: nothing that a client can make up is among them.
type meters struct {
	requests   metric.Float64Histogram
	active     metric.Int64UpDownCounter
	operations metric.Float64Histogram
	errors     metric.Int64Counter
	queued     metric.Float64Histogram
}

func newMeters(p metric.MeterProvider) (*meters, error) {
	meter := p.Meter("holdfast/gateway")
	buckets := metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10)
	var m meters
	var errs [5]error
	m.requests, errs[0] = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"), buckets,
		metric.WithDescription("How long HTTP requests took."))
	m.active, errs[1] = meter.Int64UpDownCounter("http.server.active_requests",
		metric.WithDescription("HTTP requests under way."))
	m.operations, errs[2] = meter.Float64Histogram("holdfast.operation.duration", metric.WithUnit("s"), buckets,
		metric.WithDescription("How long operations took, by what came of them."))
	m.errors, errs[3] = meter.Int64Counter("holdfast.errors",
		metric.WithDescription("Errors in answers, one for each cause, by extensions.code."))
	m.queued, errs[4] = meter.Float64Histogram("holdfast.operation.queue.duration", metric.WithUnit("s"), buckets,
		metric.WithDescription("How long operations waited that could not begin at once, by what came of it."))
	return &m, errors.Join(errs[:]...)
}

// begin counts a request that is under way until the function it returns is called. Probes, and those who
// come for these numbers, do not count.
func (m *meters) begin(ctx context.Context, r *http.Request, v *visit) (end func()) {
	if isProbe(r) {
		return func() {}
	}
	common := metric.WithAttributes(methodOf(r), semconv.URLScheme(scheme(r)))
	m.active.Add(ctx, 1, common)
	return func() {
		m.active.Add(ctx, -1, common)
		took := time.Since(v.start).Seconds()
		if m.requests.Enabled(ctx) {
			m.requests.Record(ctx, took, common, metric.WithAttributes(described(r, v)...))
		}
		if v.outcome != "" && m.operations.Enabled(ctx) {
			attributes := []attribute.KeyValue{attribute.String("outcome", v.outcome)}
			if v.kind != "" {
				attributes = append(attributes, attribute.String("type", v.kind))
			}
			m.operations.Record(ctx, took, metric.WithAttributes(attributes...))
		}
	}
}

// queue records how long an operation waited, unless that was no time.
func (m *meters) queue(ctx context.Context, took time.Duration, err error) {
	result := "begun"
	switch {
	case err == nil && took < time.Millisecond:
		return
	case errors.Is(err, errBusy):
		result = "rejected"
	case err != nil:
		result = "gone"
	}
	m.queued.Record(ctx, took.Seconds(), metric.WithAttributes(attribute.String("result", result)))
}

// failed counts the causes of errors in one answer.
func (m *meters) failed(ctx context.Context, all []*trouble) {
	for _, t := range all {
		m.errors.Add(ctx, 1, metric.WithAttributes(attribute.String("code", bounded(t.Extensions["code"]))))
	}
}

// bounded returns a code of ours or of gqlgen, or MAPPED for one that a connector made.
func bounded(code any) string {
	switch code {
	case codeUnavailable, codeRefused, codeContract, codeLimit, codeBadUserInput,
		codeBadRequest, codeQueryLimit, codeOverload, codeInternal, errcode.ParseFailed, errcode.ValidationFailed:
		s, _ := code.(string)
		return s
	case nil:
		return "NONE"
	}
	return "MAPPED"
}

// What an operation can come to.
const (
	outcomeFresh    = "fresh"    // complete, and every part of it fresh
	outcomeAged     = "aged"     // complete, and some part of it not fresh
	outcomeErrors   = "errors"   // with errors
	outcomeRefused  = "refused"  // not run
	outcomeGone     = "gone"     // nobody waited for it
	outcomeOverload = "overload" // not run, for there were too many
)

func outcome(a *answer, parts []upstreams.Part) string {
	switch {
	case !a.executed:
		return outcomeRefused
	case len(a.Errors) > 0:
		return outcomeErrors
	}
	for _, p := range parts {
		if p.State != upstreams.StateFresh {
			return outcomeAged
		}
	}
	return outcomeFresh
}

// described returns what is known of a request at its end.
func described(r *http.Request, v *visit) []attribute.KeyValue {
	var all []attribute.KeyValue
	if route, ok := routeOf(r); ok {
		all = append(all, semconv.HTTPRoute(route))
	}
	if v.status != 0 {
		all = append(all, semconv.HTTPResponseStatusCode(v.status))
	}
	return all
}

// methodOf returns the method of r, or _OTHER for one that a client made up.
func methodOf(r *http.Request) attribute.KeyValue {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions:
		return semconv.HTTPRequestMethodKey.String(r.Method)
	}
	return semconv.HTTPRequestMethodOther
}

// routeOf returns the route that serves r; there is none before r was served, and for paths that are nowhere.
func routeOf(r *http.Request) (string, bool) {
	_, route, ok := strings.Cut(r.Pattern, "/")
	return "/" + strings.TrimSuffix(route, "{$}"), ok
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
