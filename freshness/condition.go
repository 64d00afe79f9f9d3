package freshness

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// longestTag bounds what is sent back of an entity tag: a request must not fail because of its condition.
const longestTag = 1 << 10

// Precondition reports whether the header of that name makes a request one that is judged by what its sender
// has, or that wants a part only (RFC 9110 §13.1, §14.2).
func Precondition(name string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range":
		return true
	}
	return false
}

// Validatable reports whether an answer with headers h has what a condition needs: an entity tag, or a date
// of its last change.
func Validatable(h http.Header) bool {
	_, dated := date(h, "Last-Modified")
	return dated || tag(h) != ""
}

// Condition adds to h, the headers of a GET, that the answer with headers remembered need not be sent again
// if it is still good (RFC 9111 §4.3.1). It reports whether it did: not if there is nothing to tell it by,
// nor if h has a [Precondition] of its own.
func Condition(h, remembered http.Header) bool {
	for name := range h {
		if Precondition(name) {
			return false
		}
	}
	if etag := tag(remembered); etag != "" {
		h.Set("If-None-Match", etag)
	}
	if _, ok := date(remembered, "Last-Modified"); ok {
		h.Set("If-Modified-Since", remembered.Get("Last-Modified"))
	}
	return Validatable(remembered)
}

// Confirms reports whether a 304 with headers h is about the answer with headers remembered, the only one
// that it was asked about (RFC 9111 §4.3.4). Its tag decides, compared weakly, as If-None-Match is: servers
// make tags weak when they compress, and a 304 has nothing to compress. Without one the date of the last
// change does; with neither it is about what was asked.
func Confirms(h, remembered http.Header) bool {
	if etag := tag(h); etag != "" && tag(remembered) != "" {
		return strings.TrimPrefix(etag, "W/") == strings.TrimPrefix(tag(remembered), "W/")
	}
	if modified, ok := date(h, "Last-Modified"); ok {
		if before, ok := date(remembered, "Last-Modified"); ok {
			return modified.Equal(before)
		}
	}
	return true
}

// Renewed returns remembered with the headers h of a 304 (RFC 9111 §3.2). What describes the stored bytes
// stays: Content-Length, Content-Encoding, Content-Type and Content-Range. An Age and a Date that h does not
// repeat go: they were about the message before.
func Renewed(remembered, h http.Header) http.Header {
	renewed := remembered.Clone()
	renewed.Del("Age")
	renewed.Del("Date")
	for name, values := range h {
		switch name {
		case "Content-Length", "Content-Encoding", "Content-Type", "Content-Range":
		default:
			renewed[name] = values
		}
	}
	return renewed
}

// tag returns the entity tag in h, "" if there is none that can be sent back. One without its quotes is
// taken as it is.
func tag(h http.Header) string {
	etag := strings.Trim(h.Get("Etag"), " \t")
	if len(etag) > longestTag || !httpguts.ValidHeaderFieldValue(etag) {
		return ""
	}
	return etag
}
