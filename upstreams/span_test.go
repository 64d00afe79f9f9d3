package upstreams_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"holdfast/cache"
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

// TestSpansHaveTags holds that spans say on what answers depend, and what writes change, but not which things those are.
func TestSpansHaveTags(t *testing.T) {
	secret := "Customer:" + canary
	hidden := func(family, text string) string { return family + cache.TagOf(text).String() }
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprint("Order:", i))
	}
	tests := map[string]struct {
		tags  []string
		want  []string // nil: the first of them, hidden
		count int64
	}{
		"keys are hashes":              {[]string{secret, "orders", "Order:*", "#1a", "source:shop", "connector:Query.order"}, []string{"#1a", hidden("Customer:", secret), "Order:*", "connector:Query.order", "orders", "source:shop"}, 6},
		"each once":                    {[]string{"Order:1", "Order:1"}, []string{hidden("Order:", "Order:1")}, 1},
		"none":                         {nil, []string{}, 0},
		"not more than people look at": {many, nil, 100},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				body, err := json.Marshal(append([]string{}, tt.tags...))
				if err != nil {
					t.Fatal(err)
				}
				tracer, ended := recorder()
				s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, string(body))), upstreams.WithTracer(tracer))
				ctx, operation := tracer.Tracer("").Start(t.Context(), "operation")
				if _, err := s.Read(ctx, list()); err != nil {
					t.Fatal(err)
				}
				write := &upstreams.Request{Connector: "Mutation.pay", Method: "POST", URL: "https://shop.test/pay", Changes: changing{before: tt.tags, after: tt.tags}}
				if _, err := s.Write(ctx, write); err != nil {
					t.Fatal(err)
				}
				operation.End()
				check := func(what string, attributes []attribute.KeyValue) {
					t.Helper()
					set := attribute.NewSet(attributes...)
					tags, _ := set.Value("holdfast.tags")
					count, _ := set.Value("holdfast.tags.count")
					got := tags.AsStringSlice()
					if tt.want != nil && !slices.Equal(got, tt.want) || len(got) > 16 || count.AsInt64() != tt.count {
						t.Errorf("%s: %d: %q, want %q", what, count.AsInt64(), got, tt.want)
					}
					if strings.Contains(fmt.Sprint(attributes), canary) {
						t.Errorf("%s: a key is told: %v", what, attributes)
					}
				}
				check("a read", ended()["ask Query.order"].Attributes())
				events := ended()["operation"].Events()
				for _, e := range events {
					check(e.Name, e.Attributes)
				}
				if want := min(len(tt.tags), 1) * 2; len(events) != want {
					t.Errorf("%d events, want %d", len(events), want)
				}
			})
		})
	}
}
