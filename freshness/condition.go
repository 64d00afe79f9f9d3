package freshness

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Condition adds to h, the headers of a request, that s need not be sent again if it is still good (RFC
// 9111 §4.3.1), and reports whether a 304 can now be about s. It cannot if s has no validator, or only a
// date where the client asks by entity tags of its own; h is then left alone.
func (s *Stored) Condition(h http.Header) bool {
	etag, modified := tag(s.Header), s.Header.Get("Last-Modified")
	theirs := h["If-None-Match"]
	switch {
	case etag == "" && (modified == "" || len(theirs) > 0):
		return false
	case etag != "" && !lists(theirs, etag):
		h["If-None-Match"] = []string{strings.Join(append(slices.Clip(theirs), etag), ", ")}
	case etag != "" && lists(theirs, ""): // "*" would be true of anything
		h["If-None-Match"] = []string{etag}
	}
	h.Del("If-Modified-Since")
	if modified != "" {
		h.Set("If-Modified-Since", modified)
	}
	return true
}

// NotModified reports whether a client that asks with headers h already has s (RFC 9111 §4.3.2): its
// If-None-Match names it or, without one, its If-Modified-Since is not before s was modified or made.
// Only a 2xx answer can be not modified.
func (s *Stored) NotModified(h http.Header) bool {
	if s.Status < 200 || s.Status > 299 {
		return false
	}
	if lines := h["If-None-Match"]; len(lines) > 0 {
		return lists(lines, tag(s.Header))
	}
	if len(h["If-Modified-Since"]) == 0 {
		return false
	}
	since, err := http.ParseTime(h.Get("If-Modified-Since"))
	return err == nil && !s.modified().After(since)
}

// modified is Last-Modified or, without one, the latest time it can have been.
func (s *Stored) modified() time.Time {
	if t, err := http.ParseTime(s.Header.Get("Last-Modified")); err == nil {
		return t
	}
	if !s.Directives.Date.IsZero() {
		return s.Directives.Date
	}
	return s.Received
}

// OriginOnly reports whether h, the headers of a request, ask for what only the origin can judge or what
// a whole answer does not fit: If-Match, If-Unmodified-Since (RFC 9111 §4.3.2), If-Range, Range.
func OriginOnly(h http.Header) bool {
	for _, name := range []string{"If-Match", "If-Unmodified-Since", "If-Range", "Range"} {
		if len(h[name]) > 0 {
			return true
		}
	}
	return false
}

// ClientsOwn reports whether a 304 with headers h is about an entity tag that the client itself asked
// about, in asked, the headers of its request.
func ClientsOwn(h, asked http.Header) bool {
	own := asked["If-None-Match"]
	return tag(h) != "" && lists(own, tag(h)) && !lists(own, "")
}
