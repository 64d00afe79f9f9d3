package outbox

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
)

// ID names a write: 128 bits.
type ID [16]byte

// IDOf returns the name of the write that somebody wants made once for key: arithmetic, so that two who ask at once, on
// two gateways, mean one record. A key is unique within its field and namespace, whoever the caller is.
func IDOf(field, namespace, key string) ID { return ID(digest("hfw1", field, namespace, key)) }

// NewID returns a name by chance, for a write without a key.
func NewID() (id ID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func compareIDs(a, b ID) int { return bytes.Compare(a[:], b[:]) }

// Reserved reports whether id names one of the few records that are no writes: what a person holds, and what was deleted.
// A [Journal] that is full takes them all the same.
func (id ID) Reserved() bool { return [4]byte(id[:4]) == [4]byte{} }

// reserved returns the name of such a record.
func reserved(kind string, parts ...string) ID {
	id := digest(kind, parts...)
	clear(id[:4])
	return id
}

// VendorKeyOf returns the key that the source is given for the write of that name: never the caller's own, since two
// callers who choose the same share one account there. It has 26 characters, which fits every vendor's limit.
func VendorKeyOf(source string, id ID) string { return vendorKey(source, id, 0) }

// vendorKey is the key after it was known as often that what was sent under the one before has not been made: a vendor
// may repeat a failure that he stored under an old key for as long as he keeps it.
func vendorKey(source string, id ID, renewed int) string {
	parts := []string{source, string(id[:])}
	if renewed > 0 {
		parts = append(parts, string(binary.AppendUvarint(nil, uint64(renewed)))) //nolint:gosec // small
	}
	return text(digest("hfk1", parts...))
}

// digest returns 128 bits of the SHA-256 of parts, which cannot run into each other.
func digest(kind string, parts ...string) [16]byte {
	b := []byte(kind)
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

const textLength = 26 // of 128 bits

func text(b [16]byte) string {
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

func parse(s string) (b [16]byte, ok bool) {
	got, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(s))
	if err != nil || len(got) != len(b) {
		return b, false
	}
	b = [16]byte(got)
	return b, text(b) == s
}

// String returns 26 characters of a-z and 2-7, which may stand in file names, URLs and subjects.
func (id ID) String() string { return text(id) }

// ParseID is the inverse of [ID.String].
func ParseID(s string) (ID, error) {
	b, ok := parse(s)
	if !ok {
		return ID{}, fmt.Errorf("%q is not the name of a write", s)
	}
	return b, nil
}

// Token is what only those know who were told of a write: who has it may see it, and cancel it.
type Token [16]byte

// NewToken returns one by chance.
func NewToken() (t Token) {
	_, _ = rand.Read(t[:]) // never fails
	return t
}

// Equal takes as long whether they are or not.
func (t Token) Equal(other Token) bool { return subtle.ConstantTimeCompare(t[:], other[:]) == 1 }

// PublicID is what callers are told: the name and the token.
func PublicID(id ID, t Token) string { return id.String() + "-" + text(t) }

// ParsePublicID is the inverse of [PublicID]. The error does not repeat s, which is a secret.
func ParsePublicID(s string) (ID, Token, error) {
	if len(s) == 2*textLength+1 && s[textLength] == '-' {
		id, ok := parse(s[:textLength])
		t, also := parse(s[textLength+1:])
		if ok && also {
			return id, t, nil
		}
	}
	return ID{}, Token{}, fmt.Errorf("that is not the id of a write: it has %d characters of a-z and 2-7 around a hyphen", 2*textLength)
}
