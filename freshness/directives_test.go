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
		"commas in quotes do not separate": {http.Header{"Cache-Control": {`no-cache="a, no-store", must-revalidate`}}, want{NoCache: true, MustRevalidate: true}},
		"a quote that does not end":        {http.Header{"Cache-Control": {`private="a, max-age=5`}}, want{Private: true}},
		"an escaped quote":                 {http.Header{"Cache-Control": {`x="a\", no-store", must-revalidate`}}, want{MustRevalidate: true}},
		"unknown directives are ignored":   {http.Header{"Cache-Control": {"surrogate=1, , =, x-new, must-revalidate"}}, want{MustRevalidate: true}},
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
			http.Header{"Cache-Control": {"immutable, must-understand", "no-transform"}}, want{MustUnderstand: true},
		},
		"qualified forms are unqualified": {http.Header{"Cache-Control": {`private="x-a", no-cache=x-b`}}, want{Private: true, NoCache: true}},
		"must-revalidate and its kin": {
			http.Header{"Cache-Control": {"must-revalidate,proxy-revalidate"}}, want{MustRevalidate: true, ProxyRevalidate: true},
		},
		"Expires and Date":      {http.Header{"Expires": {stamp}, "Date": {stamp}}, want{HasExpires: true, Expires: date, Date: date}},
		"Expires 0 is the past": {http.Header{"Expires": {"0"}}, want{HasExpires: true}},
		"two lines of Expires":  {http.Header{"Expires": {stamp, stamp}}, want{HasExpires: true}},
		"two lines of Date":     {http.Header{"Date": {stamp, stamp}}, want{}},
		"Vary: *":               {http.Header{"Vary": {"Accept", "X-A , *"}}, want{VaryAny: true}},
		"Vary names headers":    {http.Header{"Vary": {"Accept, X-*"}}, want{}},
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

func TestDates(t *testing.T) {
	date := time.Date(2026, 3, 1, 9, 5, 7, 0, time.UTC)
	tests := map[string]struct {
		text  string
		valid bool
	}{
		"as it is written today":          {"Sun, 01 Mar 2026 09:05:07 GMT", true},
		"as RFC 850 had it":               {"Sunday, 01-Mar-26 09:05:07 GMT", true},
		"as asctime writes it":            {"Sun Mar  1 09:05:07 2026", true},
		"in other letters":                {"SUN, 01 mar 2026 09:05:07 gmt", true},
		"on the wrong day of the week":    {"Mon, 01 Mar 2026 09:05:07 GMT", true},
		"with an hour of one digit":       {"Sun, 01 Mar 2026 9:05:07 GMT", false},
		"with a day of one digit":         {"Sun, 1 Mar 2026 09:05:07 GMT", false},
		"with two blanks":                 {"Sun, 01  Mar 2026 09:05:07 GMT", false},
		"with two blanks before the hour": {"Sun, 01 Mar 2026  09:05:07 GMT", false},
		"with two blanks after the day":   {"Sun,  01 Mar 2026 09:05:07 GMT", false},
		"with a fraction of a second":     {"Sun, 01 Mar 2026 09:05:07.5 GMT", false},
		"with a year of two digits":       {"Sun, 01 Mar 26 09:05:07 GMT", false},
		"with dashes":                     {"Sun, 01-Mar-2026 09:05:07 GMT", false},
		"without its comma":               {"Sun 01 Mar 2026 09:05:07 GMT", false},
		"without a zone":                  {"Sun, 01 Mar 2026 09:05:07", false},
		"in another zone":                 {"Sun, 01 Mar 2026 09:05:07 UTC", false},
		"in another zone, by RFC 850":     {"Sunday, 01-Mar-26 09:05:07 PST", false},
		"with an offset":                  {"Sun, 01 Mar 2026 09:05:07 +0000", false},
		"of a day that is not":            {"Sun, 31 Feb 2026 09:05:07 GMT", false},
		"by asctime, the day not padded":  {"Sun Mar 1 09:05:07 2026", false},
		"nothing":                         {"", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := freshness.Parse(http.Header{"Date": {tt.text}, "Expires": {tt.text}})
			want := time.Time{}
			if tt.valid {
				want = date
			}
			if !d.Date.Equal(want) || !d.Expires.Equal(want) {
				t.Errorf("%q is %v, %v; want valid %v", tt.text, d.Date, d.Expires, tt.valid)
			}
			if got := freshness.Validatable(http.Header{"Last-Modified": {tt.text}}); got != tt.valid {
				t.Errorf("as Last-Modified %q can be asked about: %v", tt.text, got)
			}
		})
	}
}

func TestAge(t *testing.T) {
	received := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	tests := map[string]struct {
		d        freshness.Directives
		resident time.Duration
		want     time.Duration
	}{
		"just made":                     {},
		"it grows with us":              {resident: time.Minute, want: time.Minute},
		"Age counts":                    {d: freshness.Directives{AgeAtSource: time.Minute}, resident: time.Second, want: 61 * time.Second},
		"a clock two hours behind":      {d: freshness.Directives{Date: received.Add(-2 * time.Hour)}, resident: time.Second, want: time.Second},
		"a clock two hours ahead":       {d: freshness.Directives{Date: received.Add(2 * time.Hour)}, resident: time.Second, want: time.Second},
		"our clock went back":           {resident: -time.Hour},
		"our clock went back, and Age":  {d: freshness.Directives{AgeAtSource: time.Minute}, resident: -time.Hour, want: time.Minute},
		"an Age that no clock can hold": {d: freshness.Directives{AgeAtSource: (1 << 31) * time.Second}, want: (1 << 31) * time.Second},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.d.Age(received, received.Add(tt.resident)); got != tt.want {
				t.Errorf("age %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSkew(t *testing.T) {
	received := time.Date(2026, 3, 1, 12, 0, 0, 500_000_000, time.UTC)
	second := received.Truncate(time.Second)
	tests := map[string]struct {
		date    time.Time
		age     time.Duration
		latency time.Duration
		want    time.Duration
		unknown bool
	}{
		"no Date":                        {unknown: true},
		"the same second":                {date: second},
		"rounded down":                   {date: second.Add(-time.Second), latency: 600 * time.Millisecond},
		"made when it was asked for":     {date: second.Add(-8 * time.Second), latency: 8 * time.Second},
		"45 s behind":                    {date: second.Add(-45 * time.Second), want: -45 * time.Second},
		"45 s ahead":                     {date: second.Add(45 * time.Second), want: 45 * time.Second},
		"two hours behind, over a cache": {date: second.Add(-3 * time.Hour), age: time.Hour, want: -2 * time.Hour},
		"right, over a cache":            {date: second.Add(-time.Hour), age: time.Hour},
		"a clock in a distant century":   {date: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), want: (1 << 31) * time.Second},
		"an Age rounded down":            {date: second.Add(-time.Hour - time.Second), age: time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := freshness.Directives{Date: tt.date, AgeAtSource: tt.age}
			got, known := d.Skew(received.Add(-tt.latency), received)
			if got != tt.want || known == tt.unknown {
				t.Errorf("%v, known %v; want %v", got, known, tt.want)
			}
		})
	}
}
