package upstreams_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/upstreamtest"
)

const modified = "Sat, 01 Jan 2000 00:00:00 GMT"

// tagged answers {"n":1} with an entity tag, and with 304 whoever has it.
func tagged(header ...string) upstreamtest.Step {
	return func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("If-None-Match") == `"1"` {
			return upstreamtest.Answer(304, "", slices.Concat([]string{"Etag", `"1"`}, header)...)(r)
		}
		return upstreamtest.Answer(200, `{"n":1}`, slices.Concat([]string{"Etag", `"1"`}, header)...)(r)
	}
}

func TestWhoIsAskedWithACondition(t *testing.T) {
	tests := map[string]struct {
		answer []string // headers of the first answer
		cfg    upstreams.Config
		as     func(*upstreams.Request)
		none   string // what the second request has of If-None-Match
		since  string // and of If-Modified-Since
	}{
		"an answer with a tag":                      {answer: []string{"Etag", `"1"`}, none: `"1"`},
		"an answer with the date of its change":     {answer: []string{"Last-Modified", modified}, since: modified},
		"an answer with both":                       {answer: []string{"Etag", `W/"1"`, "Last-Modified", modified}, none: `W/"1"`, since: modified},
		"an answer with neither":                    {answer: []string{"Date", modified}},
		"an answer whose date is none":              {answer: []string{"Last-Modified", "Sat, 01 Jan 2000 0:00:00 GMT"}},
		"a connector that asks by a tag of its own": {answer: []string{"Etag", `"1"`}, as: with("If-None-Match", `"7"`), none: `"7"`},
		"a connector that asks by a date":           {answer: []string{"Etag", `"1"`}, as: with("If-Modified-Since", modified), since: modified},
		"a connector that asks for a part":          {answer: []string{"Etag", `"1"`}, as: with("Range", "bytes=0-")},
		"settings that ask by a date": {
			answer: []string{"Etag", `"1"`}, since: modified,
			cfg: upstreams.Config{Headers: map[string]credential.Secret{"if-modified-since": {Text: modified}}},
		},
		"a read by POST": {answer: []string{"Etag", `"1"`}, as: func(r *upstreams.Request) { r.Method = http.MethodPost }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, tt.cfg, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, tt.answer...)))
				for range 2 {
					r := order()
					if tt.as != nil {
						tt.as(r)
					}
					if _, err := s.Read(t.Context(), r); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Hour)
				}
				got := s.api.Log()[1].Header
				if none, since := got.Get("If-None-Match"), got.Get("If-Modified-Since"); none != tt.none || since != tt.since {
					t.Errorf("asked with %q, %q; want %q, %q", none, since, tt.none, tt.since)
				}
			})
		})
	}
}

func with(name, value string) func(*upstreams.Request) {
	return func(r *upstreams.Request) { r.Header = http.Header{name: {value}} }
}

func TestWhatIsNotModifiedIsNotMappedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(tagged("X-A", "1")))
		judged := 0
		ask := func(slot string) *upstreams.Answer {
			r := order()
			r.Slot = slot
			r.Accept = func(reply upstreams.Reply) (any, error) { judged++; return number(reply) }
			got, err := s.Read(t.Context(), r)
			if err != nil || got.Value != 1 || got.Status != http.StatusOK || got.State != upstreams.StateFresh {
				t.Fatalf("got %+v, %v", got, err)
			}
			return got
		}
		ask("one")
		ask("two")
		time.Sleep(time.Hour)
		s.api.Now(tagged("X-A", "2"))
		if got := ask("one"); got.Age != 0 || got.TTL != time.Minute || got.Cache != "revalidated" {
			t.Errorf("after a 304: %+v", got)
		}
		if got := ask("two"); got.Cache != "hit" {
			t.Errorf("what another made of it: %+v", got)
		}
		time.Sleep(59 * time.Second)
		if got := ask("one"); got.Age != 59*time.Second || got.Cache != "hit" {
			t.Errorf("a while later: %+v", got)
		}
		if judged != 2 || s.api.Calls() != 2 {
			t.Errorf("mapped %d times after %d calls, want 2 and 2", judged, s.api.Calls())
		}
		c := s.Status().Connectors["Query.order"]
		if diff := cmp.Diff(map[string]uint64{"miss": 1, "revalidated": 1, "hit": 3}, c.Reads); diff != "" || c.NotModified != 1 {
			t.Errorf("status: %d not modified, reads %s", c.NotModified, diff)
		}
	})
}

