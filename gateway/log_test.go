package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"holdfast/gateway"
	"holdfast/upstreams"
)

func TestOneLinePerRequest(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request *http.Request
		want    string // a pattern
	}{
		"an operation with its calls": {
			query(t, "query Hi {hello}"),
			`level=INFO msg=request method=POST path=/graphql status=200 duration=\S+ bytes=\d+ type=query operation=Hi upstream_calls=map\[stripe:1\]\n`,
		},
		"one that is not valid": {
			query(t, "{nope}"), `status=200 duration=\S+ bytes=\d+ errors=1\n`,
		},
		"a request that is none": {
			query(t, "{nope}", "Content-Type", "text/plain"), `status=415 duration=\S+ bytes=\d+\n`,
		},
		"a probe is not worth more than debug": {
			httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/healthz", nil), `level=DEBUG msg=request method=GET path=/healthz status=200`,
		},
		"a caller's trace is named": {
			query(t, "{hello}", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
			`trace_id=0af7651916cd43dd8448eb211c80319c\n`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, logs := serve(t, gateway.Config{}, map[string]resolver{"Query.hello": notes(upstreams.Part{Source: "stripe"})})
			g.ServeHTTP(httptest.NewRecorder(), test.request)
			lines := strings.Count(logs.String(), "msg=request")
			if lines != 1 || !regexp.MustCompile(test.want).MatchString(logs.String()) {
				t.Errorf("%d lines, want %s in\n%s", lines, test.want, logs)
			}
		})
	}
}

// A client that goes away is answered nothing, and is nobody's mistake.
func TestAClientThatGoesAway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	g, logs := serve(t, gateway.Config{}, map[string]resolver{
		"Query.hello": func(ctx context.Context, _ map[string]any) (any, error) {
			cancel()
			return nil, context.Cause(ctx)
		},
	})
	g.ServeHTTP(httptest.NewRecorder(), query(t, "{hello}").WithContext(ctx))
	g.ServeHTTP(httptest.NewRecorder(), query(t, "{hello}").WithContext(ctx))
	if strings.Contains(logs.String(), "level=ERROR") || !strings.Contains(logs.String(), "client_gone=true") {
		t.Errorf("logs:\n%s", logs)
	}
}

// A panic after the answer has begun ends the connection, so that nobody takes
// half an answer for a whole one.
func TestPanicsBeyondTheGraph(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status gateway.StatusFunc
		want   int
	}{
		"a status that fails is 500":    {func() gateway.Status { panic(errors.New("x")) }, 500},
		"one that is no JSON is 500":    {func() gateway.Status { return gateway.Status{Cache: make(chan int)} }, 500},
		"an aborted handler is aborted": {func() gateway.Status { panic(http.ErrAbortHandler) }, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, err := gateway.New(gateway.Config{}, newSchema(nil), test.status, gateway.Telemetry{})
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			func() {
				defer func() {
					if recover() != nil {
						got = 0
					}
				}()
				w := httptest.NewRecorder()
				g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/status", nil))
				got = w.Code
			}()
			if got != test.want {
				t.Errorf("status %d, want %d", got, test.want)
			}
		})
	}
}
