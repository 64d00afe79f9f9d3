package scalar

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"holdfast/connect/mapping"
)

// DateTime is a point in time. It is kept and written in UTC, whatever the zone it was received in.
type DateTime struct{ t time.Time }

// NewDateTime returns t as a DateTime. Its year has to be from 1 to 9999, which RFC 3339 can write.
func NewDateTime(t time.Time) DateTime { return DateTime{t.UTC().Round(0)} }

// ParseDateTime reads a point in time as RFC 3339 writes it: with a zone, and a fraction if it likes.
func ParseDateTime(s string) (DateTime, error) {
	var text [maxDateTime]byte
	return parseDateTime(append(text[:0], s...))
}

// maxDateTime is the most bytes that a date and time is written with.
const maxDateTime = 64

func parseDateTime(s []byte) (DateTime, error) {
	var t time.Time
	if !strictShape(s) || t.UnmarshalText(s) != nil {
		return DateTime{}, errDateTime
	}
	return checked(t)
}

var errDateTime = errors.New("DateTime: want a date and time as in 2006-01-02T15:04:05Z")

// strictShape refuses what package time allows beyond RFC 3339: hours of one digit and a comma before the fraction.
func strictShape(s []byte) bool {
	const hours = len("2006-01-02T15")
	return len(s) > hours && len(s) <= maxDateTime && s[hours] == ':' && !bytes.Contains(s, []byte(","))
}

// Time returns the point in time, in UTC.
func (d DateTime) Time() time.Time { return d.t }

// Equal reports whether d and e are the same point in time.
func (d DateTime) Equal(e DateTime) bool { return d.t.Equal(e.t) }

// String returns d as RFC 3339 in UTC, with a fraction when there is one.
func (d DateTime) String() string { return d.t.Format(time.RFC3339Nano) }

// MarshalText returns d as String gives it.
func (d DateTime) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalGQL writes d as String gives it.
func (d DateTime) MarshalGQL(w io.Writer) { writeString(w, d.String()) }

// UnmarshalGQL accepts a string that [ParseDateTime] reads.
func (d *DateTime) UnmarshalGQL(in any) error {
	s, err := textInput("DateTime", in)
	if err != nil {
		return err
	}
	return d.set(ParseDateTime(s))
}

// UnmarshalConnect accepts what APIs send: RFC 3339; the same without a zone, which means UTC (an API that means
// another zone has to say so in its mapping); and a number, which counts seconds since 1970, with a fraction if it
// likes. Milliseconds are not guessed: of any date after 1978 they are out of range, and the mapping divides them.
func (d *DateTime) UnmarshalConnect(v mapping.Value) error {
	if literal, ok := v.Literal(); ok {
		return d.set(fromSeconds(v, literal))
	}
	s, ok := v.Str()
	if !ok {
		return fmt.Errorf("DateTime: want a string or a number, got %s", v.Kind())
	}
	if hasZone(s) {
		return d.set(ParseDateTime(s))
	}
	var utc [maxDateTime + 1]byte
	return d.set(parseDateTime(append(append(utc[:0], s...), 'Z')))
}

// hasZone says whether a date and time ends in a zone, if it is one.
func hasZone(s string) bool {
	const zone = len("+01:00")
	return s != "" && s[len(s)-1] == 'Z' || len(s) > zone && (s[len(s)-zone] == '+' || s[len(s)-zone] == '-')
}

func (d *DateTime) set(parsed DateTime, err error) error {
	if err == nil {
		*d = parsed
	}
	return err
}

// fromSeconds returns the point so many seconds after 1970. What is finer than a nanosecond is cut off.
func fromSeconds(v mapping.Value, literal string) (DateTime, error) {
	if n, ok := v.Int64(); ok {
		return checked(time.Unix(n, 0))
	}
	whole, fraction, _ := strings.Cut(literal, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return DateTime{}, errRange
	}
	nanos, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if err != nil {
		return DateTime{}, errRange
	}
	if strings.HasPrefix(whole, "-") {
		nanos = -nanos
	}
	return checked(time.Unix(seconds, nanos))
}

var errRange = errors.New("DateTime: want seconds since 1970 up to the year 9999")

// checked refuses what RFC 3339 cannot write.
func checked(t time.Time) (DateTime, error) {
	t = t.UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return DateTime{}, errRange
	}
	return DateTime{t}, nil
}
