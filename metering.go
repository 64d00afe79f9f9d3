package main

import (
	"context"
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"

	"holdfast/cache"
	"holdfast/gateway"
	"holdfast/outbox"
)

// openMeters shows metrics to Prometheus, with those of the Go runtime and the
// process, and sends them by OTLP over HTTP if the environment says where to.
func (t *telemetry) openMeters(ctx context.Context, env func(string) (string, bool), who *resource.Resource) error {
	if off(env, "METRICS") {
		t.meters = noop.NewMeterProvider()
		return nil
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	pulled, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(),
		exporter.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes))
	if err != nil {
		return err
	}
	options := []sdkmetric.Option{sdkmetric.WithResource(who), sdkmetric.WithReader(pulled)}
	if pushes(env, "METRICS") {
		pushed, err := otlpmetrichttp.New(ctx) // reads OTEL_EXPORTER_OTLP_*
		if err != nil {
			return err
		}
		options = append(options, sdkmetric.WithReader(sdkmetric.NewPeriodicReader(pushed)))
	}
	provider := sdkmetric.NewMeterProvider(options...)
	t.meters = provider
	t.page = promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true})
	t.closers = append(t.closers, provider.Shutdown)
	return nil
}

// watchCache has the counts of c, and of the store behind it, looked at whenever metrics are collected.
func (t *telemetry) watchCache(c *cache.Cache, k *keep) error {
	w := &watching{meter: t.meters.Meter("holdfast/cache")}
	lookups := w.counter("holdfast.cache.lookups", "Lookups of remembered answers, by where they were found.")
	evictions := w.counter("holdfast.cache.evictions", "Answers that left memory for want of room.")
	entries := w.gauge("holdfast.cache.entries", "{answer}", "Answers, by layer.")
	size := w.gauge("holdfast.cache.size", "By", "What the answers take, by layer, estimated in memory.")
	budget := w.gauge("holdfast.cache.budget", "By", "What the answers may take, by layer.")
	storeErrors := w.counter("holdfast.cache.store_errors", "Lookups and writes that the store failed.")
	storeSkipped := w.counter("holdfast.cache.store_skipped", "Lookups and writes that were not made, since the store is left alone.")
	unreadable := w.counter("holdfast.cache.unreadable", "Stored answers of another version, or damaged.")
	damaged := w.counter("holdfast.store.damaged", "Values that the store had and could not read.")
	aside := w.counter("holdfast.store.moved_aside", "Folders of the store that could not be read, were moved aside and made anew.")
	opened := w.counter("holdfast.store.opened", "How often the store was opened.")
	open := w.gauge("holdfast.store.open", "", "1 while the store is open and answers, else 0.")
	queued := w.gauge("holdfast.store.queue.entries", "{answer}", "Answers on their way into the store.")
	queuedBytes := w.gauge("holdfast.store.queue.size", "By", "What they take.")
	dropped := w.counter("holdfast.store.queue.dropped", "Answers that never came into the store, for want of room on the way or since it would not have them.")
	unsent := w.gauge("holdfast.bumps.unsent", "{tag}", "Tags that were bumped here and are not stored yet.")
	deaf := w.gauge("holdfast.bumps.deaf", "", "1 while bumps of other gateways have not been heard of for more than two seconds.")
	lag := w.seconds("holdfast.bumps.lag", "How long the last bump took from who made it.")
	w.watch(func(o metric.Observer) {
		s := c.Stats()
		memory, store := metric.WithAttributes(attribute.String("layer", "memory")), metric.WithAttributes(attribute.String("layer", "store"))
		found := func(where string) metric.ObserveOption {
			return metric.WithAttributes(attribute.String("found", where))
		}
		o.ObserveInt64(lookups, count(s.Memory.Hits), found("memory"))
		o.ObserveInt64(lookups, count(s.Misses), found("nowhere"))
		o.ObserveInt64(evictions, count(s.Memory.Evictions))
		o.ObserveInt64(entries, int64(s.Memory.Entries), memory)
		o.ObserveInt64(size, s.Memory.Bytes, memory)
		o.ObserveInt64(budget, s.Memory.Budget, memory)
		if s.Store == nil {
			return
		}
		o.ObserveInt64(lookups, count(s.Store.Hits), found("store"))
		o.ObserveInt64(entries, s.Store.Entries, store)
		o.ObserveInt64(size, s.Store.Bytes, store)
		o.ObserveInt64(budget, s.Store.Budget, store)
		o.ObserveInt64(storeErrors, count(s.Store.Errors))
		o.ObserveInt64(storeSkipped, count(s.Store.Skipped))
		o.ObserveInt64(unreadable, count(s.Store.Unreadable))
		counts := k.store.Counts()
		o.ObserveInt64(damaged, counts.Damaged)
		o.ObserveInt64(aside, counts.MovedAside)
		o.ObserveInt64(opened, counts.Opened)
		o.ObserveInt64(open, truth(s.Store.Condition == cache.StoreOpen && !s.Store.LeftAlone))
		o.ObserveInt64(queued, int64(s.Queue.Entries))
		o.ObserveInt64(queuedBytes, s.Queue.Bytes)
		o.ObserveInt64(dropped, count(s.Queue.Dropped))
		o.ObserveInt64(unsent, int64(s.Bumps.Unsent))
		o.ObserveInt64(deaf, truth(s.Bumps.Deaf))
		o.ObserveFloat64(lag, s.Bumps.Lag)
	})
	return errors.Join(w.errs...)
}

