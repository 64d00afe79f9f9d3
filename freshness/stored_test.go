package freshness_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

func noon() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func stamp(t time.Time) string { return t.UTC().Format(http.TimeFormat) }

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

func TestStoredAge(t *testing.T) {
	tests := map[string]struct {
		header        http.Header
		latency, wait time.Duration
		want          time.Duration
	}{
		"just made":                  {header: header("Date", stamp(noon()))},
		"without a Date":             {wait: s, want: s},
		"an old Date":                {header: header("Date", stamp(noon().Add(-time.Hour))), want: time.Hour},
		"a Date of 1970":             {header: header("Date", stamp(time.Unix(0, 0))), want: noon().Sub(time.Unix(0, 0))},
		"a Date in the future":       {header: header("Date", stamp(noon().Add(time.Hour))), wait: s, want: s},
		"Age and the way here":       {header: header("Age", "10"), latency: 2 * s, wait: s, want: 13 * s},
		"the older of Age and Date":  {header: header("Age", "10", "Date", stamp(noon().Add(-time.Minute))), want: time.Minute},
		"a clock that was set back":  {wait: -time.Hour},
		"a Date that is not a Date":  {header: header("Date", "yesterday"), wait: s, want: s},
		"an Age that is not a count": {header: header("Age", "1.5"), wait: s, want: s},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := freshness.NewStored(200, tt.header, noon().Add(-tt.latency), noon()).Age(noon().Add(tt.wait))
			if got != tt.want {
				t.Errorf("age %v, want %v", got, tt.want)
			}
		})
	}
}

func TestLifetime(t *testing.T) {
	modified := func(ago time.Duration) string { return stamp(noon().Add(-ago)) }
	tests := map[string]struct {
		rules  freshness.Rules
		status int
		header http.Header
		want   time.Duration
	}{
		"nothing said":                             {},
		"max-age":                                  {header: header("Cache-Control", "max-age=60", "Expires", "0"), want: time.Minute},
		"s-maxage in a shared cache":               {rules: freshness.Rules{Shared: true}, header: header("Cache-Control", "max-age=60, s-maxage=5"), want: 5 * s},
		"s-maxage in a private one":                {header: header("Cache-Control", "max-age=60, s-maxage=5"), want: time.Minute},
		"Expires without a Date":                   {header: header("Expires", stamp(noon().Add(time.Hour))), want: time.Hour},
		"no guessing unless asked":                 {header: header("Last-Modified", modified(100*time.Hour))},
		"a tenth of the time it was left alone":    {rules: freshness.Rules{Heuristics: true}, header: header("Last-Modified", modified(100*time.Hour)), want: 10 * time.Hour},
		"a day at most":                            {rules: freshness.Rules{Heuristics: true}, header: header("Last-Modified", modified(10000*time.Hour)), want: day},
		"not if modified in the future":            {rules: freshness.Rules{Heuristics: true}, header: header("Last-Modified", modified(-time.Hour))},
		"not for another status":                   {rules: freshness.Rules{Heuristics: true}, status: 302, header: header("Last-Modified", modified(100*time.Hour))},
		"but if that is public":                    {rules: freshness.Rules{Heuristics: true}, status: 302, header: header("Last-Modified", modified(100*time.Hour), "Cache-Control", "public"), want: 10 * time.Hour},
		"and never where a lifetime is said":       {rules: freshness.Rules{Heuristics: true}, header: header("Last-Modified", modified(100*time.Hour), "Expires", "0")},
		"nor where the modification is not a date": {rules: freshness.Rules{Heuristics: true}, header: header("Last-Modified", "long ago")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status := tt.status
			if status == 0 {
				status = 200
			}
			if got := tt.rules.Lifetime(freshness.NewStored(status, tt.header, noon(), noon())); got != tt.want {
				t.Errorf("lifetime %v, want %v", got, tt.want)
			}
		})
	}
}

func TestNewStoredLeavesOutTheConnection(t *testing.T) {
	h := header("Connection", "x-hop, Close", "X-Hop", "1", "Close", "1", "Keep-Alive", "1", "Transfer-Encoding", "chunked",
		"Proxy-Authenticate", "x", "Trailer", "x", "Upgrade", "x", "X-End", "2")
	got := freshness.NewStored(200, h, noon(), noon())
	if diff := cmp.Diff(header("X-End", "2", "Date", stamp(noon())), got.Header); diff != "" {
		t.Error(diff)
	}
	if h.Get("X-Hop") == "" {
		t.Error("the headers of the answer were changed")
	}
}

func TestUpdate(t *testing.T) {
	old := freshness.NewStored(200, header("Age", "50", "Date", stamp(noon().Add(-time.Hour)), "Content-Length", "5", "Content-Type", "a/b",
		"Etag", `"1"`, "Cache-Control", "max-age=1", "X-Old", "1", "X-Both", "1"), noon(), noon())
	got := old.Update(header("Content-Length", "0", "Content-Type", "c/d", "Content-Encoding", "gzip", "Cache-Control", "max-age=60",
		"X-Both", "2", "X-New", "3", "Connection", "x-hop", "X-Hop", "1"), noon(), noon().Add(s))
	want := header("Date", stamp(noon().Add(s)), "Content-Length", "5", "Content-Type", "a/b", "Etag", `"1"`,
		"Cache-Control", "max-age=60", "X-Old", "1", "X-Both", "2", "X-New", "3")
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Error(diff)
	}
	if got.Directives.MaxAge.For != time.Minute || got.Age(noon().Add(s)) != s {
		t.Error(got.Directives, got.Age(noon().Add(s)))
	}
}
