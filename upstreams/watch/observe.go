package watch

import (
	"context"
	"errors"
	"maps"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// observe has meter look at the counts, and at how the clients are, whenever metrics are collected.
func (m *Metrics) observe(meter metric.Meter) error {
	var errs []error
	counter := func(name, description string) metric.Int64ObservableCounter {
		c, err := meter.Int64ObservableCounter(name, metric.WithDescription(description))
		errs = append(errs, err)
		return c
	}
	gauge := func(name, description string) metric.Int64ObservableGauge {
		g, err := meter.Int64ObservableGauge(name, metric.WithDescription(description))
		errs = append(errs, err)
		return g
	}
	counts := counters{
		reads:     counter("holdfast.reads", "Things that were read, each key of a batch for itself, by result."),
		writes:    counter("holdfast.writes", "Writes that went well."),
		failures:  counter("holdfast.failures", "Reads and writes that ended with an error, by class."),
		retries:   counter("holdfast.retries", "HTTP attempts that repeated one."),
		joined:    counter("holdfast.coalesced", "Callers who waited for a call of another."),
		confirmed: counter("holdfast.not_modified", "HTTP attempts that said that what is remembered is still good."),
		shrunk:    counter("holdfast.shrunk", "Answers that lost nearly all that the one before had, and were not believed at once."),
		drift:     counter("holdfast.drift", "Items that did not fit the schema."),
		underWay:  gauge("holdfast.in_flight", "HTTP attempts under way."),
	}
	states := gauges{
		breaker: gauge("holdfast.breaker.state", "0 closed, 1 half-open, 2 open."),
		skew:    gauge("holdfast.source.clock_skew", "Seconds that the source's clock is ahead of ours; not there until it tells the time."),
		down:    gauge("holdfast.source.down", "1 while the whole source is taken for dead."),
		turns:   gauge("holdfast.quota.in_use", "Calls that hold one of the source's turns."),
		limit:   gauge("holdfast.quota.limit", "Turns that the source has."),
		left:    gauge("holdfast.quota.left", "Calls that the source says are left; not there until it says so."),
		refused: gauge("holdfast.credential.refused", "Connectors without an answer because our credential is missing or not taken."),
		held:    gauge("holdfast.quota.held", "Connectors that are not asked until the time that the source said."),
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	_, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for key, t := range m.all() {
			counts.observe(o, t, attribute.String("source", key.source), attribute.String("connector", key.connector))
		}
		for _, u := range m.open() { // of two with one name the newer is looked at last, and counts
			states.observe(o, u.Status())
		}
		return nil
	}, counts.reads, counts.writes, counts.failures, counts.retries, counts.joined, counts.confirmed, counts.shrunk, counts.drift, counts.underWay,
		states.breaker, states.skew, states.down, states.turns, states.limit, states.left, states.held, states.refused)
	return err
}

// all returns the tallies there are.
func (m *Metrics) all() map[tallyKey]*Tally {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.tallies)
}

// counters are the instruments over tallies.
type counters struct {
	reads, writes, failures, retries, joined, confirmed, shrunk, drift metric.Int64ObservableCounter
	underWay                                                           metric.Int64ObservableGauge
}

func (c *counters) observe(o metric.Observer, t *Tally, whose ...attribute.KeyValue) {
	see := func(what metric.Int64Observable, n uint64, more ...attribute.KeyValue) {
		o.ObserveInt64(what, int64(n), metric.WithAttributes(append(whose, more...)...)) //nolint:gosec // a count
	}
	for came := range results {
		if n := t.reads[came].Load(); n > 0 {
			see(c.reads, n, attribute.String("result", came.String()))
		}
	}
	for class, n := range t.failuresByClass() {
		see(c.failures, n, attribute.String("class", class))
	}
	if n := t.written.Load(); n > 0 {
		see(c.writes, n)
	}
	see(c.retries, t.resent.Load())
	see(c.joined, t.joined.Load())
	see(c.confirmed, t.confirmed.Load())
	see(c.shrunk, t.shrunk.Load())
	see(c.drift, t.drift.Load())
	o.ObserveInt64(c.underWay, t.underWay.Load(), metric.WithAttributes(whose...))
}

// gauges are the instruments over the status of clients.
type gauges struct {
	breaker, skew, down, turns, limit, left, held, refused metric.Int64ObservableGauge
}

func (g *gauges) observe(o metric.Observer, s Status) {
	source := attribute.String("source", s.Source)
	see := func(what metric.Int64Observable, n int) {
		o.ObserveInt64(what, int64(n), metric.WithAttributes(source))
	}
	for name, c := range s.Connectors {
		o.ObserveInt64(g.breaker, breakerNumber(c.Breaker),
			metric.WithAttributes(source, attribute.String("connector", name)))
	}
	down := 0
	if s.Down {
		down = 1
	}
	see(g.down, down)
	see(g.turns, s.Quota.UnderWay)
	see(g.limit, s.Quota.Concurrent)
	see(g.held, len(s.Quota.Held))
	refused := 0
	if s.Credential != nil {
		refused = len(s.Credential.Connectors)
	}
	see(g.refused, refused)
	if ahead, err := time.ParseDuration(s.ClockSkew); err == nil {
		see(g.skew, int(ahead.Seconds()))
	}
	if s.Quota.Left != nil {
		see(g.left, *s.Quota.Left)
	}
}

// breakerNumber is what a gauge shows of a breaker's state.
func breakerNumber(state string) int64 {
	switch state {
	case "OPEN":
		return 2
	case "HALF_OPEN":
		return 1
	}
	return 0
}
