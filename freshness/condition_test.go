package freshness_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return h
}

const (
	then  = "Sun, 01 Mar 2026 10:00:00 GMT"
	later = "Sun, 01 Mar 2026 11:00:00 GMT"
)

func TestCondition(t *testing.T) {
	tests := map[string]struct{ remembered, request, added http.Header }{
		"a tag":                          {remembered: header("Etag", `"1"`), added: header("If-None-Match", `"1"`)},
		"a weak tag":                     {remembered: header("Etag", `W/"1"`), added: header("If-None-Match", `W/"1"`)},
		"a tag with a comma":             {remembered: header("Etag", `"1,2"`), added: header("If-None-Match", `"1,2"`)},
		"a tag without quotes":           {remembered: header("Etag", "1"), added: header("If-None-Match", "1")},
		"a date":                         {remembered: header("Last-Modified", then), added: header("If-Modified-Since", then)},
		"both":                           {remembered: header("Etag", `"1"`, "Last-Modified", then), added: header("If-None-Match", `"1"`, "If-Modified-Since", then)},
		"a tag and a date that is none":  {remembered: header("Etag", `"1"`, "Last-Modified", "then"), added: header("If-None-Match", `"1"`)},
		"neither":                        {remembered: header("Date", then)},
		"a date on two lines":            {remembered: header("Last-Modified", then, "Last-Modified", then)},
		"an empty tag":                   {remembered: header("Etag", "")},
		"a tag too long to send back":    {remembered: header("Etag", `"`+strings.Repeat("x", 2000)+`"`)},
		"a tag that no request can have": {remembered: header("Etag", "\"1\x00\"")},
		"a tag of the sender's own":      {remembered: header("Etag", `"1"`), request: header("If-None-Match", `"2"`)},
		"a date of the sender's own":     {remembered: header("Etag", `"1"`), request: header("If-Modified-Since", then)},
		"a part of it":                   {remembered: header("Etag", `"1"`), request: header("Range", "bytes=0-9")},
		"only if it is that one":         {remembered: header("Etag", `"1"`), request: header("If-Match", `"1"`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			want := tt.request.Clone()
			if want == nil {
				want = http.Header{}
			}
			got := want.Clone()
			asked := freshness.Condition(got, tt.remembered)
			maps.Copy(want, tt.added)
			if diff := cmp.Diff(want, got); diff != "" || asked != (tt.added != nil) {
				t.Error(asked, diff)
			}
		})
	}
}

func TestConfirms(t *testing.T) {
	tests := map[string]struct {
		remembered, header http.Header
		want               bool
	}{
		"its tag":      {header("Etag", `"1"`), header("Etag", `"1"`), true},
		"its weak tag": {header("Etag", `W/"1"`), header("Etag", `W/"1"`), true},
		"its tag, which compression had made weak":  {header("Etag", `W/"1"`), header("Etag", `"1"`), true},
		"its tag, made weak":                        {header("Etag", `"1"`), header("Etag", `W/"1"`), true},
		"another tag":                               {header("Etag", `"1"`), header("Etag", `"2"`), false},
		"another tag, the same date":                {header("Etag", `"1"`, "Last-Modified", then), header("Etag", `"2"`, "Last-Modified", then), false},
		"its tag, another date":                     {header("Etag", `"1"`, "Last-Modified", then), header("Etag", `"1"`, "Last-Modified", later), true},
		"its date":                                  {header("Last-Modified", then), header("Last-Modified", then), true},
		"another date":                              {header("Last-Modified", then), header("Last-Modified", later), false},
		"its date, and a tag that it did not have":  {header("Last-Modified", then), header("Etag", `"1"`, "Last-Modified", then), true},
		"its date, without the tag":                 {header("Etag", `"1"`, "Last-Modified", then), header("Last-Modified", then), true},
		"nothing: it is about the only one":         {header("Etag", `"1"`), header(), true},
		"a date where it had a tag":                 {header("Etag", `"1"`), header("Last-Modified", then), true},
		"a date that is none says nothing about it": {header("Last-Modified", then), header("Last-Modified", "now"), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := freshness.Confirms(tt.header, tt.remembered); got != tt.want {
				t.Errorf("it confirms: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestRenewed(t *testing.T) {
	remembered := header("Age", "50", "Date", then, "Content-Length", "5", "Content-Type", "a/b",
		"Etag", `"1"`, "Cache-Control", "max-age=1", "X-Old", "1", "X-Both", "1")
	before := remembered.Clone()
	got := freshness.Renewed(remembered, header("Date", later, "Content-Length", "0", "Content-Type", "c/d", "Content-Encoding", "gzip",
		"Content-Range", "bytes 0-1/2", "Cache-Control", "max-age=60", "X-Both", "2", "X-New", "3"))
	want := header("Date", later, "Content-Length", "5", "Content-Type", "a/b", "Etag", `"1"`,
		"Cache-Control", "max-age=60", "X-Old", "1", "X-Both", "2", "X-New", "3")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, remembered); diff != "" {
		t.Errorf("what is remembered was changed: %s", diff)
	}
}
