package freshness_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"holdfast/freshness"
)

func TestVary(t *testing.T) {
	tests := map[string]struct {
		vary []string
		a, b http.Header
		same bool
	}{
		"no Vary":                               {nil, header("Accept", "a"), header("Accept", "b"), true},
		"the same value":                        {[]string{"accept"}, header("Accept", "a"), header("Accept", "a"), true},
		"another":                               {[]string{"accept"}, header("Accept", "a"), header("Accept", "b"), false},
		"another in what it does not name":      {[]string{"accept"}, header("X-A", "a"), header("X-A", "b"), true},
		"absent and absent":                     {[]string{"accept"}, nil, nil, true},
		"absent and empty":                      {[]string{"accept"}, nil, header("Accept", ""), false},
		"two lines and one":                     {[]string{"accept"}, header("Accept", "a", "Accept", "b"), header("Accept", "a,b"), true},
		"white space in a list":                 {[]string{"accept-language"}, header("Accept-Language", "en ,\tde"), header("Accept-Language", "en, de"), true},
		"but not inside quotes":                 {[]string{"accept"}, header("Accept", `a;x="1, 2"`), header("Accept", `a;x="1,2"`), false},
		"nor where it may mean something":       {[]string{"x-a"}, header("X-A", "a, b"), header("X-A", "a,b"), false},
		"the order of a list means something":   {[]string{"accept"}, header("Accept", "a, b"), header("Accept", "b, a"), false},
		"several lines of Vary":                 {[]string{"accept", "x-a"}, header("Accept", "a", "X-A", "1"), header("Accept", "a", "X-A", "2"), false},
		"values do not run into each other":     {[]string{"x-a, x-b"}, header("X-A", "1", "X-B", "23"), header("X-A", "12", "X-B", "3"), false},
		"case of names, doubles, empty members": {[]string{"X-A, , x-a"}, header("X-A", "1"), header("x-a", "1"), true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			v := freshness.ParseVary(http.Header{"Vary": tt.vary})
			u := &url.URL{Scheme: "http", Host: "a"}
			a, b := v.Key(&http.Request{URL: u, Header: tt.a}), v.Key(&http.Request{URL: u, Header: tt.b})
			if (a == b) != tt.same {
				t.Errorf("same: %v, want %v", a == b, tt.same)
			}
		})
	}
	if !freshness.ParseVary(header("Vary", "Accept, *")).Any {
		t.Error("a star among names was not seen")
	}
	host := freshness.Vary{Names: []string{"Host"}}
	if host.Key(&http.Request{URL: &url.URL{Host: "a"}}) == host.Key(&http.Request{URL: &url.URL{Host: "a"}, Host: "b"}) {
		t.Error("the Host is not among the headers of a request, but counts")
	}
}

func TestTarget(t *testing.T) {
	for in, want := range map[string]string{
		"HTTP://Example.COM":              "http://example.com/",
		"http://example.com:80/a?b=C#d":   "http://example.com/a?b=C",
		"https://example.com:443/":        "https://example.com/",
		"http://example.com:443/":         "http://example.com:443/",
		"https://u:p@example.com/%7Ea":    "https://example.com/%7Ea",
		"http://[2001:DB8::1]:80/":        "http://[2001:db8::1]/",
		"http://example.com/?":            "http://example.com/?",
		"http://example.com/a/../b//c%2f": "http://example.com/a/../b//c%2f",
	} {
		u, err := url.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := freshness.Target(&http.Request{URL: u}).String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	u := &url.URL{Scheme: "http", Host: "10.0.0.1", Path: "/"}
	if got := freshness.Target(&http.Request{URL: u, Host: "Example.com:80"}).String(); got != "http://example.com/" {
		t.Errorf("with a Host of its own: %s", got)
	}
}

func TestInvalidated(t *testing.T) {
	const base = "http://a.example"
	tests := map[string]struct {
		method string
		status int
		header http.Header
		want   []string
	}{
		"a safe one":              {"GET", 200, nil, nil},
		"a safe one from afar":    {"PROPFIND", 207, nil, nil},
		"a write":                 {"PUT", 204, nil, []string{base + "/x/y"}},
		"a write that redirects":  {"POST", 303, header("Location", "z"), []string{base + "/x/y", base + "/x/z"}},
		"a method nobody knows":   {"FROB", 200, nil, []string{base + "/x/y"}},
		"a write that is refused": {"PUT", 403, header("Location", "/z"), nil},
		"a write that fails":      {"PUT", 500, nil, nil},
		"Content-Location":        {"POST", 201, header("Content-Location", "http://A.example:80/z#f"), []string{base + "/x/y", base + "/z"}},
		"both":                    {"POST", 201, header("Content-Location", "/1", "Location", "/2"), []string{base + "/x/y", base + "/2", base + "/1"}},
		"on another host":         {"POST", 201, header("Location", "http://b.example/z"), []string{base + "/x/y"}},
		"on another port":         {"POST", 201, header("Location", "http://a.example:81/z"), []string{base + "/x/y"}},
		"by another scheme":       {"POST", 201, header("Location", "https://a.example/z"), []string{base + "/x/y"}},
		"no URI at all":           {"POST", 201, header("Location", "http://%zz/"), []string{base + "/x/y"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(base + "/x/y")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range freshness.Invalidated(&http.Request{Method: tt.method, URL: u}, tt.status, tt.header) {
				got = append(got, u.String())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
