package freshness

import (
	"net/http"
	"strings"
)

// weakly reports whether two entity tags name the same answer, strong or weak (RFC 9110 §8.8.3.2).
func weakly(a, b string) bool { return strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/") }

// strong reports whether tag promises that the bytes are the same.
func strong(tag string) bool { return !strings.HasPrefix(tag, "W/") }

// tag returns the entity tag in h, "" if there is none. One without its quotes is compared as it is.
func tag(h http.Header) string { return strings.Trim(h.Get("Etag"), " \t") }

// lists reports whether one of the entity tags in lines, or "*", weakly equals tag, which may be "".
func lists(lines []string, tag string) bool {
	for _, line := range lines {
		for line != "" {
			var one string
			one, line = member(line)
			one = strings.Trim(one, " \t")
			if one == "*" || one != "" && tag != "" && weakly(one, tag) {
				return true
			}
		}
	}
	return false
}

// HasValidator reports whether s can be validated: it has an entity tag or a date of modification.
func (s *Stored) HasValidator() bool {
	return tag(s.Header) != "" || s.Header.Get("Last-Modified") != ""
}

// Freshened returns which of the stored answers a 304 with headers h says to be still good (RFC 9111
// §4.3.4): with a strong entity tag all that have it; with a weak one, or a date of modification, the
// newest that has it; with nothing the only one there is, if that has nothing either. Stored are those
// that could have answered the request; nil means that the 304 is about something else.
func Freshened(stored []*Stored, h http.Header) []*Stored {
	etag, modified := tag(h), h.Get("Last-Modified")
	switch {
	case etag != "" && strong(etag):
		return matching(stored, func(s *Stored) bool { return tag(s.Header) == etag })
	case etag != "":
		return newest(matching(stored, func(s *Stored) bool { return tag(s.Header) != "" && weakly(tag(s.Header), etag) }))
	case modified != "":
		return newest(matching(stored, func(s *Stored) bool { return s.Header.Get("Last-Modified") == modified }))
	case len(stored) == 1 && !stored[0].HasValidator():
		return stored
	}
	return nil
}

func matching(stored []*Stored, is func(*Stored) bool) []*Stored {
	var found []*Stored
	for _, s := range stored {
		if is(s) {
			found = append(found, s)
		}
	}
	return found
}

// newest returns the one of the latest Date.
func newest(stored []*Stored) []*Stored {
	for len(stored) > 1 {
		if stored[1].Directives.Date.After(stored[0].Directives.Date) {
			stored = stored[1:]
		} else {
			stored = append(stored[:1:1], stored[2:]...)
		}
	}
	return stored
}
