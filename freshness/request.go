package freshness

import (
	"net/http"
	"strings"
)

// RequestDirectives is what a request says about stored answers (RFC 9111 §5.2.1, RFC 5861 §4). The zero
// value says nothing.
type RequestDirectives struct {
	NoCache      bool // use nothing that was not validated; also Pragma: no-cache without Cache-Control
	NoStore      bool // store neither this request nor any answer to it
	NoTransform  bool // do not change the body
	OnlyIfCached bool // a stored answer, or 504

	MaxAge   Seconds // nothing older
	MinFresh Seconds // nothing that is not fresh for that long
	MaxStale Seconds // what is stale by no more than this will do, too
	AnyStale bool    // max-stale without a number
	IfError  Seconds // stale-if-error: so stale an answer will do when asking fails
}

// ParseRequest reads the headers of a request. It never fails: of a repeated directive the first counts,
// and a number that cannot be read allows nothing: it is 0 for max-age, max-stale and stale-if-error, and
// the longest there is for min-fresh.
func ParseRequest(h http.Header) RequestDirectives {
	var q RequestDirectives
	if len(h["Cache-Control"]) == 0 {
		for _, line := range h["Pragma"] {
			for line != "" {
				var name string
				name, _, line = directive(line)
				q.NoCache = q.NoCache || strings.EqualFold(name, "no-cache")
			}
		}
		return q
	}
	cacheControl(h, q.take)
	return q
}

func (q *RequestDirectives) take(name, value string) {
	switch {
	case strings.EqualFold(name, "no-cache"):
		q.NoCache = true
	case strings.EqualFold(name, "no-store"):
		q.NoStore = true
	case strings.EqualFold(name, "no-transform"):
		q.NoTransform = true
	case strings.EqualFold(name, "only-if-cached"):
		q.OnlyIfCached = true
	case strings.EqualFold(name, "max-age"):
		q.MaxAge.take(value)
	case strings.EqualFold(name, "stale-if-error"):
		q.IfError.take(value)
	case strings.EqualFold(name, "max-stale"):
		if !q.MaxStale.Set {
			q.AnyStale = value == ""
		}
		q.MaxStale.take(value)
	case strings.EqualFold(name, "min-fresh"):
		if _, ok := deltaSeconds(value); !ok && !q.MinFresh.Set {
			q.MinFresh = Seconds{Set: true, For: farthest}
		}
		q.MinFresh.take(value)
	}
}
