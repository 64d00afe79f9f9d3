package gateway

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql/errcode"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

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

	attributes attributes
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

// begin counts a request that is under way until end is called. Probes, and those who
// come for these numbers, do not count.
func (m *meters) begin(ctx context.Context, r *http.Request) {
	if !isProbe(r) {
		m.active.Add(ctx, 1, m.attributes.of(described{method: methodOf(r), secure: r.TLS != nil}).add...)
	}
}

// end measures a request that begin has counted.
func (m *meters) end(ctx context.Context, r *http.Request, v *visit) {
	if isProbe(r) {
		return
	}
	d := described{method: methodOf(r), secure: r.TLS != nil}
	m.active.Add(ctx, -1, m.attributes.of(d).add...)
	took := v.end.Sub(v.start).Seconds()
	if m.requests.Enabled(ctx) {
		d.pattern, d.status = r.Pattern, v.status
		m.requests.Record(ctx, took, m.attributes.of(d).record...)
	}
	if v.outcome != "" && m.operations.Enabled(ctx) {
		m.operations.Record(ctx, took, m.attributes.of(described{outcome: v.outcome, kind: v.kind}).record...)
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
	m.queued.Record(ctx, took.Seconds(), m.attributes.of(described{result: result}).record...)
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
