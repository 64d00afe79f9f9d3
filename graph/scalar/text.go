package scalar

import (
	"errors"
	"io"
	"net/url"
	"strings"
	"unicode"

	"holdfast/connect/mapping"
)

// CurrencyCode is a currency of ISO 4217: three capital letters.
type CurrencyCode string

// ParseCurrencyCode reads three letters, of any case. It does not ask whether there is such a currency.
func ParseCurrencyCode(s string) (CurrencyCode, error) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	if len(s) != 3 || strings.Trim(s, letters) != "" {
		return "", errors.New("CurrencyCode: want three letters")
	}
	return CurrencyCode(strings.ToUpper(s)), nil
}

// String returns the code.
func (c CurrencyCode) String() string { return string(c) }

// MarshalGQL writes the code as a string.
func (c CurrencyCode) MarshalGQL(w io.Writer) { writeString(w, string(c)) }

// UnmarshalGQL accepts what [ParseCurrencyCode] reads.
func (c *CurrencyCode) UnmarshalGQL(in any) error {
	return input("CurrencyCode", c, in, ParseCurrencyCode)
}

// UnmarshalConnect accepts what [ParseCurrencyCode] reads.
func (c *CurrencyCode) UnmarshalConnect(v mapping.Value) error {
	return answer("CurrencyCode", c, v, ParseCurrencyCode)
}

// EmailAddress is an email address, trimmed and in lower case, as keys of people are compared.
type EmailAddress string

// ParseEmailAddress reads an address of at most 254 bytes: one @ with text on both sides and no blanks within.
// Whether it can receive mail is for the mail to find out. An API's empty string is an error; its mapping makes it null.
func ParseEmailAddress(s string) (EmailAddress, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	name, host, found := strings.Cut(s, "@")
	switch {
	case s == "":
		return "", errors.New("EmailAddress: empty")
	case len(s) > 254:
		return "", errors.New("EmailAddress: longer than 254 bytes")
	case !found || name == "" || host == "" || strings.Contains(host, "@") || strings.ContainsFunc(s, blankOrControl):
		return "", errors.New("EmailAddress: want name@host")
	}
	return EmailAddress(s), nil
}

// String returns the address.
func (e EmailAddress) String() string { return string(e) }

// MarshalGQL writes the address as a string.
func (e EmailAddress) MarshalGQL(w io.Writer) { writeString(w, string(e)) }

// UnmarshalGQL accepts what [ParseEmailAddress] reads.
func (e *EmailAddress) UnmarshalGQL(in any) error {
	return input("EmailAddress", e, in, ParseEmailAddress)
}

// UnmarshalConnect accepts what [ParseEmailAddress] reads.
func (e *EmailAddress) UnmarshalConnect(v mapping.Value) error {
	return answer("EmailAddress", e, v, ParseEmailAddress)
}

// URL is an absolute http or https URL, as it was received.
type URL string

// ParseURL reads an absolute http or https URL of at most 8 KiB, with a host and without blanks.
func ParseURL(s string) (URL, error) {
	if len(s) > 8<<10 {
		return "", errors.New("URL: longer than 8 KiB")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || strings.ContainsFunc(s, blankOrControl):
		return "", errors.New("URL: not a URL")
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return "", errors.New("URL: want an absolute http or https URL")
	}
	return URL(s), nil
}

// String returns the URL.
func (u URL) String() string { return string(u) }

// MarshalGQL writes the URL as a string.
func (u URL) MarshalGQL(w io.Writer) { writeString(w, string(u)) }

// UnmarshalGQL accepts what [ParseURL] reads.
func (u *URL) UnmarshalGQL(in any) error { return input("URL", u, in, ParseURL) }

// UnmarshalConnect accepts what [ParseURL] reads.
func (u *URL) UnmarshalConnect(v mapping.Value) error { return answer("URL", u, v, ParseURL) }

func blankOrControl(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

// input sets to from GraphQL input, by parse.
func input[T any](name string, to *T, in any, parse func(string) (T, error)) error {
	s, err := textInput(name, in)
	if err != nil {
		return err
	}
	return set(to, s, parse)
}

// answer sets to from a mapped answer, by parse.
func answer[T any](name string, to *T, v mapping.Value, parse func(string) (T, error)) error {
	s, err := text(name, v)
	if err != nil {
		return err
	}
	return set(to, s, parse)
}

func set[T any](to *T, s string, parse func(string) (T, error)) error {
	parsed, err := parse(s)
	if err == nil {
		*to = parsed
	}
	return err
}
