package upstreams

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
)

// Metrics shows to OpenTelemetry what clients do. One serves all clients of a process: those of one source
// that follow each other, as when settings are read again, go on with the same counts. It is safe for
// concurrent use.
//
// Attributes are bounded: source, connector, and words of closed sets. Counts are kept by the clients
// anyway, for [Client.Status], and are looked at when metrics are collected.
type Metrics struct {
	attempts metric.Float64Histogram
	ages     metric.Float64Histogram

	mu      sync.Mutex
	tallies map[tallyKey]*tally
	clients []*Client // that are not closed, in the order they were made
}

type tallyKey struct{ source, connector string }

// NewMetrics makes the instruments with a meter of p, where they stay as long as p lives. The error is p's.
func NewMetrics(p metric.MeterProvider) (*Metrics, error) {
	meter := p.Meter("holdfast/upstreams")
	m := newMetrics()
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

// newMetrics returns metrics that nobody sees.
func newMetrics() *Metrics {
	return &Metrics{attempts: noop.Float64Histogram{}, ages: noop.Float64Histogram{}, tallies: map[tallyKey]*tally{}}
}

// WithMetrics counts in m. The default counts for [Client.Status] only.
func WithMetrics(m *Metrics) Option {
	return func(u *Client) { u.metrics = m }
}

// tally returns the counts of one connector.
func (m *Metrics) tally(source, connector string) *tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := tallyKey{source, connector}
	t := m.tallies[key]
	if t == nil {
		t = &tally{}
		m.tallies[key] = t
	}
	return t
}

func (m *Metrics) opened(u *Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients = append(m.clients, u)
}

func (m *Metrics) closed(u *Client) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clients = slices.DeleteFunc(m.clients, func(other *Client) bool { return other == u })
}

// open returns the clients that are not closed.
func (m *Metrics) open() []*Client {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.clients)
}

// counted counts what becomes of reads.
func (u *Client) counted(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		a, err := next(ctx, r)
		u.countRead(ctx, u.connector(r.Connector), a, err)
		return a, err
	}
}

// countedEach counts what becomes of each of many things.
func (u *Client) countedEach(next batchFunc) batchFunc {
	return func(ctx context.Context, b *Batch) []Item {
		items := next(ctx, b)
		c := u.connector(b.Connector)
		for _, item := range items {
			u.countRead(ctx, c, item.Answer, item.Err)
		}
		return items
	}
}

// countedWrite counts what becomes of writes.
func (u *Client) countedWrite(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		a, err := next(ctx, r)
		if c := u.connector(r.Connector); err != nil {
			c.tally.failed(err)
		} else {
			c.tally.written.Add(1)
		}
		return a, err
	}
}

func (u *Client) countRead(ctx context.Context, c *connector, a *Answer, err error) {
	came := resultOf(a, err)
	c.tally.reads[came].Add(1)
	switch came {
	case readFailed:
		c.tally.failed(err)
	case readStandIn:
		u.metrics.ages.Record(ctx, a.Age.Seconds(), u.attributes(c, attribute.String("reason", string(a.Reason))))
	}
}

// countAttempt counts an attempt that took so long and ended so.
func (u *Client) countAttempt(ctx context.Context, c *connector, took time.Duration, outcome string) {
	c.tally.latency.add(took)
	if !u.metrics.attempts.Enabled(ctx) {
		return
	}
	u.metrics.attempts.Record(ctx, took.Seconds(), u.attributes(c, attribute.String("outcome", outcome)))
}

func (u *Client) attributes(c *connector, more attribute.KeyValue) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("source", u.cfg.Name), attribute.String("connector", c.name), more)
}
