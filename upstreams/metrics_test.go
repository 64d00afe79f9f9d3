package upstreams_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
	"holdfast/upstreams/watch"
)

// meters returns metrics and a function that collects them: one line for each number that is not zero,
// "name attribute=value … number", without the source and, of histograms, with the count.
func meters(t *testing.T) (*watch.Metrics, func() []string) {
	t.Helper()
	reader := sdkmetric.NewManualReader()
	m, err := watch.NewMetrics(sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)))
	if err != nil {
		t.Fatal(err)
	}
	return m, func() []string {
		t.Helper()
		var all metricdata.ResourceMetrics
		if err := reader.Collect(context.WithoutCancel(t.Context()), &all); err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, m := range all.ScopeMetrics[0].Metrics {
			lines = append(lines, lineEach(t, m)...)
		}
		slices.Sort(lines)
		return lines
	}
}

func lineEach(t *testing.T, m metricdata.Metrics) []string {
	t.Helper()
	var lines []string
	line := func(set attribute.Set, n uint64) {
		if n == 0 {
			return
		}
		words := []string{m.Name}
		for _, a := range set.ToSlice() {
			if a.Key != "source" {
				words = append(words, string(a.Key)+"="+a.Value.AsString())
			}
		}
		lines = append(lines, fmt.Sprint(strings.Join(words, " "), " ", n))
	}
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		for _, p := range data.DataPoints {
			line(p.Attributes, uint64(p.Value))
		}
	case metricdata.Gauge[int64]:
		for _, p := range data.DataPoints {
			line(p.Attributes, uint64(p.Value))
		}
	case metricdata.Histogram[float64]:
		for _, p := range data.DataPoints {
			line(p.Attributes, p.Count)
		}
	default:
		t.Errorf("%s is %T", m.Name, data)
	}
	return lines
}

