package mapping

import (
	"cmp"
	"math"
	"strconv"
	"strings"
)

// isNumber reports whether s is a JSON number (RFC 8259 §6).
func isNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if rest, ok := strings.CutPrefix(s, "."); ok {
		n := digits(rest)
		if n == 0 {
			return false
		}
		s = rest[n:]
	}
	if s == "" {
		return true
	}
	if s[0] != 'e' && s[0] != 'E' {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	return s != "" && digits(s) == len(s)
}

// digits returns how many decimal digits s begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// isInteger reports whether a number's literal is of the integer kind: without point and exponent.
func isInteger(literal string) bool { return !strings.ContainsAny(literal, ".eE") }

// number is a literal taken apart: ±0.digits × 10^exp, without zeros at either end of digits; zero has no digits.
type number struct {
	negative bool
	digits   string
	exp      int64
}

// parts takes a valid literal apart, in time proportional to its length.
// Exponents beyond ±2^61 count as that bound.
func parts(literal string) number {
	var n number
	literal, n.negative = strings.CutPrefix(literal, "-")
	mantissa := literal
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		mantissa, n.exp = literal[:i], exponent(literal[i+1:])
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	n.exp += int64(len(whole))
	all := whole + fraction
	n.digits = strings.TrimLeft(all, "0")
	n.exp -= int64(len(all) - len(n.digits))
	n.digits = strings.TrimRight(n.digits, "0")
	if n.digits == "" {
		return number{}
	}
	return n
}

func exponent(s string) int64 {
	const bound = 1 << 61
	e, _ := strconv.ParseInt(s, 10, 64) // out of range: the nearest
	return max(-bound, min(bound, e))
}

// compareNumbers orders two valid literals by value, exactly.
func compareNumbers(a, b string) int {
	if a == b {
		return 0
	}
	x, y := parts(a), parts(b)
	switch {
	case x.sign() != y.sign():
		return cmp.Compare(x.sign(), y.sign())
	case x.negative:
		return -compareSizes(x, y)
	default:
		return compareSizes(x, y)
	}
}

func compareSizes(x, y number) int {
	return cmp.Or(cmp.Compare(x.exp, y.exp), strings.Compare(x.digits, y.digits))
}

func (n number) sign() int {
	switch {
	case n.digits == "":
		return 0
	case n.negative:
		return -1
	default:
		return 1
	}
}

// whole reports whether n has no fraction.
func (n number) whole() bool { return int64(len(n.digits)) <= max(n.exp, 0) }

// truncated returns n rounded towards zero; ok is false when that is no int64.
func (n number) truncated() (i int64, ok bool) {
	if n.digits == "" || n.exp <= 0 {
		return 0, true
	}
	if n.exp > 19 {
		return 0, false
	}
	s := n.digits
	if int64(len(s)) > n.exp {
		s = s[:n.exp]
	}
	s += strings.Repeat("0", int(n.exp)-len(s))
	if n.negative {
		s = "-" + s
	}
	i, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, false
	}
	return i, true
}

// Int64 returns a whole number and true, however it is written (1, 1.0, 1e2);
// false for a fraction, for what does not fit, and for any other kind.
func (v Value) Int64() (int64, bool) {
	if v.kind != Number {
		return 0, false
	}
	if i, err := strconv.ParseInt(v.text, 10, 64); err == nil {
		return i, true
	}
	n := parts(v.text)
	if !n.whole() {
		return 0, false
	}
	return n.truncated()
}

// Float64 returns the nearest float and true; false for a number out of range and for any other kind.
func (v Value) Float64() (float64, bool) {
	if v.kind != Number {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.text, 64)
	return f, err == nil
}

// formatFloat writes a finite float in its shortest form as JSON.
func formatFloat(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		s := strconv.FormatFloat(f, 'e', -1, 64)
		return strings.Replace(s, "e-0", "e-", 1)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// formatDecimal is formatFloat for results that are decimals: 2.0 rather than 2.
func formatDecimal(f float64) string { return asDecimal(formatFloat(f)) }

// asDecimal makes a literal one of the decimal kind.
func asDecimal(literal string) string {
	if isInteger(literal) {
		return literal + ".0"
	}
	return literal
}
