package main

import (
	"context"
	"errors"

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

// watchCache has the counts of c looked at whenever metrics are collected.
func (t *telemetry) watchCache(c *cache.Cache) error {
	meter := t.meters.Meter("holdfast/cache")
	var errs [7]error
	var lookups, storeErrors, storeSkipped, unreadable metric.Int64ObservableCounter
	var entries, size metric.Int64ObservableGauge
	lookups, errs[0] = meter.Int64ObservableCounter("holdfast.cache.lookups",
		metric.WithDescription("Lookups of remembered answers, by where they were found."))
	storeErrors, errs[1] = meter.Int64ObservableCounter("holdfast.cache.store_errors",
		metric.WithDescription("Lookups and writes that the store failed."))
	storeSkipped, errs[6] = meter.Int64ObservableCounter("holdfast.cache.store_skipped",
		metric.WithDescription("Lookups and writes that were not made, since the store is left alone."))
	unreadable, errs[2] = meter.Int64ObservableCounter("holdfast.cache.unreadable",
		metric.WithDescription("Stored answers of another version, or damaged."))
	entries, errs[3] = meter.Int64ObservableGauge("holdfast.cache.entries", metric.WithDescription("Answers in memory."))
	size, errs[4] = meter.Int64ObservableGauge("holdfast.cache.size", metric.WithUnit("By"),
		metric.WithDescription("What the answers in memory take, estimated."))
	found := func(where string) metric.ObserveOption {
		return metric.WithAttributes(attribute.String("found", where))
	}
	_, errs[5] = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		s := c.Stats()
		count := func(what metric.Int64Observable, n uint64, options ...metric.ObserveOption) {
			o.ObserveInt64(what, int64(n), options...) //nolint:gosec // a count
		}
		count(lookups, s.Memory.Hits, found("memory"))
		count(lookups, s.Misses, found("nowhere"))
		var store cache.StoreStats
		if s.Store != nil {
			store = *s.Store
		}
		count(lookups, store.Hits, found("store"))
		count(storeErrors, store.Errors)
		count(storeSkipped, store.Skipped)
		count(unreadable, store.Unreadable)
		o.ObserveInt64(entries, int64(s.Memory.Entries))
		o.ObserveInt64(size, s.Memory.Bytes)
		return nil
	}, lookups, storeErrors, storeSkipped, unreadable, entries, size)
	return errors.Join(errs[:]...)
}
