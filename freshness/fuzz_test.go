package freshness_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast/freshness"
)

// Whatever headers hold, reading them ends, and no lifetime or age is below zero or beyond 2^31 seconds.
func FuzzParse(f *testing.F) {
	f.Add("max-age=60, no-cache=\"a, b\"", "0", "7, 8", "Sun, 01 Mar 2026 12:00:00 GMT")
	f.Add(`private="a\", max-age=5`, "Fri, 31 Dec 9999 23:59:59 GMT", "99999999999999999999", "")
	f.Add("max-stale, min-fresh=x,,=;", "", "-1", "Thu, 01 Jan 1970 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, control, expires, age, date string) {
		h := http.Header{"Cache-Control": {control, control}, "Expires": {expires}, "Age": {age}, "Date": {date}}
		d := freshness.Parse(h)
		stored := freshness.NewStored(200, h, noon(), noon())
		lifetime := freshness.Rules{Heuristics: true}.Lifetime(stored)
		for _, got := range []time.Duration{d.MaxAge.For, d.SMaxAge.For, d.WhileRevalidate.For, d.IfError.For, d.AgeAtSource, lifetime} {
			if got < 0 || got > (1<<31)*s {
				t.Errorf("%v in %q", got, control)
			}
		}
		if stored.Age(noon()) < 0 {
			t.Errorf("age %v of %q, %q", stored.Age(noon()), age, date)
		}
		if d.NoStore && !strings.Contains(strings.ToLower(control), "no-store") {
			t.Errorf("no-store in %q", control)
		}
		freshness.ParseRequest(h)
	})
}

// A Vary key is the same for equal requests, and a list of tags is read to its end.
func FuzzVary(f *testing.F) {
	f.Add("accept, x-a", `text/html;x="a, b" , b`, `"1", W/"2"`)
	f.Add("*", ",,", `"`)
	f.Fuzz(func(t *testing.T, vary, value, tags string) {
		v := freshness.ParseVary(header("Vary", vary))
		req := func() *http.Request {
			return &http.Request{URL: &url.URL{Scheme: "http", Host: "a"}, Header: header("Accept", value, "X-A", value)}
		}
		if one, two := v.Key(req()), v.Key(req()); one != two {
			t.Error("one request, two keys")
		}
		stored := freshness.NewStored(200, header("Etag", tags), noon(), noon())
		h := header("If-None-Match", tags)
		stored.Condition(h)
		stored.NotModified(h)
		freshness.Freshened([]*freshness.Stored{stored}, h)
	})
}

// The URIs that a write invalidates are of its own origin.
func FuzzInvalidated(f *testing.F) {
	f.Add("/x?y", "http://a.example:80/z")
	f.Add("//b.example/", "https://user@a.example/")
	f.Fuzz(func(t *testing.T, location, content string) {
		req := &http.Request{Method: http.MethodPost, URL: &url.URL{Scheme: "http", Host: "a.example", Path: "/"}}
		for _, u := range freshness.Invalidated(req, 200, header("Location", location, "Content-Location", content)) {
			if u.Scheme != "http" || u.Host != "a.example" || u.User != nil {
				t.Errorf("%v by %q, %q", u, location, content)
			}
		}
	})
}