// TestMetrics plays one thing at a time and has all numbers looked at afterwards.
func TestMetrics(t *testing.T) {
	limit := "holdfast.quota.limit 16"
	tests := map[string]struct {
		steps []upstreamtest.Step
		play  func(context.Context, source) error
		kind  upstreams.Kind // of the error at the end
		want  []string
	}{
		"a read that was asked for twice, and a remembered one": {
			steps: []upstreamtest.Step{upstreamtest.Answer(503, ``), upstreamtest.Answer(200, `{"n":1}`)},
			play: func(ctx context.Context, s source) error {
				_, first := s.Read(ctx, order())
				_, second := s.Read(ctx, order())
				return errors.Join(first, second)
			},
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=2xx 1",
				"holdfast.attempt.duration connector=Query.order outcome=5xx 1",
				limit,
				"holdfast.reads connector=Query.order result=hit 1",
				"holdfast.reads connector=Query.order result=miss 1",
				"holdfast.retries connector=Query.order 1",
			},
		},
		"an old answer that stands in": {
			steps: []upstreamtest.Step{upstreamtest.Answer(200, `{"n":1}`), upstreamtest.Answer(429, ``)},
			play: func(ctx context.Context, s source) error {
				_, first := s.Read(ctx, order())
				time.Sleep(time.Hour)
				_, second := s.Read(ctx, order())
				return errors.Join(first, second)
			},
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=2xx 1",
				"holdfast.attempt.duration connector=Query.order outcome=429 2",
				limit,
				"holdfast.reads connector=Query.order result=miss 1",
				"holdfast.reads connector=Query.order result=stand_in 1",
				"holdfast.retries connector=Query.order 1",
				"holdfast.stand_in.age connector=Query.order reason=RATE_LIMITED 1",
			},
		},
		"one that is refreshed behind": {
			steps: []upstreamtest.Step{upstreamtest.Answer(200, `{"n":1}`)},
			play: func(ctx context.Context, s source) error {
				r := order()
				r.Policy.Refresh = new(2 * time.Hour)
				_, first := s.Read(ctx, r)
				time.Sleep(time.Hour)
				_, second := s.Read(ctx, r)
				synctest.Wait()
				return errors.Join(first, second)
			},
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=2xx 2",
				limit,
				"holdfast.reads connector=Query.order result=miss 1",
				"holdfast.reads connector=Query.order result=stale 1",
			},
		},
		"a no": {
			steps: []upstreamtest.Step{upstreamtest.Answer(403, ``)},
			play:  func(ctx context.Context, s source) error { _, err := s.Read(ctx, order()); return err },
			kind:  upstreams.Refused,
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=4xx 1",
				"holdfast.failures class=REFUSED connector=Query.order 1",
				limit,
				"holdfast.reads connector=Query.order result=error 1",
			},
		},
		"an answer that cannot be used": {
			steps: []upstreamtest.Step{upstreamtest.Answer(200, `<html>`)},
			play:  func(ctx context.Context, s source) error { _, err := s.Read(ctx, order()); return err },
			kind:  upstreams.Contract,
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=2xx 1",
				"holdfast.failures class=CONTRACT connector=Query.order 1",
				limit,
				"holdfast.reads connector=Query.order result=error 1",
			},
		},
		"nobody listens": {
			play: func(ctx context.Context, s source) error { _, err := s.Write(ctx, order()); return err },
			kind: upstreams.Unavailable,
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=UNREACHABLE 1",
				"holdfast.failures class=UNREACHABLE connector=Query.order 1",
				limit,
			},
		},
		"a caller who leaves": {
			steps: []upstreamtest.Step{upstreamtest.Hang()},
			play: func(ctx context.Context, s source) error {
				ctx, leave := context.WithCancel(ctx)
				time.AfterFunc(time.Second, leave)
				_, err := s.Read(ctx, order())
				synctest.Wait()
				return err
			},
			kind: upstreams.Unavailable,
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=GONE 1",
				"holdfast.failures class=GONE connector=Query.order 1",
				limit,
				"holdfast.reads connector=Query.order result=error 1",
			},
		},
		"a write and an item that does not fit": {
			steps: []upstreamtest.Step{upstreamtest.Answer(200, `{"n":1}`)},
			play: func(ctx context.Context, s source) error {
				_, err := s.Write(ctx, order())
				s.Drift("Query.order", "total")
				return err
			},
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=2xx 1",
				"holdfast.drift connector=Query.order 1",
				limit,
				"holdfast.writes connector=Query.order 1",
			},
		},
		"ten who ask the same, at that moment": {
			steps: []upstreamtest.Step{upstreamtest.Hang()},
			play: func(ctx context.Context, s source) error {
				ctx, leave := context.WithCancel(ctx)
				readers(ctx, s.Client, many(10, order)...)
				synctest.Wait()
				time.AfterFunc(time.Second, leave)
				return nil
			},
			want: []string{
				"holdfast.coalesced connector=Query.order 9",
				"holdfast.in_flight connector=Query.order 1",
				"holdfast.quota.in_use 1",
				limit,
			},
		},
		"a breaker that opens": {
			steps: []upstreamtest.Step{upstreamtest.Answer(503, ``)},
			play: func(ctx context.Context, s source) error {
				var err error
				for range 21 {
					_, err = s.Write(ctx, order())
				}
				return err
			},
			kind: upstreams.Unavailable,
			want: []string{
				"holdfast.attempt.duration connector=Query.order outcome=5xx 20",
				"holdfast.breaker.state connector=Query.order 2",
				"holdfast.failures class=BREAKER_OPEN connector=Query.order 1",
				"holdfast.failures class=STATUS connector=Query.order 20",
				limit,
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, collect := meters(t)
				s := open(t, upstreams.Config{}, upstreamtest.Play(tt.steps...), upstreams.WithMetrics(m))
				if err := tt.play(t.Context(), s); kindOf(err) != tt.kind {
					t.Error(err)
				}
				if diff := cmp.Diff(tt.want, collect()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestMetricsAreBounded asks a thousand things and has as many series as for one.
func TestMetricsAreBounded(t *testing.T) {
	m, collect := meters(t)
	s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)), upstreams.WithMetrics(m))
	var one int
	for i := range 1000 {
		r := order()
		r.URL = fmt.Sprint(r.URL, i)
		r.Scope = fmt.Sprint("caller ", i)
		if _, err := s.Read(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		s.Drift(r.Connector, fmt.Sprint("path", i))
		if i == 0 {
			one = len(collect())
		}
	}
	if paths := s.Status().Connectors["Query.order"].Drift; len(paths) != 100 {
		t.Errorf("%d paths in the status", len(paths))
	}
	if n := len(collect()); n != one {
		t.Errorf("%d series for a thousand answers, %d for one", n, one)
	}
}

// TestCountsGoOn has a second client take the place of the first, as when settings are read again.
func TestCountsGoOn(t *testing.T) {
	m, collect := meters(t)
	for range 2 {
		u := upstreams.New(upstreams.Config{Name: "shop"}, nil, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`)), upstreams.WithMetrics(m))
		if _, err := u.Read(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
		if err := u.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{ // no limit: nobody is there any more
		"holdfast.attempt.duration connector=Query.order outcome=2xx 2",
		"holdfast.reads connector=Query.order result=miss 2",
	}
	if diff := cmp.Diff(want, collect()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
