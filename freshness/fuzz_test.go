package freshness_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http/httpguts"

	"holdfast/freshness"
)

// Whatever headers hold, reading them ends, and no lifetime, age or window is below zero or beyond what is
// counted in.
func FuzzParse(f *testing.F) {
	f.Add("max-age=60, no-cache=\"a, b\"", "0", "7, 8", "Sun, 01 Mar 2026 12:00:00 GMT")
	f.Add(`private="a\", max-age=5`, "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999", "")
	f.Add("max-age=60", "", "", "Fri, 31 Dec 9999 23:59:59 GMT")
	f.Add("max-age,x,,=;", "", "-1", "Thu, 01 Jan 1970 00:00:00 GMT")
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, control, expires, age, date string) {
		d := freshness.Parse(http.Header{"Cache-Control": {control, control}, "Expires": {expires}, "Age": {age}, "Date": {date}})
		w := d.Windows(freshness.Policy{}, freshness.StandIn, true, noon, noon)
		if d.Date.After(noon) && d.Windows(freshness.Policy{}, freshness.Strict, true, noon, noon).Fresh != w.Fresh {
			t.Errorf("a clock that is ahead, %q, shortens a lifetime", date)
		}
		for _, got := range []time.Duration{d.MaxAge.For, d.SMaxAge.For, d.WhileRevalidate.For, d.IfError.For, d.AgeAtSource, d.Age(noon, noon), w.Fresh} {
			if got < 0 || got > (1<<31)*s {
				t.Errorf("%v in %q", got, control)
			}
		}
		if w.Refresh < 0 || w.Stale < 0 || w.Longest() > (1<<32)*s {
			t.Errorf("windows %v in %q", w, control)
		}
		if d.NoStore && !strings.Contains(strings.ToLower(control), "no-store") {
			t.Errorf("no-store in %q", control)
		}
	})
}

// Whatever validators an answer has, the condition made of them is one that a request can have, and a 304
// that repeats them is about that answer.
func FuzzCondition(f *testing.F) {
	f.Add(`W/"1"`, "Sun, 01 Mar 2026 12:00:00 GMT")
	f.Add("\"\x7f\r\n", "0")
	f.Fuzz(func(t *testing.T, etag, modified string) {
		remembered, request := header("Etag", etag, "Last-Modified", modified), http.Header{}
		if freshness.Condition(request, remembered) != (len(request) > 0) || freshness.Validatable(remembered) != (len(request) > 0) {
			t.Errorf("%q, %q make %v", etag, modified, request)
		}
		for _, values := range request {
			if !httpguts.ValidHeaderFieldValue(values[0]) {
				t.Errorf("%q cannot be sent", values)
			}
		}
		if !freshness.Confirms(remembered, remembered) {
			t.Errorf("%q, %q is not about itself", etag, modified)
		}
	})
}
