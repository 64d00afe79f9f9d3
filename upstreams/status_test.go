package upstreams_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
	"holdfast/upstreams/watch"
)

// TestStatus compares the whole of it, as an operator sees it: 80 quick answers, 15 slower, 5 that fail
// after a second, each of them twice, and an old answer in their place.
func TestStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(1)}}, upstreamtest.Play())
		for _, phase := range []struct {
			times int
			takes time.Duration
			step  upstreamtest.Step
		}{
			{80, 10 * time.Millisecond, upstreamtest.Answer(200, `{"n":1}`)},
			{15, 100 * time.Millisecond, upstreamtest.Answer(200, `{"n":1}`)},
			{5, time.Second, upstreamtest.Answer(503, ``)},
		} {
			s.api.Now(upstreamtest.After(phase.takes, phase.step))
			for range phase.times {
				if _, err := s.Read(t.Context(), order()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
			}
		}
		s.Drift("Query.order", "total")
		got := s.Status().Connectors["Query.order"]
		if at := got.LastAnswer.Sub(began); at < 94*time.Minute || at > 95*time.Minute {
			t.Errorf("the last answer came after %v", at)
		}
		if at := got.LastFailed.Sub(began); at < 99*time.Minute || at > 100*time.Minute {
			t.Errorf("the last error came after %v", at)
		}
		got.LastAnswer, got.LastFailed = nil, nil
		want := watch.ConnectorStatus{
			Breaker: "CLOSED", LastError: "STATUS",
			Calls: 105, Retries: 5, Amplification: 1.05,
			LatencyMS: &watch.LatencyStatus{P50: 10, P95: 1000, P99: 1000, Of: 105},
			Reads:     map[string]uint64{"miss": 95, "stand_in": 5},
			Drift:     map[string]uint64{"total": 1},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestLatencyForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(2*time.Second, upstreamtest.Answer(200, `{"n":1}`))))
		for i := range 300 {
			if i == 44 {
				s.api.Now(upstreamtest.After(time.Millisecond, upstreamtest.Answer(200, `{"n":1}`)))
			}
			if _, err := s.Read(t.Context(), unremembered()); err != nil {
				t.Fatal(err)
			}
		}
		want := &watch.LatencyStatus{P50: 1, P95: 1, P99: 1, Of: 256}
		if diff := cmp.Diff(want, s.Status().Connectors["Query.order"].LatencyMS); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestStatusIsJSON(t *testing.T) {
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)))
	if _, err := s.Read(t.Context(), order()); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s.Status())
	if err != nil {
		t.Fatal(err)
	}
	var status struct {
		Connectors map[string]map[string]any
	}
	if err := json.Unmarshal(text, &status); err != nil {
		t.Fatal(err)
	}
	got := status.Connectors["Query.order"]
	for _, key := range []string{"breaker", "lastAnswer", "inFlight", "calls", "retries", "amplification", "latencyMs", "reads"} {
		if _, ok := got[key]; !ok {
			t.Errorf("no %s in %v", key, got)
		}
	}
}

func TestAConnectorThatHasOnlyEverHad404IsSuspect(t *testing.T) {
	tests := map[string]struct {
		statuses []int
		suspect  bool
		warnings int
	}{
		"404 and nothing else":                   {[]int{404, 404, 410, 404, 404}, true, 1},
		"one that was there":                     {[]int{404, 200, 404, 404, 404}, false, 0},
		"too few to warn of":                     {[]int{404, 404}, true, 0},
		"an outage is no proof that it is right": {[]int{404, 503, 404, 401, 404}, true, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}, upstreamtest.Play(),
					upstreams.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
				for _, status := range tt.statuses {
					s.api.Now(upstreamtest.Answer(status, `{}`))
					_, _ = s.Read(t.Context(), order()) // some are errors
					time.Sleep(time.Minute)
				}
				if got := s.Status().Connectors["Query.order"].OnlyAbsent; got != tt.suspect {
					t.Errorf("suspect: %t", got)
				}
				if n := strings.Count(log.String(), "is the URL right?"); n != tt.warnings {
					t.Errorf("%d warnings in %s", n, &log)
				}
			})
		})
	}
}
