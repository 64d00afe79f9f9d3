package quota

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest is more than anybody waits, and can be added to a time.
const longest = math.MaxInt32 * time.Second

// RetryAfter reads when an answer that came at received asks to be asked again (RFC 9110 §10.2.3): how long
// after that, 0 for at once. It is false for none and for garbage. Seconds may have a fraction, as some
// vendors write them, and are rounded up. A date is one on the source's own clock.
func RetryAfter(h http.Header, received time.Time) (wait time.Duration, said bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	if strings.Trim(text, "0123456789.") == "" {
		n, err := strconv.ParseFloat(text, 64)
		if err != nil && !math.IsInf(n, 1) {
			return 0, false
		}
		return seconds(math.Ceil(n)), true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, min(longest, at.Sub(clock(h, received)))), true
	}
	return 0, false
}

// clock is what the source's clock showed when its answer came: a date in it means nothing by ours, which may
// be hours ahead.
func clock(h http.Header, received time.Time) time.Time {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		return date
	}
	return received
}

// seconds is a duration of n seconds, which is not below zero.
func seconds(n float64) time.Duration {
	return time.Duration(min(n, longest.Seconds()) * float64(time.Second))
}
