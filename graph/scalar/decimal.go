package scalar

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"holdfast/connect/mapping"
)

const (
	maxDigits = 100 // of a Decimal, and what its exponent may move the point by
)

// Decimal is an exact decimal number. It keeps its digits and trailing zeros as they were received ("12.50") and never
// passes through a float. The zero Decimal is 0. Decimals are compared as written, by Equal: 1.0 is not 1.00.
type Decimal struct {
	text string // plain notation; "" is 0
}

// ParseDecimal reads a decimal number as JSON writes numbers, with at most 100 digits.
// An exponent may move the point by at most 100 places and is written out: "1.5e3" is 1500.
func ParseDecimal(s string) (Decimal, error) {
	if len(s) > 2*maxDigits {
		return Decimal{}, errors.New("Decimal: too many digits")
	}
	if mapping.NumberValue(s).IsMissing() {
		return Decimal{}, errors.New("Decimal: not a decimal number")
	}
	plain, err := withoutExponent(s)
	if err != nil {
		return Decimal{}, err
	}
	if len(plain)-strings.Count(plain, "-")-strings.Count(plain, ".") > maxDigits {
		return Decimal{}, errors.New("Decimal: too many digits")
	}
	return Decimal{plain}, nil
}

// String returns d in plain notation.
func (d Decimal) String() string {
	if d.text == "" {
		return "0"
	}
	return d.text
}

// Equal reports whether d and e are written alike.
func (d Decimal) Equal(e Decimal) bool { return d.String() == e.String() }

// MarshalText returns d in plain notation.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalGQL writes d as a string, for JSON numbers become floats in many clients.
func (d Decimal) MarshalGQL(w io.Writer) { writeString(w, d.String()) }

// UnmarshalGQL accepts a string, an integer, and a number in the variables. It refuses a fraction written as a number
// in the query text, which reaches it as a float.
func (d *Decimal) UnmarshalGQL(in any) error {
	switch in := in.(type) {
	case string:
		return d.parse(in)
	case json.Number:
		return d.parse(in.String())
	case int:
		return d.parse(strconv.Itoa(in))
	case int64:
		return d.parse(strconv.FormatInt(in, 10))
	case float64:
		return errors.New("Decimal: write fractions as a string, to keep them exact")
	default:
		return fmt.Errorf("Decimal: want a string or a number, got %s", kindOf(in))
	}
}

// UnmarshalConnect accepts a string or a number.
func (d *Decimal) UnmarshalConnect(v mapping.Value) error {
	if literal, ok := v.Literal(); ok {
		return d.parse(literal)
	}
	s, ok := v.Str()
	if !ok {
		return fmt.Errorf("Decimal: want a string or a number, got %s", v.Kind())
	}
	return d.parse(s)
}

func (d *Decimal) parse(s string) error {
	parsed, err := ParseDecimal(s)
	if err == nil {
		*d = parsed
	}
	return err
}

// withoutExponent writes a JSON number in plain notation.
func withoutExponent(s string) (string, error) {
	i := strings.IndexAny(s, "eE")
	if i < 0 {
		return s, nil
	}
	places, err := strconv.Atoi(s[i+1:])
	if err != nil || places > maxDigits || places < -maxDigits {
		return "", errors.New("Decimal: the exponent is too large")
	}
	mantissa, negative := strings.CutPrefix(s[:i], "-")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	sign := ""
	if negative {
		sign = "-"
	}
	return sign + movePoint(whole, fraction, places), nil
}

// movePoint moves the point of whole.fraction to the right, or to the left when places is negative.
func movePoint(whole, fraction string, places int) string {
	if places >= 0 {
		fraction += strings.Repeat("0", max(0, places-len(fraction)))
		whole, fraction = whole+fraction[:places], fraction[places:]
	} else {
		whole = strings.Repeat("0", max(0, 1-places-len(whole))) + whole
		cut := len(whole) + places
		whole, fraction = whole[:cut], whole[cut:]+fraction
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction == "" {
		return whole
	}
	return whole + "." + fraction
}