// watchOutbox has the counts of b looked at whenever metrics are collected.
func (t *telemetry) watchOutbox(b *outbox.Outbox) error {
	w := &watching{meter: t.meters.Meter("holdfast/outbox")}
	writes := w.gauge("holdfast.outbox.writes", "{write}", "Changes that are recorded, by source and state.")
	oldest := w.seconds("holdfast.outbox.oldest", "How long ago the oldest change in a state was accepted that is not over, by source.")
	held := w.gauge("holdfast.outbox.held", "", "1 while nothing that waits is sent to a source, else 0.")
	size := w.gauge("holdfast.outbox.size", "By", "What the changes take.")
	budget := w.gauge("holdfast.outbox.budget", "By", "What the changes may take.")
	room := w.gauge("holdfast.outbox.room", "{write}", "How many more changes may be recorded.")
	open := w.gauge("holdfast.outbox.open", "", "1 while changes are recorded, else 0.")
	refused := w.counter("holdfast.outbox.refused", "Changes that were not made, since they could not be recorded.")
	w.watch(func(o metric.Observer) {
		s := b.Status()
		for _, source := range s.Sources {
			of := attribute.String("source", source.Source)
			o.ObserveInt64(held, truth(source.Held != ""), metric.WithAttributes(of))
			for _, state := range outbox.States() {
				in := metric.WithAttributes(of, attribute.String("state", string(state)))
				depth := source.States[state]
				o.ObserveInt64(writes, int64(depth.Writes), in)
				if !state.Settled() {
					o.ObserveFloat64(oldest, secondsSince(depth.Oldest), in)
				}
			}
		}
		o.ObserveInt64(size, s.Journal.Bytes)
		o.ObserveInt64(budget, s.Journal.MaxBytes)
		o.ObserveInt64(room, max(0, s.Journal.MaxWrites-s.Journal.Writes))
		o.ObserveInt64(open, truth(s.Known && s.Refuses == "" && s.Journal.Condition == outbox.JournalOpen))
		o.ObserveInt64(refused, count(s.TurnedAway))
	})
	return errors.Join(w.errs...)
}

// watchStreams has the counts of s looked at whenever metrics are collected.
func (t *telemetry) watchStreams(s *gateway.Streams) error {
	w := &watching{meter: t.meters.Meter("holdfast/gateway")}
	followers := w.gauge("holdfast.subscriptions.followers", "{subscription}", "Subscriptions that clients follow.")
	groups := w.gauge("holdfast.subscriptions.operations", "{operation}", "Operations that are followed: each is run once for all its followers.")
	runs := w.counter("holdfast.subscriptions.runs", "Answers that were made for followers.")
	w.watch(func(o metric.Observer) {
		c := s.Counts()
		o.ObserveInt64(followers, int64(c.Followers))
		o.ObserveInt64(groups, int64(c.Groups))
		o.ObserveInt64(runs, count(c.Runs))
	})
	return errors.Join(w.errs...)
}

// secondsSince is how long ago something was; 0 if it was never.
func secondsSince(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return time.Since(at).Seconds()
}

// countAlarms returns what counts the alarms of an outbox.
func (t *telemetry) countAlarms() (func(outbox.Alarm), error) {
	c, err := t.meters.Meter("holdfast/outbox").Int64Counter("holdfast.outbox.alarms",
		metric.WithDescription("What a person should look at, by kind, when it begins."))
	return func(a outbox.Alarm) {
		c.Add(context.Background(), 1, metric.WithAttributes(attribute.String("kind", string(a.Kind))))
	}, err
}

// watching makes instruments, and watches them all at once.
type watching struct {
	meter metric.Meter
	all   []metric.Observable
	errs  []error
}

func (w *watching) add(o metric.Observable, err error) {
	w.all, w.errs = append(w.all, o), append(w.errs, err)
}

func (w *watching) counter(name, says string) metric.Int64ObservableCounter {
	c, err := w.meter.Int64ObservableCounter(name, metric.WithDescription(says))
	w.add(c, err)
	return c
}

func (w *watching) gauge(name, unit, says string) metric.Int64ObservableGauge {
	g, err := w.meter.Int64ObservableGauge(name, metric.WithUnit(unit), metric.WithDescription(says))
	w.add(g, err)
	return g
}

func (w *watching) seconds(name, says string) metric.Float64ObservableGauge {
	g, err := w.meter.Float64ObservableGauge(name, metric.WithUnit("s"), metric.WithDescription(says))
	w.add(g, err)
	return g
}

func (w *watching) watch(look func(metric.Observer)) {
	_, err := w.meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		look(o)
		return nil
	}, w.all...)
	w.errs = append(w.errs, err)
}

func count(n uint64) int64 { return int64(n) } //nolint:gosec // nobody counts that far

func truth(is bool) int64 {
	if is {
		return 1
	}
	return 0
}
