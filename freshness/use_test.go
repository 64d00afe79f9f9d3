package freshness_test

import (
	"testing"
	"time"

	"holdfast/freshness"
)

func TestJudge(t *testing.T) {
	const validate, refresh, serve = freshness.Validate, freshness.Refresh, freshness.Serve
	tests := map[string]struct {
		answer, request string
		age             time.Duration
		private, shared freshness.Use
	}{
		"fresh":                                         {answer: "max-age=60", age: 59 * s, private: serve, shared: serve},
		"no longer at its lifetime":                     {answer: "max-age=60", age: 60 * s},
		"no-cache is never fresh":                       {answer: "max-age=60, no-cache"},
		"not even stale":                                {answer: "max-age=60, no-cache", request: "max-stale", age: time.Hour},
		"no-cache in the request":                       {answer: "max-age=60", request: "no-cache"},
		"max-age in the request":                        {answer: "max-age=60", request: "max-age=10", age: 11 * s},
		"as old as it asked for":                        {answer: "max-age=60", request: "max-age=10", age: 10 * s, private: serve, shared: serve},
		"min-fresh":                                     {answer: "max-age=60", request: "min-fresh=10", age: 51 * s},
		"as fresh as it asked for":                      {answer: "max-age=60", request: "min-fresh=10", age: 50 * s, private: serve, shared: serve},
		"what is immutable need not be asked for":       {answer: "max-age=60, immutable", request: "max-age=0", age: s, private: serve, shared: serve},
		"unless the request insists":                    {answer: "max-age=60, immutable", request: "no-cache", age: s},
		"and only while it is fresh":                    {answer: "max-age=60, immutable", age: 61 * s},
		"max-stale":                                     {answer: "max-age=60", request: "max-stale=10", age: 70 * s, private: serve, shared: serve},
		"staler than that":                              {answer: "max-age=60", request: "max-stale=10", age: 71 * s},
		"max-stale of any age":                          {answer: "max-age=60", request: "max-stale", age: day, private: serve, shared: serve},
		"max-stale against max-age":                     {answer: "max-age=60", request: "max-stale, max-age=30", age: 61 * s},
		"max-stale with max-age":                        {answer: "max-age=60", request: "max-stale, max-age=90", age: 61 * s, private: serve, shared: serve},
		"max-stale against min-fresh":                   {answer: "max-age=60", request: "max-stale, min-fresh=1", age: 61 * s},
		"must-revalidate outweighs max-stale":           {answer: "max-age=60, must-revalidate", request: "max-stale", age: 61 * s},
		"proxy-revalidate does in a shared cache":       {answer: "max-age=60, proxy-revalidate", request: "max-stale", age: 61 * s, private: serve},
		"as does s-maxage":                              {answer: "max-age=60, s-maxage=60", request: "max-stale", age: 61 * s, private: serve},
		"stale-while-revalidate":                        {answer: "max-age=60, stale-while-revalidate=30", age: 90 * s, private: refresh, shared: refresh},
		"past that":                                     {answer: "max-age=60, stale-while-revalidate=30", age: 91 * s},
		"must-revalidate outweighs it":                  {answer: "max-age=60, stale-while-revalidate=30, must-revalidate", age: 61 * s},
		"a request that wants its age does not":         {answer: "max-age=60, stale-while-revalidate=30", request: "max-age=70", age: 61 * s},
		"a lifetime that is no number":                  {answer: "max-age=soon"},
		"stale-if-error alone allows nothing by itself": {answer: "max-age=60, stale-if-error=60", age: 61 * s},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			stored := freshness.NewStored(200, header("Cache-Control", tt.answer), noon(), noon())
			q := freshness.ParseRequest(header("Cache-Control", tt.request))
			for shared, want := range map[bool]freshness.Use{true: tt.shared, false: tt.private} {
				v := freshness.Rules{Shared: shared}.Judge(q, stored, noon().Add(tt.age))
				if v.Use != want || v.Age != tt.age {
					t.Errorf("shared %v: %+v, want use %d", shared, v, want)
				}
			}
		})
	}
}

func TestMayStandIn(t *testing.T) {
	away := freshness.Rules{Shared: true, Disconnected: time.Hour}
	tests := map[string]struct {
		rules           freshness.Rules
		answer, request string
		age             time.Duration
		failed, away    bool // after a 5xx, and when nobody answered
	}{
		"nobody allowed it":                       {answer: "max-age=60", age: 61 * s},
		"the answer did":                          {answer: "max-age=60, stale-if-error=30", age: 90 * s, failed: true, away: true},
		"but not so long":                         {answer: "max-age=60, stale-if-error=30", age: 91 * s},
		"the request did":                         {answer: "max-age=60", request: "stale-if-error=30", age: 90 * s, failed: true, away: true},
		"one that only wanted it younger":         {answer: "max-age=60, stale-if-error=30", request: "max-age=0", age: s, failed: true, away: true},
		"one that wants nothing that is unproven": {answer: "max-age=60, stale-if-error=30", request: "no-cache", age: 61 * s},
		"no-cache":                                {answer: "no-cache, stale-if-error=30", age: s},
		"must-revalidate":                         {answer: "max-age=60, must-revalidate, stale-if-error=30", age: 61 * s},
		"s-maxage in a shared cache":              {rules: freshness.Rules{Shared: true}, answer: "s-maxage=60, stale-if-error=30", age: 61 * s},
		"out of reach":                            {rules: away, answer: "max-age=60", age: 61 * s, away: true},
		"out of reach for too long":               {rules: away, answer: "max-age=60", age: 62 * time.Minute},
		"out of reach, must-revalidate":           {rules: away, answer: "max-age=60, must-revalidate", age: 61 * s},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			stored := freshness.NewStored(200, header("Cache-Control", tt.answer), noon(), noon())
			q := freshness.ParseRequest(header("Cache-Control", tt.request))
			for reached, want := range map[bool]bool{true: tt.failed, false: tt.away} {
				if got := tt.rules.MayStandIn(q, stored, noon().Add(tt.age), reached); got != want {
					t.Errorf("reached %v: %v, want %v", reached, got, want)
				}
			}
		})
	}
	for status, want := range map[int]bool{500: true, 502: true, 503: true, 504: true, 501: false, 505: false, 429: false, 404: false, 200: false} {
		if freshness.Failed(status) != want {
			t.Errorf("%d: failed is not %v", status, want)
		}
	}
}
