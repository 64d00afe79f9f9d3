package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"holdfast/upstreams/watch"
)

// telemetry is where traces and metrics go. It outlives the settings; what is
// off costs nothing.
type telemetry struct {
	traces  trace.TracerProvider
	meters  metric.MeterProvider
	calls   *watch.Metrics // of all sources
	page    http.Handler   // answers GET /metrics; nil: nothing is there
	closers []func(context.Context) error
}

// openTelemetry follows OpenTelemetry's environment variables: see wants.
func openTelemetry(ctx context.Context, env func(string) (string, bool)) (*telemetry, error) {
	who, err := whoWeAre(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	t := &telemetry{}
	if err := t.openTraces(ctx, env, who); err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	if err := t.openMeters(ctx, env, who); err != nil {
		return nil, errors.Join(fmt.Errorf("metrics: %w", err), t.close(ctx))
	}
	if t.calls, err = watch.NewMetrics(t.meters); err != nil {
		return nil, errors.Join(fmt.Errorf("metrics: %w", err), t.close(ctx))
	}
	return t, nil
}

// close sends what is left, until ctx ends.
func (t *telemetry) close(ctx context.Context) error {
	var errs []error
	for _, end := range t.closers {
		errs = append(errs, end(ctx))
	}
	return errors.Join(errs...)
}

// whoWeAre describes this process to who collects.
func whoWeAre(ctx context.Context, env func(string) (string, bool)) (*resource.Resource, error) {
	who, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, err
	}
	if _, named := env("OTEL_SERVICE_NAME"); named {
		return who, nil
	}
	return resource.Merge(resource.NewSchemaless(semconv.ServiceName("holdfast")), who)
}

// off reports whether OTEL_SDK_DISABLED, or OTEL_TRACES_EXPORTER or
// OTEL_METRICS_EXPORTER, switch a signal off, TRACES or METRICS.
func off(env func(string) (string, bool), signal string) bool {
	disabled, _ := env("OTEL_SDK_DISABLED")
	exporter, _ := env("OTEL_" + signal + "_EXPORTER")
	return disabled == "true" || exporter == "none"
}

// pushes reports whether the environment says where to send a signal by OTLP.
func pushes(env func(string) (string, bool), signal string) bool {
	if off(env, signal) {
		return false
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT"} {
		if endpoint, _ := env(name); endpoint != "" {
			return true
		}
	}
	return false
}
