package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// ID names an entry in memory and in a store: 128 bits of the SHA-256 of its key and scope. Two entries may have one
// name; key and scope are compared on read, so that none is taken for the other.
type ID [16]byte

// IDOf returns the name of what has that key and scope.
func IDOf(key, scope string) ID {
	var room [512]byte
	b := binary.AppendUvarint(room[:0], uint64(len(key)))
	b = append(b, key...)
	b = append(b, scope...)
	sum := sha256.Sum256(b)
	return ID(sum[:len(ID{})])
}

// tag is what is bumped when what has this name is deleted. Every entry has it, and none has it among its tags.
func (i ID) tag() Tag { return max(Tag(binary.BigEndian.Uint64(i[:])), reserved) }

// String returns 22 characters of base64url, which may stand in file names, URLs and subjects.
func (i ID) String() string { return base64.RawURLEncoding.EncodeToString(i[:]) }

// ParseID is the inverse of [ID.String].
func ParseID(text string) (ID, error) {
	var i ID
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != len(i) {
		return i, fmt.Errorf("%q is not the name of an entry", text)
	}
	return ID(b), nil
}
