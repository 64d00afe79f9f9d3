package freshness

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Target returns the URI that req is about, as the first half of a cache key needs it (RFC 9110 §7.1,
// §4.2.3): the Host that is sent counts, scheme and host are in lower case, a default port, the fragment
// and credentials are left out, an empty path is "/". Path and query stay as they are written.
func Target(req *http.Request) *url.URL {
	u := *req.URL
	if req.Host != "" {
		u.Host = req.Host
	}
	return normal(&u)
}

// normal changes u as [Target] says.
func normal(u *url.URL) *url.URL {
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if host, port, err := net.SplitHostPort(u.Host); err == nil && port == defaultPort(u.Scheme) {
		u.Host = host
		if strings.Contains(host, ":") {
			u.Host = "[" + host + "]"
		}
	}
	if u.Path == "" {
		u.Path = "/"
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u
}

func defaultPort(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	}
	return ""
}
