package upstreams_test

import (
	"testing"
	"testing/synctest"
	"time"

	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// wholeText is a value that is broken where it says so.
type wholeText string

func (s wholeText) Broken() bool { return s == `"broken"` }

// TestWhatMustNotBeKeptEndsTheLastWholeOne has an answer that must not be kept come after a broken one, beside which the
// last whole one is.
func TestWhatMustNotBeKeptEndsTheLastWholeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := []string{"Cache-Control", "max-age=1, stale-if-error=86400"}
		cfg := upstreams.Config{}
		cfg.Cache.Respect = freshness.Strict
		s := open(t, cfg, upstreamtest.Play(upstreamtest.Answer(200, `"whole"`, kept...)))
		read := func() *upstreams.Answer {
			t.Helper()
			r := order()
			r.Accept = func(r upstreams.Reply) (any, error) { return wholeText(r.Body), nil }
			a, err := s.Read(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			return a
		}
		read()
		s.api.Now(upstreamtest.Answer(200, `"broken"`, kept...))
		if a := read(); a.Whole == nil || a.Whole.Value != wholeText(`"whole"`) {
			t.Errorf("beside a broken one: %+v", a.Whole)
		}
		s.api.Now(upstreamtest.Answer(200, `"secret"`, "Cache-Control", "no-store"))
		read()
		s.api.Now(upstreamtest.Answer(200, `"broken"`, kept...))
		if a := read(); a.Whole != nil {
			t.Errorf("after one that must not be kept: %+v", a.Whole)
		}
	})
}
