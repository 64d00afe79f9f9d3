package freshness_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

func seconds(n int) freshness.Seconds {
	return freshness.Seconds{Set: true, For: time.Duration(n) * time.Second}
}

func TestParse(t *testing.T) {
	date := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	const stamp = "Sun, 01 Mar 2026 12:00:00 GMT"
	type want = freshness.Directives
	tests := map[string]struct {
		header http.Header
		want   want
	}{
		"nothing":                          {nil, want{}},
		"one directive":                    {http.Header{"Cache-Control": {"max-age=60"}}, want{MaxAge: seconds(60)}},
		"names are case-insensitive":       {http.Header{"Cache-Control": {"Max-Age=60, NO-STORE"}}, want{MaxAge: seconds(60), NoStore: true}},
		"several lines join":               {http.Header{"Cache-Control": {"private", "no-cache, s-maxage=5"}}, want{Private: true, NoCache: true, SMaxAge: seconds(5)}},
		"a quoted value":                   {http.Header{"Cache-Control": {`max-age="60"`}}, want{MaxAge: seconds(60)}},
		"commas in quotes do not separate": {http.Header{"Cache-Control": {`no-cache="a, no-store", public`}}, want{NoCache: true, Public: true}},
		"a quote that does not end":        {http.Header{"Cache-Control": {`private="a, max-age=5`}}, want{Private: true}},
		"an escaped quote":                 {http.Header{"Cache-Control": {`x="a\", no-store", public`}}, want{Public: true}},
		"unknown directives are ignored":   {http.Header{"Cache-Control": {"surrogate=1, , =, x-new, public"}}, want{Public: true}},
		"of two the first counts":          {http.Header{"Cache-Control": {"max-age=1, max-age=2"}}, want{MaxAge: seconds(1)}},
		"a lifetime without number":        {http.Header{"Cache-Control": {"max-age"}}, want{MaxAge: seconds(0)}},
		"a negative lifetime":              {http.Header{"Cache-Control": {"max-age=-1"}}, want{MaxAge: seconds(0)}},
		"a lifetime with a unit":           {http.Header{"Cache-Control": {"max-age=1m"}}, want{MaxAge: seconds(0)}},
		"a lifetime too long":              {http.Header{"Cache-Control": {"max-age=99999999999999999999"}}, want{MaxAge: seconds(1 << 31)}},
		"RFC 5861": {
			http.Header{"Cache-Control": {"max-age=1, stale-while-revalidate=2, stale-if-error=3"}},
			want{MaxAge: seconds(1), WhileRevalidate: seconds(2), IfError: seconds(3)},
		},
		"what is not about time": {
			http.Header{"Cache-Control": {"immutable, must-understand", "no-transform"}},
			want{Immutable: true, MustUnderstand: true, NoTransform: true},
		},
		"qualified forms are unqualified": {http.Header{"Cache-Control": {`private="x-a", no-cache=x-b`}}, want{Private: true, NoCache: true}},
		"must-revalidate and its kin": {
			http.Header{"Cache-Control": {"must-revalidate,proxy-revalidate"}}, want{MustRevalidate: true, ProxyRevalidate: true},
		},
		"Expires and Date":      {http.Header{"Expires": {stamp}, "Date": {stamp}}, want{HasExpires: true, Expires: date, Date: date}},
		"Expires 0 is the past": {http.Header{"Expires": {"0"}}, want{HasExpires: true}},
		"Age":                   {http.Header{"Age": {"7"}}, want{AgeAtSource: 7 * time.Second}},
		"Age as a list":         {http.Header{"Age": {"7, 8"}}, want{AgeAtSource: 7 * time.Second}},
		"Age of garbage":        {http.Header{"Age": {"-7"}}, want{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, freshness.Parse(tt.header)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAge(t *testing.T) {
	received := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	second := received.Truncate(time.Second)
	tests := map[string]struct {
		d        freshness.Directives
		latency  time.Duration
		resident time.Duration
		want     time.Duration
	}{
		"just made":                                  {d: freshness.Directives{Date: second}},
		"it grows with us":                           {d: freshness.Directives{Date: second}, resident: time.Minute, want: time.Minute},
		"the way here counts":                        {latency: 2 * time.Second, want: 2 * time.Second},
		"Age counts, and the way here":               {d: freshness.Directives{AgeAtSource: time.Minute}, latency: time.Second, want: 61 * time.Second},
		"an old Date without Age":                    {d: freshness.Directives{Date: second.Add(-time.Hour)}, want: time.Hour - 500*time.Millisecond},
		"the older of the two":                       {d: freshness.Directives{Date: second.Add(-time.Hour), AgeAtSource: 2 * time.Hour}, want: 2 * time.Hour},
		"a Date in the future":                       {d: freshness.Directives{Date: second.Add(time.Hour)}},
		"a Date of 1970":                             {d: freshness.Directives{Date: time.Unix(0, 0)}, resident: time.Second, want: time.Second},
		"our clock went back":                        {resident: -time.Hour},
		"a slow answer was made when it was sent on": {d: freshness.Directives{Date: second}, latency: 5 * time.Second, want: 5 * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.d.Age(received.Add(-tt.latency), received, received.Add(tt.resident)); got != tt.want {
				t.Errorf("age %v, want %v", got, tt.want)
			}
		})
	}
}
