package freshness_test

import (
	"net/http"
	"net/url"
	"testing"

	"holdfast/freshness"
)

func TestMayStore(t *testing.T) {
	tests := map[string]struct {
		method       string // GET
		request      http.Header
		user         *url.Userinfo
		status       int // 200
		control      string
		expires      bool
		shared, solo bool // may a shared, a private cache store it?
	}{
		"an answer that says nothing":                     {shared: true, solo: true},
		"one whose status is not cacheable by itself":     {status: 302},
		"unless it is marked by max-age":                  {status: 302, control: "max-age=0", shared: true, solo: true},
		"or Expires":                                      {status: 500, expires: true, shared: true, solo: true},
		"or public":                                       {status: 403, control: "public", shared: true, solo: true},
		"or s-maxage, for a shared cache":                 {status: 403, control: "s-maxage=5", shared: true},
		"or private, for the user's own":                  {status: 403, control: "private", solo: true},
		"private":                                         {control: "private, max-age=60", solo: true},
		"private, qualified":                              {control: `private="set-cookie", max-age=60`, solo: true},
		"no-store":                                        {control: "no-store, max-age=60"},
		"no-store in the request":                         {request: http.Header{"Cache-Control": {"no-store"}}, control: "max-age=60"},
		"no-cache may be stored":                          {control: "no-cache", shared: true, solo: true},
		"must-understand with a status we know":           {control: "must-understand, no-store, max-age=60", shared: true, solo: true},
		"must-understand with one we do not":              {status: 599, control: "must-understand, max-age=60"},
		"must-understand with an odd one we know":         {status: 422, control: "must-understand, max-age=60", shared: true, solo: true},
		"a partial answer":                                {status: 206, control: "max-age=60"},
		"a 304":                                           {status: 304, control: "max-age=60"},
		"an interim answer":                               {status: 103, control: "max-age=60"},
		"an answer to HEAD":                               {method: http.MethodHead, control: "max-age=60"},
		"an answer to POST":                               {method: http.MethodPost, control: "max-age=60"},
		"an answer to a named user":                       {request: http.Header{"Authorization": {"x"}}, control: "max-age=60", solo: true},
		"one whose name is in the URL":                    {user: url.UserPassword("a", "b"), control: "max-age=60", solo: true},
		"public, to a named user":                         {request: http.Header{"Authorization": {"x"}}, control: "public", shared: true, solo: true},
		"s-maxage, to a named user":                       {request: http.Header{"Authorization": {"x"}}, control: "s-maxage=60", shared: true, solo: true},
		"must-revalidate, to a named user":                {request: http.Header{"Authorization": {"x"}}, control: "must-revalidate", shared: true, solo: true},
		"proxy-revalidate is not enough for a named user": {request: http.Header{"Authorization": {"x"}}, control: "proxy-revalidate, max-age=9", solo: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req := &http.Request{Method: tt.method, Header: tt.request, URL: &url.URL{User: tt.user}}
			h := http.Header{"Cache-Control": {tt.control}}
			if tt.expires {
				h.Set("Expires", "0")
			}
			status := tt.status
			if status == 0 {
				status = 200
			}
			for shared, want := range map[bool]bool{true: tt.shared, false: tt.solo} {
				if got := (freshness.Rules{Shared: shared}).MayStore(req, status, freshness.Parse(h)); got != want {
					t.Errorf("shared %v: may store %v, want %v", shared, got, want)
				}
			}
		})
	}
}
