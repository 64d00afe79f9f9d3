package freshness

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Directives is what an answer's headers say about its use. The zero value says nothing.
type Directives struct {
	// Cache-Control (RFC 9111 §5.2.2). Qualified forms, no-cache="field" and private="field", count as
	// unqualified: the RFC allows it, and nothing can leak that way.
	NoStore, NoCache, Private bool
	// MustRevalidate is also proxy-revalidate and, for a shared cache, what s-maxage implies.
	MustRevalidate, ProxyRevalidate bool
	// MustUnderstand takes the place of no-store where the status code is known.
	MustUnderstand bool
	// VaryAny is Vary: *: what the answer depends on is not all in its request (RFC 9110 §12.5.5).
	VaryAny bool

	MaxAge  Seconds // max-age
	SMaxAge Seconds // s-maxage: for shared caches, before max-age
	// WhileRevalidate and IfError are RFC 5861: how long past fresh an answer may be served while it is
	// asked again, and when asking fails.
	WhileRevalidate, IfError Seconds

	HasExpires  bool
	Expires     time.Time     // zero: in the past, which is also what an invalid Expires means
	Date        time.Time     // when the source made the answer; zero: not said
	AgeAtSource time.Duration // the Age header: time spent in caches before us
}

// Seconds is a number of seconds that may be missing.
type Seconds struct {
	Set bool
	For time.Duration
}

// Parse reads the headers of an answer. It never fails: unknown directives are ignored, of a repeated
// directive the first counts, a lifetime that cannot be read is zero (RFC 9111 §4.2.1).
func Parse(h http.Header) Directives {
	var d Directives
	cacheControl(h, d.take)
	d.HasExpires = len(h["Expires"]) > 0
	d.Expires, _ = date(h, "Expires") // invalid, as "0": the zero time is in the past
	d.Date, _ = date(h, "Date")
	for _, line := range h["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			d.VaryAny = d.VaryAny || strings.Trim(name, " \t") == "*"
		}
	}
	first, _, _ := strings.Cut(h.Get("Age"), ",")
	if age, ok := deltaSeconds(strings.TrimSpace(first)); ok {
		d.AgeAtSource = age
	}
	return d
}

// cacheControl calls take with each directive of all Cache-Control lines, in order.
func cacheControl(h http.Header, take func(name, value string)) {
	for _, line := range h["Cache-Control"] {
		for line != "" {
			var name, value string
			name, value, line = directive(line)
			take(name, value)
		}
	}
}

func (d *Directives) take(name, value string) {
	switch {
	case strings.EqualFold(name, "no-store"):
		d.NoStore = true
	case strings.EqualFold(name, "no-cache"):
		d.NoCache = true
	case strings.EqualFold(name, "private"):
		d.Private = true
	case strings.EqualFold(name, "must-revalidate"):
		d.MustRevalidate = true
	case strings.EqualFold(name, "proxy-revalidate"):
		d.ProxyRevalidate = true
	case strings.EqualFold(name, "must-understand"):
		d.MustUnderstand = true
	case strings.EqualFold(name, "max-age"):
		d.MaxAge.take(value)
	case strings.EqualFold(name, "s-maxage"):
		d.SMaxAge.take(value)
	case strings.EqualFold(name, "stale-while-revalidate"):
		d.WhileRevalidate.take(value)
	case strings.EqualFold(name, "stale-if-error"):
		d.IfError.take(value)
	}
}

func (s *Seconds) take(value string) {
	if s.Set {
		return
	}
	s.Set = true
	s.For, _ = deltaSeconds(value) // invalid freshness information is stale
}

// directive takes the first name[=value] off a Cache-Control line. The value may be a token or a quoted
// string, in which commas do not separate.
func directive(line string) (name, value, rest string) {
	end := strings.IndexAny(line, ",=")
	if end < 0 {
		return strings.TrimSpace(line), "", ""
	}
	name, rest = strings.TrimSpace(line[:end]), line[end+1:]
	if line[end] == ',' {
		return name, "", rest
	}
	rest = strings.TrimLeft(rest, " \t")
	if !strings.HasPrefix(rest, `"`) {
		value, rest, _ = strings.Cut(rest, ",")
		return name, strings.TrimSpace(value), rest
	}
	value, rest = quoted(rest[1:])
	_, rest, _ = strings.Cut(rest, ",")
	return name, value, rest
}

// quoted reads up to the closing quote. Escapes are kept as they are: no value we know has any.
func quoted(s string) (value, rest string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// deltaSeconds reads a non-negative number of seconds; what is too large is 2^31 (RFC 9111 §1.2.2).
func deltaSeconds(text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil || n > math.MaxInt32 {
		n = math.MaxInt32 + 1
	}
	return time.Duration(n) * time.Second, true //nolint:gosec // at most 2^31
}
