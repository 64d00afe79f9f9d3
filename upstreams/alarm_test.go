package upstreams_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

// TestAnExpiredCredentialIsLoud holds that a credential of ours that the source does not take any more is told of
// once, however many ask, until each connector that it concerned has an answer again.
func TestAnExpiredCredentialIsLoud(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}},
			upstreamtest.Play(upstreamtest.Answer(401, ``)), upstreams.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		ask := func(connectors ...string) {
			t.Helper()
			for _, name := range connectors {
				r := unremembered()
				r.Connector = name
				_, _ = s.Read(t.Context(), r)
			}
		}
		ringing := func() []string {
			if c := s.Status().Credential; c != nil {
				return c.Connectors
			}
			return nil
		}
		told := func(text string) int { return strings.Count(log.String(), text) }

		ask("A", "B", "A", "B", "A")
		check(t, "who lacks it", []string{"A", "B"}, ringing())
		check(t, "alarms", 1, told("level=ERROR"))
		s.api.Now(upstreamtest.Answer(503, ``))
		ask("A")
		check(t, "an outage that says nothing of it is another answer", []string{"B"}, ringing())
		s.api.Now(upstreamtest.Refuse())
		ask("B")
		check(t, "no answer is none", []string{"B"}, ringing())
		s.api.Now(upstreamtest.Answer(404, `{}`))
		ask("B")
		check(t, "all is well", nil, ringing())
		check(t, "told so", 1, told("taken again"))
		s.api.Now(upstreamtest.Answer(401, ``))
		ask("A")
		check(t, "a second time", 2, told("level=ERROR"))
	})
}

// TestACallersCredentialIsHisOwn holds that a 401 to what a caller sent is his no, and no alarm.
func TestACallersCredentialIsHisOwn(t *testing.T) {
	tests := map[string]struct {
		cfg upstreams.Config
		as  func(*upstreams.Request)
	}{
		"forwarded":                  {cfg: upstreams.Config{Auth: credential.Auth{Forward: []string{"Authorization"}}}},
		"built into the request":     {as: asCaller},
		"under the name of a header": {as: func(r *upstreams.Request) { r.AsCaller, r.Scope = true, "x"; r.Header = http.Header{"X-Key": {"x"}} }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, test.cfg, upstreamtest.Play(upstreamtest.Answer(401, ``)))
				r := order()
				if test.as != nil {
					test.as(r)
				}
				_, err := s.Read(upstreams.WithCaller(t.Context(), http.Header{"Authorization": {"Bearer x"}}), r)
				if kindOf(err) != upstreams.Refused || s.Status().Credential != nil {
					t.Errorf("%v, alarm %v", err, s.Status().Credential)
				}
			})
		})
	}
}

// TestClientsCannotOpenABreaker holds that what somebody can bring about by what he asks for does not count.
func TestClientsCannotOpenABreaker(t *testing.T) {
	for _, status := range []int{302, 400, 401, 403, 404, 408, 410, 421, 425, 429} {
		synctest.Test(t, func(t *testing.T) {
			cfg := upstreams.Config{Retry: upstreams.Retry{Max: new(0)}}
			s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(status, `<p>`, "Content-Type", "text/html")))
			for range 50 {
				_, _ = s.Read(t.Context(), unremembered())
			}
			if breakerOf(s) != "CLOSED" {
				t.Errorf("%d as a page opens the breaker", status)
			}
		})
	}
}
