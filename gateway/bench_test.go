package gateway_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"

	"holdfast/gateway"
)

// constant is a graph that answers at once.
type constant struct {
	*schema

	data []byte
}

func (c constant) Exec(context.Context) graphql.ResponseHandler {
	return func(context.Context) *graphql.Response { return &graphql.Response{Data: c.data} }
}

// sink is a connection that swallows what is written.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// again is a body that can be read as often as it is rewound.
type again struct{ *strings.Reader }

func (again) Close() error { return nil }

// BenchmarkConstant is what a request costs besides executing it: one constant
// field, with the log and the metrics on, by a document that is known.
func BenchmarkConstant(b *testing.B) {
	bodies := map[string]string{
		"plain":     `{"query":"{hello}"}`,
		"variables": `{"operationName":"Q","variables":{"n":7,"on":true},"query":"query Q($n: Int, $on: Boolean!) { count(of: $n) @include(if: $on) }"}`,
	}
	for name, body := range bodies {
		b.Run(name, func(b *testing.B) {
			log := slog.New(slog.NewTextHandler(io.Discard, nil)) //nolint:sloglint // what writing a line takes is measured, too
			meters := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
			g, err := gateway.New(gateway.Config{}, constant{newSchema(nil), []byte(`{"hello":"world"}`)}, nil, gateway.Telemetry{Log: log, Meters: meters})
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			read := again{strings.NewReader(body)}
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, "http://127.0.0.1/graphql", read)
			if err != nil {
				b.Fatal(err)
			}
			r.ContentLength = int64(len(body))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Accept", "application/json")
			w := &sink{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				read.Reset(body)
				clear(w.header)
				own := *r
				g.ServeHTTP(w, &own)
				if w.status != http.StatusOK {
					b.Fatal(w.status)
				}
			}
		})
	}
}