func TestAValueThatReadsHeadersIsMadeAnewWhenTheyChange(t *testing.T) {
	tests := map[string]struct {
		heeds []string
		want  string
	}{
		"it reads none":         {want: "1"},
		"it reads one":          {heeds: []string{"x-page"}, want: "2"},
		"it reads another":      {heeds: []string{"X-Other"}, want: "1"},
		"it reads any":          {heeds: []string{"*"}, want: "2"},
		"it reads what is gone": {heeds: []string{"X-Other", "X-Page"}, want: "2"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, upstreams.Config{}, upstreamtest.Play(tagged("X-Page", "1"), tagged("X-Page", "2")))
				var got *upstreams.Answer
				for range 2 {
					r := order()
					r.Heeds = tt.heeds
					r.Accept = func(reply upstreams.Reply) (any, error) { return reply.Header.Get("X-Page"), nil }
					var err error
					if got, err = s.Read(t.Context(), r); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Hour)
				}
				if got.Value != tt.want {
					t.Errorf("page %v, want %s", got.Value, tt.want)
				}
			})
		})
	}
}

// What is refreshed behind, and what probes an API that was down, is asked with a condition, too.
func TestNobodyWaitsForWhatIsNotModified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(tagged()))
		r := order()
		r.Policy.Refresh = new(time.Hour)
		read := func(want upstreams.State) {
			t.Helper()
			if got, err := s.Read(t.Context(), r); err != nil || got.State != want {
				t.Errorf("got %+v, %v; want %s", got, err, want)
			}
		}
		read(upstreams.StateFresh)
		time.Sleep(time.Minute)
		read(upstreams.StateRefreshing)
		synctest.Wait()
		time.Sleep(59 * time.Second)
		read(upstreams.StateFresh)
		if calls := s.api.Calls(); calls != 2 {
			t.Errorf("%d calls, want 2", calls)
		}
	})
}

func TestAProbeAsksWithACondition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := upstreams.Config{Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Calls: 1}}
		s := open(t, cfg, upstreamtest.Play(tagged()))
		if _, err := s.Read(t.Context(), order()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		s.api.Now(upstreamtest.Answer(503, ""))
		if got, err := s.Read(t.Context(), order()); err != nil || got.State != upstreams.StateStandingIn {
			t.Fatalf("got %+v, %v", got, err)
		}
		s.api.Now(tagged())
		time.Sleep(time.Minute)
		synctest.Wait()
		got, err := s.Read(t.Context(), order())
		if err != nil || got.State != upstreams.StateFresh || got.Cache != "hit" {
			t.Errorf("after the probes: %+v, %v", got, err)
		}
		if n := s.Status().Connectors["Query.order"].NotModified; n != 2 {
			t.Errorf("%d probes said that nothing has changed, want 2", n)
		}
	})
}

// What an answer said of the source's limits is not said again by a 304 that is silent.
func TestLimitsAreLearntFromWhatCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(
			tagged("RateLimit-Remaining", "1", "RateLimit-Reset", "60"), tagged(), tagged(), tagged(),
		))
		for range 4 {
			if got, err := s.Read(t.Context(), order()); err != nil || got.State != upstreams.StateFresh {
				t.Fatalf("got %+v, %v", got, err)
			}
			time.Sleep(2 * time.Minute)
		}
		if left := s.Status().Quota.Left; left != nil && *left <= 1 {
			t.Errorf("%d calls left", *left)
		}
	})
}

// After a write what is remembered is not fresh, and may still be confirmed.
func TestAWriteIsFollowedByACondition(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(tagged()))
		for _, want := range []string{"miss", "revalidated"} {
			if got, err := s.Read(t.Context(), order()); err != nil || got.Cache != want {
				t.Errorf("got %+v, %v; want %s", got, err, want)
			}
			w := order()
			w.Method = http.MethodPost
			if _, err := s.Write(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
	})
}

