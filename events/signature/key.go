package signature

import (
	"encoding/base64"
	"errors"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Key is what signatures are made with. The zero value is none, and nothing is believed for it.
type Key struct{ secret []byte }

// String says nothing of the key, so that no log does.
func (Key) String() string { return "(secret)" }

// GoString says nothing of the key.
func (Key) GoString() string { return "signature.Key{}" }

// Key returns the key of a secret as the sender shows it. The error says what is wrong, and nothing of the secret.
func (s *Scheme) Key(secret string) (Key, error) {
	if strings.TrimSpace(secret) == "" {
		return Key{}, errors.New("the secret is empty: anybody could sign with it")
	}
	bytes, err := s.secret(secret)
	if err != nil {
		return Key{}, err
	}
	return Key{bytes}, nil
}

// asShown is a secret that is used as its sender shows it.
func asShown(secret string) ([]byte, error) { return []byte(secret), nil }

// decomposed is a secret in the form NFKD of Unicode.
func decomposed(secret string) ([]byte, error) { return norm.NFKD.Bytes([]byte(secret)), nil }

// standard is a secret of Standard Webhooks: base64 after a prefix.
func standard(secret string) ([]byte, error) {
	bytes, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(bytes) == 0 {
		return nil, errors.New("a secret of Standard Webhooks is base64, mostly after whsec_")
	}
	return bytes, nil
}
