package freshness

import (
	"net/http"
	"net/url"
)

// Safe reports whether method is known to change nothing (RFC 9110 §9.2.1 and the registry of methods).
func Safe(method string) bool {
	switch method {
	case "", http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace,
		"PROPFIND", "REPORT", "SEARCH", "QUERY":
		return true
	}
	return false
}

// Invalidated returns the URIs whose stored answers are no longer good after req was answered with this
// status and headers (RFC 9111 §4.4): none if req is safe or was refused, else its target, and what
// Location and Content-Location name on the same origin.
func Invalidated(req *http.Request, status int, h http.Header) []*url.URL {
	if Safe(req.Method) || status < 200 || status > 399 {
		return nil
	}
	target := Target(req)
	all := []*url.URL{target}
	for _, name := range []string{"Location", "Content-Location"} {
		if h.Get(name) == "" {
			continue
		}
		u, err := target.Parse(h.Get(name))
		if err != nil {
			continue
		}
		if u = normal(u); u.Scheme == target.Scheme && u.Host == target.Host {
			all = append(all, u)
		}
	}
	return all
}
