package freshness_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

func TestParseRequest(t *testing.T) {
	type want = freshness.RequestDirectives
	never := freshness.Seconds{Set: true, For: (1 << 31) * s}
	tests := map[string]struct {
		header http.Header
		want   want
	}{
		"nothing":                               {nil, want{}},
		"all of them":                           {http.Header{"Cache-Control": {"no-cache, no-store", "no-transform,only-if-cached"}}, want{NoCache: true, NoStore: true, NoTransform: true, OnlyIfCached: true}},
		"all with a number":                     {http.Header{"Cache-Control": {`max-age=1, MIN-FRESH="2", max-stale=3, stale-if-error=4`}}, want{MaxAge: seconds(1), MinFresh: seconds(2), MaxStale: seconds(3), IfError: seconds(4)}},
		"max-stale of any age":                  {http.Header{"Cache-Control": {"max-stale"}}, want{MaxStale: seconds(0), AnyStale: true}},
		"of two the first counts":               {http.Header{"Cache-Control": {"max-stale=1, max-stale, max-age=1", "max-age=9"}}, want{MaxStale: seconds(1), MaxAge: seconds(1)}},
		"a number that is none allows nothing":  {http.Header{"Cache-Control": {"max-age=x, max-stale=x, stale-if-error=-1, min-fresh=x"}}, want{MaxAge: seconds(0), MaxStale: seconds(0), IfError: seconds(0), MinFresh: never}},
		"a number beyond all":                   {http.Header{"Cache-Control": {"min-fresh=99999999999999999999999"}}, want{MinFresh: never}},
		"Pragma":                                {http.Header{"Pragma": {"x, No-Cache"}}, want{NoCache: true}},
		"Pragma says nothing beside the modern": {http.Header{"Pragma": {"no-cache"}, "Cache-Control": {"max-age=5"}}, want{MaxAge: seconds(5)}},
		"what answers say means nothing here":   {http.Header{"Cache-Control": {"private, s-maxage=5, must-revalidate"}}, want{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, freshness.ParseRequest(tt.header)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
