package sandbox

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Amounts are int64 in the minor unit of their currency, as Stripe has them.

// digits is how many digits the minor unit of a currency takes.
func digits(currency string) int {
	switch currency {
	case "JPY":
		return 0
	case "KWD":
		return 3
	default:
		return 2
	}
}

// decimal writes an amount as WooCommerce does: "29.35", "1200" yen, "4.500" dinar.
func decimal(minor int64, currency string) string {
	n := digits(currency)
	if n == 0 {
		return strconv.FormatInt(minor, 10)
	}
	sign, size := "", minor
	if minor < 0 {
		sign, size = "-", -minor
	}
	unit := int64(math.Pow10(n))
	return fmt.Sprintf("%s%d.%0*d", sign, size/unit, n, size%unit)
}

// trimmed is decimal without trailing zeros: "0.9".
func trimmed(minor int64, currency string) string {
	s := decimal(minor, currency)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// parseDecimal reads a plain decimal such as "29.35"; ok is false when it is
// none, is negative, or has more digits than the currency.
func parseDecimal(s, currency string) (minor int64, ok bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n := digits(currency)
	if whole == "" || len(fraction) > n {
		return 0, false
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", n-len(fraction)), 10, 64)
	return minor, err == nil && minor >= 0
}

// fromDollars converts cents at a fixed, made-up rate.
func fromDollars(cents int64, currency string) int64 {
	switch currency {
	case "EUR":
		return cents * 92 / 100
	case "JPY":
		return cents * 3 / 2
	case "KWD":
		return cents * 31 / 10
	default:
		return cents
	}
}
