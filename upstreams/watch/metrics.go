package watch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"
)

// Metrics shows to OpenTelemetry what clients do. One serves all clients of a process: those of one source
// that follow each other, as when settings are read again, go on with the same counts. It is safe for
// concurrent use.
//
// Attributes are bounded: source, connector, and words of closed sets. Counts are kept anyway, for the status, and
// are looked at when metrics are collected.
type Metrics struct {
	attempts metric.Float64Histogram
	ages     metric.Float64Histogram

	mu      sync.Mutex
	tallies map[tallyKey]*Tally
	clients []Client // that are not closed, in the order they were made
}

// Client is a client of a source.
type Client interface{ Status() Status }

type tallyKey struct{ source, connector string }

// NewMetrics makes the instruments with a meter of p, where they stay as long as p lives. The error is p's.
func NewMetrics(p metric.MeterProvider) (*Metrics, error) {
	meter := p.Meter("holdfast/upstreams")
	m := Unseen()
	var errs [3]error
	m.attempts, errs[0] = meter.Float64Histogram("holdfast.attempt.duration", metric.WithUnit("s"),
		metric.WithDescription("How long HTTP attempts at a source took, to the last byte."),
		metric.WithExplicitBucketBoundaries(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	m.ages, errs[1] = meter.Float64Histogram("holdfast.stand_in.age", metric.WithUnit("s"),
		metric.WithDescription("How old the answers were that stood in."),
		metric.WithExplicitBucketBoundaries(10, 60, 600, 3600, 6*3600, 24*3600))
	errs[2] = m.observe(meter)
	return m, errors.Join(errs[:]...)
}

// Unseen returns metrics that nobody sees.
func Unseen() *Metrics {
	return &Metrics{attempts: noop.Float64Histogram{}, ages: noop.Float64Histogram{}, tallies: map[tallyKey]*Tally{}}
}

// Tally returns the counts of one connector.
func (m *Metrics) Tally(source, connector string) *Tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := tallyKey{source, connector}
	t := m.tallies[key]
	if t == nil {
		t = &Tally{}
		m.tallies[key] = t
	}
	return t
}

// Opened has the status of u in the metrics until it is [Metrics.Closed].
func (m *Metrics) Opened(u Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients = append(m.clients, u)
}

// Closed takes u off.
func (m *Metrics) Closed(u Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients = slices.DeleteFunc(m.clients, func(other Client) bool { return other == u })
}

// open returns the clients that are not closed.
func (m *Metrics) open() []Client {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.clients)
}

// StoodIn notes how old an answer was that stood in.
func (m *Metrics) StoodIn(ctx context.Context, source, connector, reason string, age time.Duration) {
	m.ages.Record(ctx, age.Seconds(), attributes(source, connector, attribute.String("reason", reason)))
}

// attempt notes how long an attempt took and how it ended.
func (m *Metrics) attempt(s trace.Span, source, connector, outcome string, took time.Duration) {
	if m.attempts.Enabled(context.Background()) {
		m.attempts.Record(trace.ContextWithSpan(context.Background(), s), took.Seconds(), attributes(source, connector, attribute.String("outcome", outcome)))
	}
}

func attributes(source, connector string, more attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("source", source), attribute.String("connector", connector), more)
}
