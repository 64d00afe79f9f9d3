package scalar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"holdfast/connect/mapping"
)

// Money is an amount in a currency, exact at all times. It is the object `Money {amount amountMinor currency}` of a
// schema: gqlgen finds the fields and the method by name. Money of the same amount and currency is == .
type Money struct {
	AmountMinor Int64 // in the currency's smallest unit: 1250 are 12.50 EUR, 1250 JPY, 1.250 KWD
	Currency    CurrencyCode
}

// ParseMoney returns a decimal amount of a currency. More digits than the currency has must be zeros.
func ParseMoney(amount Decimal, currency CurrencyCode) (Money, error) {
	whole, fraction, _ := strings.Cut(amount.String(), ".")
	digits := minorDigits(currency)
	fraction += strings.Repeat("0", max(0, digits-len(fraction)))
	if strings.Trim(fraction[digits:], "0") != "" {
		return Money{}, fmt.Errorf("Money: more than the %d digits of the currency", digits)
	}
	m := Money{Currency: currency}
	if m.AmountMinor.parse(whole+fraction[:digits]) != nil {
		return Money{}, errors.New("Money: the amount is too large")
	}
	return m, nil
}

// Amount returns the amount in the currency's main unit, with as many digits as the currency has.
func (m Money) Amount() Decimal { return Decimal{string(m.appendAmount(nil))} }

// appendAmount appends the amount in plain notation.
func (m Money) appendAmount(dst []byte) []byte {
	var minor [20]byte // an integer of 64 bits, with its sign
	s := strconv.AppendInt(minor[:0], int64(m.AmountMinor), 10)
	if s[0] == '-' {
		dst, s = append(dst, '-'), s[1:]
	}
	digits := minorDigits(m.Currency)
	if digits == 0 {
		return append(dst, s...)
	}
	var padded [24]byte
	p := padded[:0]
	for range digits + 1 - len(s) {
		p = append(p, '0')
	}
	p = append(p, s...)
	dst = append(append(dst, p[:len(p)-digits]...), '.')
	return append(dst, p[len(p)-digits:]...)
}

// String returns the amount and the currency: "12.50 EUR".
func (m Money) String() string { return m.Amount().String() + " " + string(m.Currency) }

// UnmarshalConnect accepts an object with currency and either amount (a decimal string or number) or amountMinor
// (an integer); null counts as absent. With both, they must agree.
func (m *Money) UnmarshalConnect(v mapping.Value) error {
	if !v.IsObject() {
		return fmt.Errorf("Money: want an object, got %s", v.Kind())
	}
	var got Money
	if err := got.Currency.UnmarshalConnect(v.Get("currency")); err != nil {
		return fmt.Errorf("Money: currency: %w", err)
	}
	amount, minor := v.Get("amount"), v.Get("amountMinor")
	hasAmount, hasMinor := present(amount), present(minor)
	if !hasAmount && !hasMinor {
		return errors.New("Money: neither amount nor amountMinor")
	}
	if hasMinor {
		if err := got.AmountMinor.UnmarshalConnect(minor); err != nil {
			return fmt.Errorf("Money: amountMinor: %w", err)
		}
	}
	if hasAmount {
		exact, err := moneyOf(amount, got.Currency)
		if err != nil {
			return err
		}
		if hasMinor && exact != got {
			return errors.New("Money: amount and amountMinor differ")
		}
		got = exact
	}
	*m = got
	return nil
}

func moneyOf(amount mapping.Value, currency CurrencyCode) (Money, error) {
	var d Decimal
	if err := d.UnmarshalConnect(amount); err != nil {
		return Money{}, fmt.Errorf("Money: amount: %w", err)
	}
	return ParseMoney(d, currency)
}

func present(v mapping.Value) bool { return !v.IsMissing() && !v.IsNull() }

// minorDigits returns how many digits a currency has after the point (ISO 4217, 2024-06; funds and unknown codes: 2).
func minorDigits(c CurrencyCode) int {
	switch c {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	default:
		return 2
	}
}
