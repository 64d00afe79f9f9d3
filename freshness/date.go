package freshness

import (
	"net/http"
	"strings"
	"time"
)

// date reads the header of that name in one of the three forms of an HTTP date (RFC 9110 §5.6.7), letters in
// any case (RFC 9111 §4.2). It is not ok if there is none, more than one line, or anything that the form does
// not have, such as an hour of one digit or a second blank.
func date(h http.Header, name string) (at time.Time, ok bool) {
	lines := h[name]
	if len(lines) != 1 {
		return time.Time{}, false
	}
	text := lines[0]
	if zone := len(text) - len("GMT"); zone > 0 && strings.EqualFold(text[zone:], "GMT") {
		text = text[:zone] + "GMT"
	}
	for _, form := range []string{http.TimeFormat, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		at, err := time.Parse(form, text)
		var room [40]byte
		if err == nil && strings.EqualFold(afterDay(text), afterDay(string(at.AppendFormat(room[:0], form)))) { // Parse takes more than it writes
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// afterDay returns a date without the day of the week, which many get wrong.
func afterDay(date string) string { return date[max(0, strings.IndexByte(date, ' ')):] }
