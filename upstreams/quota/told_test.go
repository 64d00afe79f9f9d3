package quota_test

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/quota"
)

func TestWhatHeadersTell(t *testing.T) {
	in := func(d time.Duration, form func(time.Time) string) func() string {
		return func() string { return form(time.Now().Add(d)) }
	}
	unix := func(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
	millis := func(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }
	iso := func(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }
	is := func(s string) func() string { return func() string { return s } }
	tests := map[string]struct {
		own    string
		header []string
		reset  string        // the header that reset is the value of
		at     func() string // nil: it is among the others
		left   int           // -1: nothing is told
		after  time.Duration
		rolls  bool
	}{
		"the draft's first form":                {header: []string{"RateLimit-Limit", "100", "RateLimit-Remaining", "7"}, reset: "RateLimit-Reset", at: is("30"), left: 7, after: 30 * time.Second},
		"the draft's first form, with a policy": {header: []string{"RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "7"}, reset: "RateLimit-Reset", at: is("30"), left: 7, after: 30 * time.Second},
		"the draft's second form":               {header: []string{"RateLimit", "limit=100, remaining=7, reset=30"}, left: 7, after: 30 * time.Second},
		"the draft's last form":                 {header: []string{"RateLimit", `"default";r=7;t=30`}, left: 7, after: 30 * time.Second},
		"several limits: the one with least":    {header: []string{"RateLimit", `"day";r=900;t=200, "minute";r=7;t=30`}, left: 7, after: 30 * time.Second},
		"a Unix time":                           {header: []string{"X-RateLimit-Remaining", "0"}, reset: "X-RateLimit-Reset", at: in(time.Minute, unix), left: 0, after: time.Minute},
		"a Unix time in milliseconds":           {header: []string{"X-RateLimit-Remaining", "0"}, reset: "X-RateLimit-Reset", at: in(time.Minute, millis), left: 0, after: time.Minute},
		"a date":                                {header: []string{"X-RateLimit-Remaining", "0"}, reset: "X-RateLimit-Reset", at: in(time.Minute, iso), left: 0, after: time.Minute},
		"with one hyphen more":                  {header: []string{"X-Rate-Limit", "700", "X-Rate-Limit-Remaining", "3"}, reset: "X-Rate-Limit-Reset", at: is("12"), left: 3, after: 12 * time.Second},
		"the vendor's own":                      {own: "X-HubSpot-RateLimit", header: []string{"X-HubSpot-RateLimit-Max", "190", "X-HubSpot-RateLimit-Remaining", "3", "X-HubSpot-RateLimit-Interval-Milliseconds", "10000"}, left: 3, rolls: true},
		"the vendor's own in one header":        {own: "Zendesk-RateLimit-Tickets-Index", header: []string{"Zendesk-RateLimit-Tickets-Index", "total=100; remaining=9; resets=41"}, left: 9, after: 41 * time.Second},
		"the vendor's own comes first":          {own: "X-Own", header: []string{"X-Own", "r=2;t=5", "RateLimit", "r=7;t=30"}, left: 2, after: 5 * time.Second},
		"a year from now is not believed":       {header: []string{"X-RateLimit-Remaining", "0"}, reset: "X-RateLimit-Reset", at: in(365*24*time.Hour, unix), left: 0, after: 5 * time.Minute},
		"a date by another clock":               {header: []string{"Date", "Sat, 01 Jan 2000 02:00:00 GMT", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2000-01-01T02:01:00Z"}, left: 0, after: time.Minute},
		"a Unix time by another clock":          {header: []string{"Date", "Sat, 01 Jan 2000 02:00:00 GMT", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "946692060"}, left: 0, after: time.Minute},
		"a date that is past by its own clock":  {header: []string{"Date", "Sat, 01 Jan 2000 02:00:00 GMT", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "2000-01-01T01:59:00Z"}, left: -1},
		"at once":                               {header: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "0"}, left: -1},
		"a window's length in its limit":        {header: []string{"RateLimit-Limit", "100, 100;w=60", "RateLimit-Remaining", "7"}, left: 7, rolls: true},
		"a window's length in its policy":       {header: []string{"RateLimit-Policy", `"burst";q=10;w=1, "minute";q=100;w=60`, "RateLimit", `"minute";r=7`}, left: 7, rolls: true},
		"of two policies that of the limit":     {header: []string{"RateLimit-Policy", `10;w=1, 100;w=60`, "RateLimit-Limit", "100", "RateLimit-Remaining", "7"}, left: 7, rolls: true},
		"a window's length in seconds":          {header: []string{"X-RateLimit-Window", "60", "X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "7"}, left: 7, rolls: true},
		"a window that also ends":               {header: []string{"RateLimit-Policy", `"minute";q=100;w=60`, "RateLimit", `"minute";r=7;t=30`}, left: 7, after: 30 * time.Second},
		"a window of a day":                     {header: []string{"RateLimit-Policy", `"day";q=100;w=86400`, "RateLimit", `"day";r=7`}, left: 7, after: 5 * time.Minute},
		"a window without length":               {header: []string{"X-RateLimit-Window", "0", "X-RateLimit-Remaining", "7"}, left: -1},
		"1970":                                  {header: []string{"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", "Thu, 01 Jan 1970 00:00:00 GMT"}, left: -1},
		"no time":                               {header: []string{"X-RateLimit-Remaining", "0"}, left: -1},
		"no number":                             {header: []string{"X-RateLimit-Reset", "60"}, left: -1},
		"less than nothing":                     {header: []string{"X-RateLimit-Remaining", "-1", "X-RateLimit-Reset", "60"}, left: -1},
		"not numbers":                           {header: []string{"X-RateLimit-Remaining", "NaN", "X-RateLimit-Reset", "Inf"}, left: -1},
		"nothing":                               {left: -1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				header := tt.header
				if tt.at != nil {
					header = append(header, tt.reset, tt.at())
				}
				q := quota.New(quota.Config{Header: tt.own}, nil)
				q.Learn(quota.Call{}, false, headers(header...))
				got := q.Status()
				switch {
				case tt.left < 0 && got.Left == nil:
				case tt.left < 0:
					t.Errorf("told %d", *got.Left)
				case got.Left == nil:
					t.Error("told nothing")
				case tt.rolls && got.ResetAt != nil:
					t.Errorf("rolls, and ends at %v", *got.ResetAt)
				case tt.rolls && *got.Left == tt.left:
				case *got.Left != tt.left || time.Until(*got.ResetAt).Round(time.Second) != tt.after:
					t.Errorf("told %d until %v, want %d until %v", *got.Left, time.Until(*got.ResetAt), tt.left, tt.after)
				}
			})
		})
	}
}

// headers makes headers of pairs of name and value.
func headers(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i+1 < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

// FuzzRateLimitHeaders holds that no header stops us for longer than five minutes, and a little.
func FuzzRateLimitHeaders(f *testing.F) {
	f.Add("100", "7", "30", "", "")
	f.Add("", "0", "2099-01-01T00:00:00Z", `"default";r=0;t=1e300`, "1e-9")
	f.Add("1e999", "-0", "1700000000000", "remaining=0,reset=;;=,", "10")
	f.Add("1e9", "0", "", "", "1e-9")
	f.Fuzz(func(t *testing.T, limit, remaining, reset, whole, window string) {
		q := quota.New(quota.Config{}, nil)
		for _, left := range []string{remaining, "0", remaining} {
			q.Learn(quota.Call{}, false, headers("X-RateLimit-Limit", limit, "X-RateLimit-Remaining", left,
				"X-RateLimit-Reset", reset, "RateLimit", whole, "X-RateLimit-Window", window))
			if got := q.Status(); got.Left != nil && (*got.Left < 0 || got.ResetAt != nil && time.Until(*got.ResetAt) > 5*time.Minute) {
				t.Errorf("%d left until %v", *got.Left, *got.ResetAt)
			}
			q.Retry(quota.Call{}, 0)
		}
		if _, ok := q.Retry(quota.Call{}, 6*time.Minute); !ok {
			t.Error("not let out after six minutes")
		}
	})
}
