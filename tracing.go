package main

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracing sends traces by OTLP over HTTP if OpenTelemetry's environment
// variables say where to; otherwise traces cost nothing. flush sends what is
// left.
func tracing(ctx context.Context, env func(string) (string, bool)) (p trace.TracerProvider, flush func(context.Context) error, err error) {
	if !wantsTraces(env) {
		return noop.NewTracerProvider(), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx) // reads OTEL_EXPORTER_OTLP_*
	if err != nil {
		return nil, nil, fmt.Errorf("traces: %w", err)
	}
	res, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK())
	if err != nil {
		return nil, nil, fmt.Errorf("traces: %w", err)
	}
	if _, named := env("OTEL_SERVICE_NAME"); !named {
		if res, err = resource.Merge(resource.NewSchemaless(semconv.ServiceName("holdfast")), res); err != nil {
			return nil, nil, fmt.Errorf("traces: %w", err)
		}
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(res))
	return provider, provider.Shutdown, nil
}

// wantsTraces follows OpenTelemetry's specification of environment variables.
func wantsTraces(env func(string) (string, bool)) bool {
	if off, _ := env("OTEL_SDK_DISABLED"); off == "true" {
		return false
	}
	if exporter, _ := env("OTEL_TRACES_EXPORTER"); exporter == "none" {
		return false
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if endpoint, _ := env(name); endpoint != "" {
			return true
		}
	}
	return false
}
