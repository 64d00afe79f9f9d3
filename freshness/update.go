package freshness

import (
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Update returns s with the headers h of a 304, or of an answer to HEAD, that was asked for and received
// then (RFC 9111 §3.2). What describes the stored bytes stays: Content-Length, Content-Encoding,
// Content-Type and Content-Range. An Age that h does not repeat goes: it was about the message before.
func (s *Stored) Update(h http.Header, asked, received time.Time) *Stored {
	merged := s.Header.Clone()
	merged.Del("Age")
	merged.Del("Date")
	for name, values := range storable(h) {
		switch name {
		case "Content-Length", "Content-Encoding", "Content-Type", "Content-Range":
		default:
			merged[name] = values
		}
	}
	return NewStored(s.Status, merged, asked, received)
}

// SameAsHead reports whether an answer to HEAD with headers h describes s, whose body has this size (RFC
// 9111 §4.3.5). If so it updates s; if not, s is no longer good.
func (s *Stored) SameAsHead(h http.Header, size int) bool {
	for _, name := range []string{"Etag", "Last-Modified"} {
		if value := h.Get(name); value != "" && value != s.Header.Get(name) {
			return false
		}
	}
	length := h.Get("Content-Length")
	return length == "" || length == strconv.Itoa(size)
}

// storable returns a copy of h without the headers that a cache must not keep (RFC 9111 §3.1).
func storable(h http.Header) http.Header {
	kept := h.Clone()
	if kept == nil {
		kept = http.Header{}
	}
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			kept.Del(textproto.TrimString(name))
		}
	}
	for _, name := range []string{
		"Connection", "Proxy-Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization",
	} {
		kept.Del(name)
	}
	return kept
}
