package scalar_test

import (
	"math/big"
	"strings"
	"testing"

	"holdfast/graph/scalar"
)

func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"0", "-12.50", "1e3", "1.2345e-2", "100e-2", "0e99", "-0.0e1", "1E+2", "00", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := scalar.ParseDecimal(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		got, plain := new(big.Rat).SetString(d.String())
		if !ok || !plain || want.Cmp(got) != 0 || strings.ContainsAny(d.String(), "eE") {
			t.Errorf("%q became %s", s, d)
		}
		if again, err := scalar.ParseDecimal(d.String()); err != nil || !again.Equal(d) {
			t.Errorf("%s became %s, %v", d, again, err)
		}
	})
}

func FuzzMoney(f *testing.F) {
	f.Add("12.50", "EUR")
	f.Add("-0.005", "KWD")
	f.Add("1e3", "JPY")
	f.Add("92233720368547758.07", "USD")
	f.Fuzz(func(t *testing.T, amount, currency string) {
		d, err := scalar.ParseDecimal(amount)
		if err != nil {
			return
		}
		c, err := scalar.ParseCurrencyCode(currency)
		if err != nil {
			return
		}
		m, err := scalar.ParseMoney(d, c)
		if err != nil {
			return
		}
		want, _ := new(big.Rat).SetString(amount)
		got, ok := new(big.Rat).SetString(m.Amount().String())
		if !ok || want.Cmp(got) != 0 {
			t.Errorf("%s %s became %s", amount, currency, m)
		}
		if again, err := scalar.ParseMoney(m.Amount(), m.Currency); err != nil || again != m {
			t.Errorf("%s became %s, %v", m, again, err)
		}
	})
}

func FuzzDateTime(f *testing.F) {
	for _, s := range []string{"2024-02-29T12:00:00Z", "2024-02-29T12:00:00.123456789+05:30", "2024-02-29T12:00:00", "9999-12-31T23:59:59-23:59"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := scalar.ParseDateTime(s)
		if err != nil {
			return
		}
		if again, err := scalar.ParseDateTime(d.String()); err != nil || !again.Equal(d) {
			t.Errorf("%s became %s, %v", d, again, err)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"a@b", " A@B.c ", "EUR", "https://example.com/?q=1", "http://[::1]:80/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if e, err := scalar.ParseEmailAddress(s); err == nil {
			if again, err := scalar.ParseEmailAddress(e.String()); err != nil || again != e {
				t.Errorf("%q became %q, %v", e, again, err)
			}
		}
		if c, err := scalar.ParseCurrencyCode(s); err == nil && len(c) != 3 {
			t.Errorf("currency %q", c)
		}
		if u, err := scalar.ParseURL(s); err == nil && !strings.HasPrefix(strings.ToLower(u.String()), "http") {
			t.Errorf("URL %q", u)
		}
	})
}
