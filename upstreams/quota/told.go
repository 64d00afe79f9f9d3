package quota

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// told is what the headers of an answer say of the source's rate limit.
type told struct {
	left  int
	limit int // 0: not said
	reset time.Time
}

// readTold reads the headers that begin with own, the vendor's prefix in canonical form, which may be "", or
// else RateLimit (the IETF's drafts, old and new), X-RateLimit or X-Rate-Limit. It is false for what is not
// there, says nothing of when the count begins again, or makes no sense.
func readTold(h http.Header, own string, now time.Time) (told, bool) {
	for _, prefix := range prefixes(own) {
		if t, ok := readFields(h, prefix, now); ok {
			return t, true
		}
		if t, ok := readMembers(first(h, prefix), now); ok {
			return t, true
		}
	}
	return told{}, false
}

// prefixes are what the names of headers of rate limits begin with.
func prefixes(own string) []string {
	all := []string{own, "Ratelimit", "X-Ratelimit", "X-Rate-Limit"}
	if own == "" {
		return all[1:]
	}
	return all
}

// Spent reports whether headers say that nothing is left, whether or not they say until when. Own is
// [Config].Header.
func Spent(h http.Header, own string) bool {
	for _, prefix := range prefixes(http.CanonicalHeaderKey(own)) {
		if n, ok := number(first(h, prefix+"-Remaining")); ok && n < 1 {
			return true
		}
		for part := range strings.FieldsFuncSeq(first(h, prefix), func(c rune) bool { return c == ',' || c == ';' }) {
			name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(part)), "=")
			if n, ok := number(value); ok && n < 1 && (name == "r" || name == "remaining") {
				return true
			}
		}
	}
	return false
}

// readFields reads one header for each number: -Remaining, -Limit (or -Max, or the bare prefix), and -Reset
// or -Interval-Milliseconds.
func readFields(h http.Header, prefix string, now time.Time) (told, bool) {
	remaining := first(h, prefix+"-Remaining")
	if remaining == "" {
		return told{}, false // every answer comes here, and most say nothing
	}
	reset := first(h, prefix+"-Reset")
	if ms, ok := number(first(h, prefix+"-Interval-Milliseconds")); ok && reset == "" {
		reset = strconv.FormatFloat(ms/1000, 'f', -1, 64)
	}
	limit := cmp.Or(first(h, prefix+"-Limit"), first(h, prefix+"-Max"), first(h, prefix))
	return newTold(remaining, limit, reset, now)
}

// first is h.Get for a name in canonical form.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// readMembers reads all numbers from one header, as "limit=100, remaining=50, reset=30" or as
// `"default";r=50;t=30`. Of several limits the one with least left counts.
func readMembers(text string, now time.Time) (least told, found bool) {
	if text == "" || len(text) > 1000 {
		return told{}, false
	}
	lists := []string{text} // the old form separates the members of one limit by commas, the new one limits
	if !strings.Contains(strings.ToLower(text), "remaining") {
		lists = strings.Split(text, ",")
	}
	for _, list := range lists {
		var remaining, limit, reset string
		for part := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ',' || c == ';' }) {
			name, value, _ := strings.Cut(part, "=")
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "r", "remaining":
				remaining = value
			case "t", "reset", "resets":
				reset = value
			case "q", "limit", "total":
				limit = value
			}
		}
		if t, ok := newTold(remaining, limit, reset, now); ok && (!found || t.left < least.left) {
			least, found = t, true
		}
	}
	return least, found
}

// newTold is false unless what is left and when that changes are known, the latter is to come, and both
// make sense. What is far away is cut to [mostHeld].
func newTold(remaining, limit, reset string, now time.Time) (told, bool) {
	calls, ok := number(remaining)
	at, dated := resetTime(reset, now)
	if !ok || !dated || !at.After(now) {
		return told{}, false
	}
	if latest := now.Add(mostHeld); at.After(latest) {
		at = latest
	}
	most, _ := number(limit)
	return told{left: bounded(calls), limit: bounded(most), reset: at}, true
}

// resetTime reads seconds from now, a Unix time in seconds or milliseconds, or a date.
func resetTime(text string, now time.Time) (time.Time, bool) {
	text = strings.TrimSpace(text)
	n, ok := number(text)
	switch {
	case ok && n > 1e11:
		return time.UnixMilli(int64(min(n, 1e15))), true
	case ok && n > 1e8:
		return time.Unix(int64(n), 0), true
	case ok:
		return now.Add(time.Duration(n * float64(time.Second))), true
	}
	for _, form := range []string{time.RFC3339, http.TimeFormat} {
		if at, err := time.Parse(form, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// number reads a number that is not below zero; what follows a comma or semicolon is of no concern.
func number(text string) (float64, bool) {
	if i := strings.IndexAny(text, ",;"); i >= 0 {
		text = text[:i]
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	return n, err == nil && n >= 0 && !math.IsInf(n, 0)
}

func bounded(n float64) int { return int(min(n, 1e9)) }
