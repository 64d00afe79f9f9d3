// Package wire writes and reads what outlives the process: a magic word, a version, fields, and the SHA-256 of all
// before. Texts and lists are preceded by their length, numbers are varints, times are Unix nanoseconds.
//
// Read [Reader], which never fails but once for all, then [Seal].
package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// Overhead is how many bytes there are around the fields of what [Seal] ends, beside its magic word.
const Overhead = 1 + sha256.Size

// Begin returns the head of what has that magic word and version, with room for size bytes.
func Begin(magic string, version byte, size int) []byte {
	b := make([]byte, 0, len(magic)+size+Overhead)
	return append(append(b, magic...), version)
}

// Seal ends what [Begin] began.
func Seal(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

// Open returns the version and the fields of what [Seal] ended. It is not ok if b has another magic word or is damaged.
func Open(magic string, b []byte) (version byte, fields *Reader, ok bool) {
	if len(b) < len(magic)+Overhead || string(b[:len(magic)]) != magic {
		return 0, nil, false
	}
	content, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if got := sha256.Sum256(content); !bytes.Equal(got[:], sum) {
		return 0, nil, false
	}
	return content[len(magic)], &Reader{b: content[len(magic)+1:]}, true
}

// AppendUint appends a number.
func AppendUint(b []byte, n uint64) []byte { return binary.AppendUvarint(b, n) }

// AppendInt appends a number that may be negative.
func AppendInt(b []byte, n int64) []byte { return binary.AppendVarint(b, n) }

// AppendFixed appends a number in eight bytes.
func AppendFixed(b []byte, n uint64) []byte { return binary.BigEndian.AppendUint64(b, n) }

// AppendBool appends a byte.
func AppendBool(b []byte, yes bool) []byte {
	if yes {
		return append(b, 1)
	}
	return append(b, 0)
}

// AppendTime appends t without its zone. The zero time stays zero.
func AppendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return AppendInt(b, 0)
	}
	return AppendInt(b, t.UnixNano())
}

// AppendText appends s.
func AppendText[T string | []byte](b []byte, s T) []byte {
	return append(AppendUint(b, uint64(len(s))), s...)
}

// AppendTexts appends a list.
func AppendTexts(b []byte, all []string) []byte {
	b = AppendUint(b, uint64(len(all)))
	for _, s := range all {
		b = AppendText(b, s)
	}
	return b
}

// AppendHeader appends names, in order, with their values.
func AppendHeader(b []byte, header map[string][]string) []byte {
	b = AppendUint(b, uint64(len(header)))
	var room [32]string
	names := room[:0]
	for name := range header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b = AppendText(b, name)
		b = AppendTexts(b, header[name])
	}
	return b
}

// Reader takes fields off what was written, in its order. After the first that does not fit everything is zero, and
// [Reader.Done] is false. It is not safe for concurrent use.
type Reader struct {
	b   []byte
	bad bool
}

// Done reports whether all has been read, and fitted.
func (r *Reader) Done() bool { return !r.bad && len(r.b) == 0 }

// Fail says that what was read cannot be.
func (r *Reader) Fail() { r.b, r.bad = nil, true }

// Uint reads what [AppendUint] wrote.
func (r *Reader) Uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Int reads what [AppendInt] wrote.
func (r *Reader) Int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.Fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Fixed reads what [AppendFixed] wrote.
func (r *Reader) Fixed() uint64 {
	b := r.Raw(8)
	if b == nil {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// Bool reads what [AppendBool] wrote.
func (r *Reader) Bool() bool {
	b := r.Raw(1)
	if b == nil {
		return false
	}
	if b[0] > 1 {
		r.Fail()
	}
	return b[0] == 1
}

// Time reads what [AppendTime] wrote.
func (r *Reader) Time() time.Time {
	n := r.Int()
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

// Count reads the length of a list whose items take at least size bytes each, one or more.
func (r *Reader) Count(size int) int {
	n := r.Uint()
	if n > uint64(len(r.b)/size) {
		r.Fail()
		return 0
	}
	return int(n) //nolint:gosec // at most len(r.b)
}

// Raw reads n bytes, which it shares with what is read; nil: there are not as many.
func (r *Reader) Raw(n int) []byte {
	if n > len(r.b) {
		r.Fail()
		return nil
	}
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

// Bytes reads what [AppendText] wrote, which it shares with what is read; nil where it is empty.
func (r *Reader) Bytes() []byte {
	if n := r.Count(1); n > 0 {
		return r.Raw(n)
	}
	return nil
}

// Text reads what [AppendText] wrote.
func (r *Reader) Text() string { return string(r.Bytes()) }

// Texts reads what [AppendTexts] wrote; nil for an empty list.
func (r *Reader) Texts() []string {
	n := r.Count(1)
	if n == 0 {
		return nil
	}
	all := make([]string, n)
	for i := range all {
		all[i] = r.Text()
	}
	return all
}

// Header reads what [AppendHeader] wrote; nil where there is none.
func (r *Reader) Header() map[string][]string {
	n := r.Count(2)
	if n == 0 {
		return nil
	}
	header := make(map[string][]string, n)
	for range n {
		name := r.Text()
		header[name] = r.Texts()
	}
	return header
}
