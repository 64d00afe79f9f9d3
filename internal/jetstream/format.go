package jetstream

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// formatVersion is of everything below DIR/store. A program reads a directory of its own version alone.
const formatVersion = 1

// format is what the file DIR/store/format says. Every version writes the first line and the last, so that one that
// is newer can be told from one that is damaged:
//
//	holdfast store 1
//	key SALT FINGERPRINT | key none
//	sum SHA-256 of all before
type format struct {
	version     int
	salt        string // "": nothing is encrypted
	fingerprint string
}

var errDamaged = errors.New("is damaged")

func newFormat(key []byte) format {
	f := format{version: formatVersion}
	if key != nil {
		f.salt = rand.Text()
		f.fingerprint = fingerprint(key, f.salt)
	}
	return f
}

// refuses returns why a directory of this format cannot be used with a key, nil if it can.
func (f format) refuses(path string, key []byte) error {
	var reason string
	switch {
	case f.version > formatVersion:
		reason = fmt.Sprintf("was written by a newer version (its format is %d, mine %d): use that version, or another directory", f.version, formatVersion)
	case f.version < formatVersion:
		reason = fmt.Sprintf("has format %d, which no version has", f.version)
	case f.salt == "" && key != nil:
		reason = "is not encrypted, but cache.store.key is set: remove the key, or use another directory"
	case f.salt != "" && key == nil:
		reason = "is encrypted, but cache.store.key is not set"
	case f.salt != "" && !hmac.Equal([]byte(f.fingerprint), []byte(fingerprint(key, f.salt))):
		reason = "was encrypted with another key than cache.store.key"
	default:
		return nil
	}
	return &Refused{path + ": " + reason + "; nothing in it was touched"}
}

// text is what the file says, without its last line.
func (f format) text() []byte {
	key := "none"
	if f.salt != "" {
		key = f.salt + " " + f.fingerprint
	}
	return fmt.Appendf(nil, "holdfast store %d\nkey %s\n", f.version, key)
}

func parseFormat(text []byte) (format, error) {
	content, ok := summed(text)
	if !ok {
		return format{}, errDamaged
	}
	head, rest, _ := strings.Cut(string(content), "\n")
	version, err := strconv.Atoi(strings.TrimPrefix(head, "holdfast store "))
	if err != nil {
		return format{}, errDamaged
	}
	f := format{version: version}
	if version != formatVersion {
		return f, nil // what else it says is its own matter
	}
	switch words := strings.Fields(rest); {
	case len(words) == 2 && words[1] == "none":
		return f, nil
	case len(words) == 3:
		f.salt, f.fingerprint = words[1], words[2]
		return f, nil
	}
	return format{}, errDamaged
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// fingerprint tells whether a key is the same, and nothing of it.
func fingerprint(key []byte, salt string) string {
	return derive(key, salt, "holdfast store fingerprint")
}

// derive returns a key for one purpose.
func derive(key []byte, salt, purpose string) string {
	b, err := hkdf.Key(sha256.New, key, []byte(salt), purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return hex.EncodeToString(b)
}

// read returns fs.ErrNotExist where there is no format, and errDamaged.
func readFormat(path string) (format, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the operator's directory
	if errors.Is(err, fs.ErrNotExist) {
		return format{}, fs.ErrNotExist
	}
	if err != nil {
		return format{}, refusedPath(err)
	}
	return parseFormat(text)
}

// write is whole or not there, also after the power failed.
func (f format) write(path string) error {
	return writeWhole(path, func(*os.File) []byte { return f.text() })
}

// syncDir makes what was renamed in a directory last; not every system can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil { //nolint:gosec // the operator's directory
		_ = d.Sync()
		_ = d.Close()
	}
}
