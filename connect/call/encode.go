package call

import "strings"

func isControl(r rune) bool { return r < 32 || r == 127 }

// hasControl says whether a text holds a control character.
func hasControl(text string) bool { return strings.ContainsFunc(text, isControl) }

const hexDigits = "0123456789ABCDEF"

// The characters, besides letters and digits, that are left as they are.
const (
	unreserved = "-._~"                             // of RFC 3986
	reserved   = unreserved + ":/?#[]@!$&'()*+,;=%" // mean what they say in a template
	ofForms    = "*-._"                             // of the URL standard's serializer of forms
)

// encode percent-encodes what an expression yields: all but the unreserved
// characters of RFC 3986.
func encode(s string) string { return string(appendEncoded(nil, s, unreserved)) }

// encodeConstant encodes what may not stand in a URL at all; the reserved
// characters of a template mean what they say.
func encodeConstant(s string) string { return string(appendEncoded(nil, s, reserved)) }

func appendEncoded(dst []byte, s, plain string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(plain, c) >= 0 {
			dst = append(dst, c)
			continue
		}
		dst = append(dst, '%', hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}
