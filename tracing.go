package main

import (
	"context"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// openTraces sends traces by OTLP over HTTP if the environment says where to.
func (t *telemetry) openTraces(ctx context.Context, env func(string) (string, bool), who *resource.Resource) error {
	if !pushes(env, "TRACES") {
		t.traces = noop.NewTracerProvider()
		return nil
	}
	exporter, err := otlptracehttp.New(ctx) // reads OTEL_EXPORTER_OTLP_*
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(who))
	t.traces = provider
	t.closers = append(t.closers, provider.Shutdown)
	return nil
}
