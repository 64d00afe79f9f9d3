package upstreams_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// endpoint is a read of one of a source's endpoints by a connector of its own.
func endpoint(name string) *upstreams.Request {
	r := unremembered()
	r.Connector, r.URL = "Query."+name, "https://shop.test/"+name
	return r
}

// ill answers 503 at some endpoints, and well everywhere else.
func ill(names ...string) upstreamtest.Step {
	return func(req *http.Request) (*http.Response, error) {
		for _, name := range names {
			if req.URL.Path == "/"+name {
				return upstreamtest.Answer(503, ``)(req)
			}
		}
		return upstreamtest.Answer(200, `{"n":1}`)(req)
	}
}

// TestOneBadEndpoint holds that a source's good endpoints do not suffer from its bad ones, however many.
func TestOneBadEndpoint(t *testing.T) {
	tests := map[string][]string{
		"one":   {"orders"},
		"three": {"orders", "carts", "refunds"},
	}
	for name, bad := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(ill(bad...)))
				for i := range 2000 {
					_, _ = s.Read(t.Context(), endpoint(bad[i%len(bad)]))
					if _, err := s.Read(t.Context(), endpoint("products")); err != nil {
						t.Fatalf("products, the %dth time: %v", i, err)
					}
					time.Sleep(10 * time.Millisecond)
				}
				if s.Status().Down {
					t.Error("the source is taken for dead")
				}
				for _, name := range bad {
					if got := s.Status().Connectors["Query."+name].Breaker; got == "CLOSED" {
						t.Errorf("the breaker of %s is closed", name)
					}
				}
			})
		})
	}
}

// TestDeadHost has twenty endpoints fail together: three find out, the others need not.
func TestDeadHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := open(t, unprobed(), upstreamtest.Play(upstreamtest.Refuse()), upstreams.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		all := func() (refused int) {
			for i := range 20 {
				if _, err := s.Read(t.Context(), endpoint(strconv.Itoa(i))); reasonOf(err) == upstreams.ReasonBreakerOpen {
					refused++
				}
			}
			return refused
		}
		for range 20 {
			all()
		}
		tripped := 0
		for _, c := range s.Status().Connectors {
			if c.Breaker == "OPEN" {
				tripped++
			}
		}
		if tripped > 3 || !s.Status().Down {
			t.Errorf("%d breakers opened before the source was taken for dead: %v", tripped, s.Status().Down)
		}
		if refused := all(); refused != 20 {
			t.Errorf("%d of 20 calls were turned away", refused)
		}
		time.Sleep(7 * time.Second)
		if refused := all(); refused != 20-tripped-1 {
			t.Errorf("%d calls turned away; want those of the tripped connectors, and one of the others, to probe", refused)
		}
		s.api.Now(upstreamtest.Answer(403, ``))
		time.Sleep(7 * time.Second)
		if refused := all(); refused != 0 || s.Status().Down {
			t.Errorf("%d calls turned away after the first sign of life", refused)
		}
		for _, line := range []string{"source is down", "source is back"} {
			if n := strings.Count(log.String(), line); n != 1 {
				t.Errorf("%d times in the log: %s", n, line)
			}
		}
	})
}
