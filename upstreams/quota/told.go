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
	left   int
	limit  int           // 0: not said
	reset  time.Duration // until the count begins again
	length time.Duration // of a window that rolls, in which there is no such moment; 0: it does not
}

// readTold reads the headers that begin with own, the vendor's prefix in canonical form, which may be "", or
// else RateLimit (the IETF's drafts, old and new), X-RateLimit or X-Rate-Limit. It is false for what is not
// there, says nothing of when calls come back, or makes no sense.
func readTold(h http.Header, own string, now time.Time) (told, bool) {
	for _, prefix := range prefixes(own) {
		if t, ok := readFields(h, prefix, now); ok {
			return t, true
		}
		if text := first(h, prefix); text != "" { // before the clock is read: most answers say nothing
			if t, ok := readMembers(text, first(h, prefix+"-Policy"), clock(h, now)); ok {
				return t, true
			}
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
// or the length of the window.
func readFields(h http.Header, prefix string, now time.Time) (told, bool) {
	remaining := first(h, prefix+"-Remaining")
	if remaining == "" {
		return told{}, false // every answer comes here, and most say nothing
	}
	limit := cmp.Or(first(h, prefix+"-Limit"), first(h, prefix+"-Max"), first(h, prefix))
	length, ok := number(first(h, prefix+"-Interval-Milliseconds"))
	if length /= 1000; !ok {
		length, _ = number(cmp.Or(
			first(h, prefix+"-Interval"), first(h, prefix+"-Window"), first(h, prefix+"-Period"),
			policyOf(limit, "", limit).window(), policyOf(first(h, prefix+"-Policy"), "", limit).window(),
		))
	}
	return newTold(remaining, limit, first(h, prefix+"-Reset"), length, clock(h, now))
}

// first is h.Get for a name in canonical form.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// longestField bounds the fields that are looked into.
const longestField = 1000

// readMembers reads all numbers from one header, as "limit=100, remaining=50, reset=30" or as
// `"default";r=50;t=30`, where the policy may say how long the window is. Of several limits the one with
// least left counts.
func readMembers(text, policy string, clock time.Time) (least told, found bool) {
	if len(text) > longestField {
		return told{}, false
	}
	lists := []string{text} // the old form separates the members of one limit by commas, the new one limits
	if !strings.Contains(strings.ToLower(text), "remaining") {
		lists = strings.Split(text, ",")
	}
	for _, list := range lists {
		m := membersOf(list)
		p := policyOf(policy, m[""], m.limit())
		length, _ := number(cmp.Or(m.window(), p.window()))
		t, ok := newTold(cmp.Or(m["r"], m["remaining"]), cmp.Or(m.limit(), p.limit()), cmp.Or(m["t"], m["reset"], m["resets"]), length, clock)
		if ok && (!found || t.left < least.left) {
			least, found = t, true
		}
	}
	return least, found
}

// members are the numbers of one limit, by their names in lower case. What has no value, as the name of the
// limit, is "".
type members map[string]string

func membersOf(list string) members {
	m := members{}
	for part := range strings.FieldsFuncSeq(list, func(c rune) bool { return c == ',' || c == ';' }) {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			name, value = "", name
		}
		m[strings.ToLower(strings.TrimSpace(name))] = strings.TrimSpace(value)
	}
	return m
}

func (m members) limit() string { return cmp.Or(m["q"], m["limit"], m["total"]) }

func (m members) window() string { return cmp.Or(m["w"], m["window"]) }

// policyOf finds a policy that says how long its window is in a list of them, as "100;w=60" or
// `"default";q=100;w=60`: the one of that name or else of that limit, or the only one. It may be nil.
func policyOf(text, name, limit string) members {
	if len(text) > longestField || !strings.Contains(text, "=") {
		return nil
	}
	quota, _ := number(limit)
	policies := strings.Split(text, ",")
	for _, policy := range policies {
		m := membersOf(policy)
		of, ok := number(cmp.Or(m.limit(), m[""]))
		if m.window() != "" && (len(policies) == 1 || name != "" && m[""] == name || name == "" && ok && of == quota) {
			return m
		}
	}
	return nil
}

// newTold is false unless what is left and when that changes are known, the latter is to come, and both
// make sense. What is far away is cut to [mostHeld]; the end of a window that is longer is asked about again.
func newTold(remaining, limit, reset string, length float64, clock time.Time) (told, bool) {
	calls, ok := number(remaining)
	if !ok {
		return told{}, false
	}
	most, _ := number(limit)
	t := told{left: bounded(calls), limit: bounded(most)}
	if in, ok := resetIn(reset, clock); ok {
		t.reset = min(in, mostHeld)
		return t, in > 0
	}
	span := seconds(length)
	if t.length = span; span >= mostHeld {
		t.reset, t.length = mostHeld, 0
	}
	return t, span > 0
}

// resetIn reads seconds from now, or a Unix time in seconds or milliseconds, or a date by the source's clock.
func resetIn(text string, clock time.Time) (time.Duration, bool) {
	text = strings.TrimSpace(text)
	n, ok := number(text)
	switch {
	case ok && n > 1e11:
		return time.UnixMilli(int64(min(n, 1e15))).Sub(clock), true
	case ok && n > 1e8:
		return time.Unix(int64(n), 0).Sub(clock), true
	case ok:
		return seconds(n), true
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at.Sub(clock), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(clock), true
	}
	return 0, false
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
