package document

import (
	"encoding/json"
	"strconv"
	"strings"
)

// scalar returns v as a value of a scalar, or why it is none, before v itself.
func scalar(name string, v any) (value any, wrong string) {
	switch name {
	case "Int":
		digits, ok := wholeNumber(v)
		if !ok {
			return nil, noInteger
		}
		n, err := strconv.ParseInt(digits, 10, 32)
		if err != nil {
			return nil, noInt32
		}
		return n, ""
	case "Float":
		n, err := strconv.ParseFloat(numberText(v), 64)
		if err != nil {
			return nil, noNumber
		}
		return n, ""
	case "ID":
		if s, ok := v.(string); ok {
			return s, ""
		}
		digits, ok := wholeNumber(v)
		if !ok {
			return nil, noID
		}
		return digits, ""
	case "String":
		if _, ok := v.(string); !ok {
			return nil, noString
		}
	case "Boolean":
		if _, ok := v.(bool); !ok {
			return nil, noBoolean
		}
	}
	return v, ""
}

// numberText is a number as JSON writes it; "" if v is none. Extensions may have
// made numbers of Go of those that came.
func numberText(v any) string {
	switch v := v.(type) {
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case int32:
		return strconv.FormatInt(int64(v), 10)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}

// mostDigits is how many digits a whole number has at most: beyond, JavaScript
// writes it with an exponent.
const mostDigits = 21

// wholeNumber writes a number without fraction and exponent: 1.0 is 1, 1e2 is 100.
// It reports whether that is possible without changing the number.
func wholeNumber(v any) (digits string, ok bool) {
	text := numberText(v)
	if text == "" {
		return "", false
	}
	unsigned := strings.TrimPrefix(text, "-")
	if unsigned != "0" && strings.Trim(unsigned, "0123456789") == "" {
		return text, len(unsigned) <= mostDigits
	}
	mantissa, exponent, _ := strings.Cut(strings.ToLower(unsigned), "e")
	integer, fraction, _ := strings.Cut(mantissa, ".")
	shift, err := strconv.Atoi(exponent)
	if exponent != "" && err != nil {
		return "", false // Inf and NaN, too
	}
	digits = strings.TrimLeft(integer+fraction, "0")
	shift -= len(fraction)
	for shift < 0 && strings.HasSuffix(digits, "0") {
		digits, shift = digits[:len(digits)-1], shift+1
	}
	switch {
	case digits == "":
		return "0", true
	case shift < 0 || len(digits)+shift > mostDigits:
		return "", false
	}
	digits += strings.Repeat("0", shift)
	if text[0] == '-' {
		digits = "-" + digits
	}
	return digits, true
}

// shown is a value as errors show it.
func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "this"
	}
	return clip(string(text))
}

// clip shortens s to what is shown of it, between two characters.
func clip(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown-len("…")], "") + "…"
}