// A clock that is off changes nothing of what the operator says.
func TestClocks(t *testing.T) {
	minutes := func(fresh, stale float64) freshness.Policy {
		d := func(m float64) *time.Duration { return new(time.Duration(m * float64(time.Minute))) }
		return freshness.Policy{Fresh: d(fresh), Stale: d(stale)}
	}
	tests := map[string]struct {
		policy freshness.Policy
		clock  time.Duration // of the source
		header []string
		wait   time.Duration
		state  upstreams.State
		age    time.Duration
		skew   string
	}{
		"45 s behind, fresh 30s: fresh":        {policy: minutes(.5, 60), clock: -45 * s, wait: 29 * s, state: "FRESH", age: 29 * s, skew: "-45s"},
		"and no longer":                        {policy: minutes(.5, 60), clock: -45 * s, wait: 30 * s, state: "STANDING_IN", age: 30 * s, skew: "-45s"},
		"2 h behind, stale 1h: it stands in":   {policy: minutes(0, 60), clock: -2 * hour, wait: 59 * time.Minute, state: "STANDING_IN", age: 59 * time.Minute, skew: "-2h0m0s"},
		"and no longer than that":              {policy: minutes(0, 60), clock: -2 * hour, wait: hour, skew: "-2h0m0s"},
		"2 h ahead, fresh 30s: no longer":      {policy: minutes(.5, 60), clock: 2 * hour, wait: 30 * s, state: "STANDING_IN", age: 30 * s, skew: "2h0m0s"},
		"in 1970":                              {policy: minutes(.5, 60), clock: -30 * 365 * 24 * hour, wait: 29 * s, state: "FRESH", age: 29 * s, skew: "-262800h0m0s"},
		"right, over a cache":                  {policy: minutes(1, 60), clock: -20 * s, header: []string{"Age", "20"}, wait: 39 * s, state: "FRESH", age: 59 * s, skew: "0s"},
		"45 s behind, max-age: less is left":   {policy: freshness.Policy{}, clock: -46 * s, header: []string{"Cache-Control", "max-age=60"}, wait: 15 * s, state: "STANDING_IN", age: 15 * s, skew: "-46s"},
		"45 s behind, max-age: what is left":   {policy: freshness.Policy{}, clock: -46 * s, header: []string{"Cache-Control", "max-age=60"}, wait: 14 * s, state: "FRESH", age: 14 * s, skew: "-46s"},
		"45 s ahead, max-age: from its coming": {policy: freshness.Policy{}, clock: 45 * s, header: []string{"Cache-Control", "max-age=60"}, wait: 59 * s, state: "FRESH", age: 59 * s, skew: "45s"},
		"right":                                {policy: minutes(1, 60), wait: 59 * s, state: "FRESH", age: 59 * s, skew: "0s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				date := time.Now().Add(tt.clock).UTC().Format(http.TimeFormat)
				s := open(t, upstreams.Config{Retry: upstreams.Retry{Max: new(0)}},
					upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, append(tt.header, "Date", date)...)))
				r := order()
				r.Policy = tt.policy
				if _, err := s.Read(t.Context(), r); err != nil {
					t.Fatal(err)
				}
				if skew := s.Status().ClockSkew; skew != tt.skew {
					t.Errorf("clock skew %s, want %s", skew, tt.skew)
				}
				s.api.Now(upstreamtest.Refuse())
				time.Sleep(tt.wait)
				got, err := s.Read(t.Context(), r)
				switch {
				case tt.state == "" && err == nil:
					t.Errorf("got %+v, want an error", got)
				case tt.state != "" && (err != nil || got.State != tt.state || got.Age != tt.age):
					t.Errorf("got %+v, %v; want %s, %v old", got, err, tt.state, tt.age)
				}
			})
		})
	}
}

func TestVaryByAnythingIsNotServedFromMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, upstreams.Config{}, upstreamtest.Play(upstreamtest.Answer(200, `{"n":1}`, "Vary", "Accept, *", "Cache-Control", "max-age=60")))
		for range 2 {
			if got, err := s.Read(t.Context(), order()); err != nil || got.Cache != "miss" || got.TTL != 0 {
				t.Errorf("got %+v, %v", got, err)
			}
		}
		s.api.Now(upstreamtest.Refuse())
		if got, err := s.Read(t.Context(), order()); err != nil || got.State != upstreams.StateStandingIn {
			t.Errorf("while it is down: %+v, %v", got, err)
		}
	})
}
