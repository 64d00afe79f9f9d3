package gateway_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"holdfast/gateway"
	"holdfast/upstreams"
)

// collect returns one line for each number that is not zero: "name attribute=value … number", the count of
// histograms.
func collect(t *testing.T, reader *sdkmetric.ManualReader) []string {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.WithoutCancel(t.Context()), &all); err != nil {
		t.Fatal(err)
	}
	var lines []string
	line := func(name string, set attribute.Set, n uint64) {
		words := []string{name}
		for _, a := range set.ToSlice() {
			words = append(words, string(a.Key)+"="+a.Value.String())
		}
		if n != 0 {
			lines = append(lines, fmt.Sprint(strings.Join(words, " "), " ", n))
		}
	}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, uint64(p.Value))
				}
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					line(m.Name, p.Attributes, p.Count)
				}
			default:
				t.Errorf("%s is %T", m.Name, data)
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	const request = "http.server.request.duration http.request.method=POST http.response.status_code=200 http.route=/graphql url.scheme=http 1"
	aged := upstreams.Part{Source: "shop", State: upstreams.StateStandingIn}
	mapped := outage(upstreams.ReasonStatus)
	mapped.Extensions = map[string]any{"code": "MADE_UP_BY_A_CONNECTOR"}
	tests := map[string]struct {
		request *http.Request
		hello   resolver
		want    []string
	}{
		"a fresh answer": {
			query(t, "{hello}"), always("world"),
			[]string{"holdfast.operation.duration outcome=fresh type=query 1", request},
		},
		"one with an old part": {
			query(t, "{hello}"), notes(aged),
			[]string{"holdfast.operation.duration outcome=aged type=query 1", request},
		},
		"one with an outage in it": {
			query(t, "{hello}"), fails(outage(upstreams.ReasonStatus)),
			[]string{"holdfast.errors code=UPSTREAM_UNAVAILABLE 1", "holdfast.operation.duration outcome=errors type=query 1", request},
		},
		"what a connector calls an error is no attribute": {
			query(t, "{hello}"), fails(mapped),
			[]string{"holdfast.errors code=MAPPED 1", "holdfast.operation.duration outcome=errors type=query 1", request},
		},
		"an operation that is not run": {
			query(t, "{nope}"), nil,
			[]string{"holdfast.errors code=GRAPHQL_VALIDATION_FAILED 1", "holdfast.operation.duration outcome=refused 1", request},
		},
		"a request that is none": {
			post(t, "{"), nil,
			[]string{"http.server.request.duration http.request.method=POST http.response.status_code=400 http.route=/graphql url.scheme=http 1"},
		},
		"a path and a method that a client made up": {
			httptest.NewRequestWithContext(t.Context(), "BREW", "/no/such/pot", http.NoBody), nil,
			[]string{"http.server.request.duration http.request.method=_OTHER http.response.status_code=404 url.scheme=http 1"},
		},
		"a probe is none":           {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", http.NoBody), nil, nil},
		"nor who comes for metrics": {httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody), nil, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader := sdkmetric.NewManualReader()
			tel := gateway.Telemetry{Meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))}
			g, err := gateway.New(gateway.Config{}, newSchema(map[string]resolver{"Query.hello": test.hello}), nil, tel)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			g.ServeHTTP(httptest.NewRecorder(), test.request)
			if diff := cmp.Diff(test.want, collect(t, reader)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A request is counted among those under way while it is.
func TestRequestsUnderWay(t *testing.T) {
	t.Parallel()
	reader := sdkmetric.NewManualReader()
	var during []string
	g, err := gateway.New(gateway.Config{}, newSchema(map[string]resolver{
		"Query.hello": func(context.Context, map[string]any) (any, error) {
			during = collect(t, reader)
			return "world", nil
		},
	}), nil, gateway.Telemetry{Meters: sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	g.ServeHTTP(httptest.NewRecorder(), query(t, "{hello}"))
	want := []string{"http.server.active_requests http.request.method=POST url.scheme=http 1"}
	if diff := cmp.Diff(want, during); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhereMetricsAre(t *testing.T) {
	t.Parallel()
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "numbers") })
	for name, test := range map[string]struct {
		tel  gateway.Telemetry
		code int
		body string
	}{
		"where they are served": {gateway.Telemetry{Metrics: page}, 200, "numbers"},
		"where they are not":    {gateway.Telemetry{}, 404, "404 page not found\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := gateway.New(gateway.Config{}, newSchema(nil), nil, test.tel)
			if err != nil {
				t.Fatal(err)
			}
			defer g.Close()
			w := httptest.NewRecorder()
			g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
			if w.Code != test.code || w.Body.String() != test.body {
				t.Errorf("%d %q", w.Code, w.Body)
			}
		})
	}
}
