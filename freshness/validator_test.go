package freshness_test

import (
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

func TestFreshened(t *testing.T) {
	const then, later = "Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 11:00:00 GMT"
	old, recent := stamp(noon().Add(-time.Hour)), stamp(noon())
	tests := map[string]struct {
		stored []http.Header
		header http.Header
		want   []int
	}{
		"a strong tag":                               {[]http.Header{header("Etag", `"1"`), header("Etag", `"2"`)}, header("Etag", `"2"`), []int{1}},
		"all that have it":                           {[]http.Header{header("Etag", `"1"`), header("Etag", `"1"`)}, header("Etag", `"1"`), []int{0, 1}},
		"a strong tag that nobody has":               {[]http.Header{header("Etag", `"1"`)}, header("Etag", `"2"`), nil},
		"a strong tag does not equal a weak one":     {[]http.Header{header("Etag", `W/"1"`)}, header("Etag", `"1"`), nil},
		"it outweighs the date":                      {[]http.Header{header("Last-Modified", then)}, header("Etag", `"1"`, "Last-Modified", then), nil},
		"a weak tag: the newest":                     {[]http.Header{header("Etag", `W/"1"`, "Date", old), header("Etag", `"1"`, "Date", recent), header("Etag", `W/"1"`, "Date", old)}, header("Etag", `W/"1"`), []int{1}},
		"a date: the newest":                         {[]http.Header{header("Last-Modified", then, "Date", recent), header("Last-Modified", then, "Date", old)}, header("Last-Modified", then), []int{0}},
		"another date":                               {[]http.Header{header("Last-Modified", then)}, header("Last-Modified", later), nil},
		"nothing, and nothing to tell them by":       {[]http.Header{header()}, header(), []int{0}},
		"nothing, but the stored one has something":  {[]http.Header{header("Etag", `"1"`)}, header(), nil},
		"nothing, and more than one it could be":     {[]http.Header{header(), header()}, header(), nil},
		"a weak tag, and stored ones without a tag":  {[]http.Header{header("Last-Modified", then)}, header("Etag", `W/"1"`), nil},
		"an empty tag is none":                       {[]http.Header{header()}, header("Etag", ""), []int{0}},
		"a tag without quotes is compared as it is":  {[]http.Header{header("Etag", "1")}, header("Etag", "1"), []int{0}},
		"nothing stored is nothing that could be it": {nil, header("Etag", `"1"`), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var all []*freshness.Stored
			for _, h := range tt.stored {
				all = append(all, freshness.NewStored(200, h, noon(), noon()))
			}
			var got []int
			for _, s := range freshness.Freshened(all, tt.header) {
				got = append(got, slices.Index(all, s))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCondition(t *testing.T) {
	const then, later = "Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 11:00:00 GMT"
	tests := map[string]struct {
		stored, request, want http.Header
		ours                  bool
	}{
		"a tag":                        {header("Etag", `"1"`), header(), header("If-None-Match", `"1"`), true},
		"a date":                       {header("Last-Modified", then), header(), header("If-Modified-Since", then), true},
		"both":                         {header("Etag", `"1"`, "Last-Modified", then), header(), header("If-None-Match", `"1"`, "If-Modified-Since", then), true},
		"neither":                      {header(), header("X-A", "1"), header("X-A", "1"), false},
		"beside the client's tags":     {header("Etag", `"1"`), header("If-None-Match", `"2"`, "If-None-Match", `"3"`), header("If-None-Match", `"2", "3", "1"`), true},
		"the client has it already":    {header("Etag", `"1"`), header("If-None-Match", `W/"1"`), header("If-None-Match", `W/"1"`), true},
		"the client asks for anything": {header("Etag", `"1"`), header("If-None-Match", "*"), header("If-None-Match", `"1"`), true},
		"our date for the client's":    {header("Last-Modified", then), header("If-Modified-Since", later), header("If-Modified-Since", then), true},
		"the client's date goes":       {header("Etag", `"1"`), header("If-Modified-Since", later), header("If-None-Match", `"1"`), true},
		"a date beside tags: theirs":   {header("Last-Modified", then), header("If-None-Match", `"2"`), header("If-None-Match", `"2"`), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.request.Clone()
			ours := freshness.NewStored(200, tt.stored, noon(), noon()).Condition(got)
			if diff := cmp.Diff(tt.want, got); diff != "" || ours != tt.ours {
				t.Error(ours, diff)
			}
		})
	}
}

func TestNotModified(t *testing.T) {
	const then, later = "Sun, 01 Mar 2026 10:00:00 GMT", "Sun, 01 Mar 2026 11:00:00 GMT"
	both := header("Etag", `"1"`, "Last-Modified", then)
	tests := map[string]struct {
		status          int
		stored, request http.Header
		want            bool
	}{
		"no condition":                       {stored: both},
		"the tag":                            {stored: both, request: header("If-None-Match", `"0", "1"`), want: true},
		"the tag, weakly":                    {stored: both, request: header("If-None-Match", `W/"1"`), want: true},
		"another tag":                        {stored: both, request: header("If-None-Match", `"2"`)},
		"a comma inside a tag":               {stored: header("Etag", `"1,2"`), request: header("If-None-Match", `"0", "1,2"`), want: true},
		"anything":                           {request: header("If-None-Match", "*"), want: true},
		"a tag where there is none":          {request: header("If-None-Match", `""`)},
		"modified then":                      {stored: both, request: header("If-Modified-Since", then), want: true},
		"modified since":                     {stored: header("Last-Modified", later), request: header("If-Modified-Since", then)},
		"the tag outweighs the date":         {stored: both, request: header("If-None-Match", `"2"`, "If-Modified-Since", then)},
		"no date that can be read":           {stored: both, request: header("If-Modified-Since", "then")},
		"made before, without Last-Modified": {stored: header("Date", then), request: header("If-Modified-Since", later), want: true},
		"made after, without Last-Modified":  {stored: header("Date", later), request: header("If-Modified-Since", then)},
		"an error is never not modified":     {status: 404, stored: both, request: header("If-None-Match", `"1"`)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status := tt.status
			if status == 0 {
				status = 200
			}
			if got := freshness.NewStored(status, tt.stored, noon(), noon()).NotModified(tt.request); got != tt.want {
				t.Errorf("not modified: %v, want %v", got, tt.want)
			}
		})
	}
}

func TestSameAsHead(t *testing.T) {
	stored := freshness.NewStored(200, header("Etag", `"1"`, "Last-Modified", "then"), noon(), noon())
	for name, tt := range map[string]struct {
		header http.Header
		want   bool
	}{
		"all the same":            {header("Etag", `"1"`, "Last-Modified", "then", "Content-Length", "5"), true},
		"nothing said":            {header(), true},
		"another tag":             {header("Etag", `"2"`), false},
		"another date":            {header("Last-Modified", "now"), false},
		"another length":          {header("Content-Length", "6"), false},
		"a length that is no one": {header("Content-Length", "five"), false},
	} {
		if got := stored.SameAsHead(tt.header, 5); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !freshness.ClientsOwn(header("Etag", `"2"`), header("If-None-Match", `"2"`)) ||
		freshness.ClientsOwn(header("Etag", `"3"`), header("If-None-Match", `"2"`)) ||
		freshness.ClientsOwn(header("Etag", `"3"`), header("If-None-Match", `*`)) {
		t.Error("whose tag it is")
	}
	if !freshness.OriginOnly(header("Range", "bytes=0-")) || freshness.OriginOnly(header("If-None-Match", strconv.Quote("1"))) {
		t.Error("what only the origin judges")
	}
}
