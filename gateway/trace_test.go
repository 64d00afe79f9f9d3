package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"holdfast/gateway"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	const caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	tests := map[string]struct {
		request *http.Request
		spans   []string // in the order they end
	}{
		"an operation is a span in the request's": {query(t, "query Hi {hello}", "traceparent", caller), []string{"query", "POST /graphql"}},
		"one that is not run is not":              {query(t, "{nope}", "traceparent", caller), []string{"POST /graphql"}},
		"a probe is none":                         {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil), nil},
		"a path that is nowhere names no span":    {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/x", nil), []string{"GET"}},
		"nor does a method of one's own":          {httptest.NewRequestWithContext(t.Context(), "BREW", "/status", nil), []string{"HTTP"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spans := tracetest.NewInMemoryExporter()
			provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
			g, err := gateway.New(gateway.Config{}, newSchema(nil), nil, gateway.Telemetry{Traces: provider})
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			g.ServeHTTP(httptest.NewRecorder(), test.request)
			var names []string
			for _, s := range spans.GetSpans() {
				names = append(names, s.Name)
				if parent := test.request.Header.Get("traceparent"); parent != "" && s.SpanContext.TraceID().String() != parent[3:35] {
					t.Errorf("span %s is not in the caller's trace", s.Name)
				}
			}
			if diff := cmp.Diff(test.spans, names); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Resolvers see the operation's span, so that calls to upstreams hang below it.
func TestResolversRunInTheSpanOfTheOperation(t *testing.T) {
	t.Parallel()
	spans := tracetest.NewInMemoryExporter()
	var seen trace.SpanContext
	g, err := gateway.New(gateway.Config{}, newSchema(map[string]resolver{
		"Query.hello": func(ctx context.Context, _ map[string]any) (any, error) {
			seen = trace.SpanContextFromContext(ctx)
			return "world", nil
		},
	}), nil, gateway.Telemetry{Traces: sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	g.ServeHTTP(httptest.NewRecorder(), query(t, "query Hi {hello}"))
	operation := spans.GetSpans()[0]
	if seen.SpanID() != operation.SpanContext.SpanID() {
		t.Errorf("a resolver saw span %s, the operation is %s", seen.SpanID(), operation.SpanContext.SpanID())
	}
	got := map[string]string{}
	for _, a := range operation.Attributes {
		got[string(a.Key)] = a.Value.AsString()
	}
	if diff := cmp.Diff(map[string]string{"graphql.operation.type": "query", "graphql.operation.name": "Hi"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
