package events

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// Name tells events of all sources apart: what has the same is the same event, told of again.
type Name [16]byte

// NameOf returns the name of an event of a source by the identity that the source gives it.
func NameOf(source, id string) Name {
	h := sha256.New()
	h.Write([]byte("hfe1"))
	for _, text := range []string{source, id} {
		_ = binary.Write(h, binary.BigEndian, uint64(len(text))) // a hash takes all
		h.Write([]byte(text))
	}
	return Name(h.Sum(nil)[:16])
}

// String is the name as people and stores write it: 22 characters of base64, for URLs.
func (n Name) String() string { return base64.RawURLEncoding.EncodeToString(n[:]) }

// ParseName reads what String returns.
func ParseName(text string) (Name, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(Name{}) {
		return Name{}, errors.New("it is no ID of an event")
	}
	return Name(b), nil
}
