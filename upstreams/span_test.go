package upstreams_test

import (
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

// recorder returns a provider, and the spans it made so far by their names, of which the last counts.
func recorder() (*sdktrace.TracerProvider, func() map[string]sdktrace.ReadOnlySpan) {
	spans := tracetest.NewSpanRecorder()
	return sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)), func() map[string]sdktrace.ReadOnlySpan {
		byName := map[string]sdktrace.ReadOnlySpan{}
		for _, s := range spans.Ended() {
			byName[s.Name()] = s
		}
		return byName
	}
}

func attributes(s sdktrace.ReadOnlySpan) map[attribute.Key]string {
	got := map[attribute.Key]string{}
	for _, a := range s.Attributes() {
		got[a.Key] = a.Value.String()
	}
	return got
}

// TestSpanOfAnAttempt compares with OpenTelemetry's semantic conventions for HTTP clients.
func TestSpanOfAnAttempt(t *testing.T) {
	tests := map[string]struct {
		steps  []upstreamtest.Step
		want   map[attribute.Key]string // besides what all have
		status codes.Code
	}{
		"that went well": {
			steps: []upstreamtest.Step{upstreamtest.Answer(200, `{"n":1}`)},
			want:  map[attribute.Key]string{"http.response.status_code": "200"},
		},
		"that repeats one": {
			steps: []upstreamtest.Step{upstreamtest.Answer(503, ``), upstreamtest.Answer(200, `{"n":1}`)},
			want:  map[attribute.Key]string{"http.response.status_code": "200", "http.request.resend_count": "1"},
		},
		"that was refused": {
			steps:  []upstreamtest.Step{upstreamtest.Answer(403, ``)},
			want:   map[attribute.Key]string{"http.response.status_code": "403", "error.type": "403"},
			status: codes.Error,
		},
		"that came to nothing": {
			steps:  []upstreamtest.Step{upstreamtest.Truncate(200, `{"n":1}`)},
			want:   map[attribute.Key]string{"http.request.resend_count": "2", "error.type": "UNREACHABLE"},
			status: codes.Error,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tracer, ended := recorder()
			cfg := upstreams.Config{Auth: credential.Auth{Query: &credential.NamedAuth{Name: "key", Value: text(canary)}}}
			s := open(t, cfg, upstreamtest.Play(tt.steps...), upstreams.WithTracer(tracer))
			r := order()
			r.Template = "/orders/{$args.id}"
			r.URL = "https://somebody:" + canary + "@shop.test:8443/orders/1?email=a@b.test&x"
			_, _ = s.Read(t.Context(), r) // the span says what became of it
			got := ended()["GET"]
			want := map[attribute.Key]string{
				"http.request.method": "GET",
				"server.address":      "shop.test",
				"server.port":         "8443",
				"url.full":            "https://REDACTED:REDACTED@shop.test:8443/REDACTED?email=REDACTED&REDACTED",
				"url.template":        "/orders/{$args.id}",
				"holdfast.source":     "shop",
				"holdfast.connector":  "Query.order",
			}
			maps.Copy(want, tt.want)
			if diff := cmp.Diff(want, attributes(got)); diff != "" {
				t.Error(diff)
			}
			if got.Status().Code != tt.status {
				t.Errorf("status %v, want %v", got.Status(), tt.status)
			}
			if parent := ended()["ask Query.order"]; parent.SpanContext().SpanID() != got.Parent().SpanID() {
				t.Error("the attempt is not in the span of its call")
			}
			log := s.api.Log()
			sent := log[len(log)-1].Header.Get("Traceparent")
			if id := got.SpanContext().SpanID().String(); !strings.Contains(sent, id) {
				t.Errorf("traceparent %q is not of span %s", sent, id)
			}
		})
	}
}

// TestCallsOfOthersAreLinked has one caller wait for the call of another: each sees its own trace only.
func TestCallsOfOthersAreLinked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracer, ended := recorder()
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.After(time.Second, upstreamtest.Answer(200, `{"n":7}`))),
			upstreams.WithTracer(tracer))
		one, first := tracer.Tracer("").Start(t.Context(), "first")
		two, second := tracer.Tracer("").Start(t.Context(), "second")
		leader := readers(one, s.Client, order())
		synctest.Wait()
		follower := readers(two, s.Client, order())
		leader()
		follower()

		ask, wait := ended()["ask Query.order"], ended()["wait Query.order"]
		if ask.Parent().SpanID() != first.SpanContext().SpanID() {
			t.Error("the call is not in the trace of who began it")
		}
		if wait.Parent().SpanID() != second.SpanContext().SpanID() {
			t.Error("waiting is not in the trace of who waited")
		}
		if links := wait.Links(); len(links) != 1 || !links[0].SpanContext.Equal(ask.SpanContext()) {
			t.Errorf("waiting is not linked to the call: %v", links)
		}
		if took := wait.EndTime().Sub(wait.StartTime()); took != time.Second {
			t.Errorf("waited %v", took)
		}
	})
}

// TestARefreshIsATraceOfItsOwn holds that what runs behind is no part of the answer's trace.
func TestARefreshIsATraceOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracer, ended := recorder()
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":7}`), upstreamtest.Hang()),
			upstreams.WithTracer(tracer))
		r := order()
		r.Policy.Refresh = new(2 * time.Hour)
		if _, err := s.Read(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		ctx, reader := tracer.Tracer("").Start(t.Context(), "reader")
		if _, err := s.Read(ctx, r); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)

		refresh := ended()["refresh Query.order"]
		if refresh.Parent().IsValid() || refresh.SpanContext().TraceID() == reader.SpanContext().TraceID() {
			t.Error("the refresh is in the reader's trace")
		}
		if links := refresh.Links(); len(links) != 1 || !links[0].SpanContext.Equal(reader.SpanContext()) {
			t.Errorf("the refresh is not linked to the reader: %v", links)
		}
		if diff := cmp.Diff(codes.Error, refresh.Status().Code); diff != "" {
			t.Error(diff)
		}
	})
}
