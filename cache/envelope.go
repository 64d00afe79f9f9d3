package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"
)

// An envelope is what a Store keeps of an entry: magic, version, fields, SHA-256 of all before. Texts
// and lists are preceded by their length, numbers are varints, times are Unix nanoseconds.
const (
	envelopeMagic   = "HFE"
	envelopeVersion = 3
)

// seal encodes e, which may be used until the given time.
func seal(e *Entry, until time.Time) []byte {
	b := make([]byte, 0, e.Size()+sha256.Size)
	b = append(b, envelopeMagic...)
	b = append(b, envelopeVersion)
	b = appendText(b, e.Key)
	b = appendText(b, e.Scope)
	b = binary.AppendVarint(b, int64(e.Status))
	b = binary.AppendVarint(b, e.Asked.UnixNano())
	b = binary.AppendVarint(b, e.Received.UnixNano())
	b = binary.AppendVarint(b, until.UnixNano())
	b = binary.AppendUvarint(b, uint64(len(e.Header)))
	var room [32]string
	names := room[:0]
	for name := range e.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b = appendText(b, name)
		b = appendTexts(b, e.Header[name])
	}
	b = binary.AppendUvarint(b, uint64(len(e.Tags)))
	for _, tag := range e.Tags {
		b = binary.BigEndian.AppendUint64(b, uint64(tag))
	}
	for _, n := range [...]uint64{e.AsOf.Process, e.AsOf.Number, e.AsOf.Incarnation, e.AsOf.Sequence} {
		b = binary.AppendUvarint(b, n)
	}
	b = appendText(b, e.Body)
	sum := sha256.Sum256(b)
	return append(b, sum[:]...)
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTexts(b []byte, all []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(all)))
	for _, s := range all {
		b = appendText(b, s)
	}
	return b
}

// open decodes what seal made, whose body it shares. It is not ok if b is none of ours, of another
// version, or damaged.
func open(b []byte) (e *Entry, until time.Time, ok bool) {
	head := len(envelopeMagic) + 1
	if len(b) < head+sha256.Size || string(b[:head-1]) != envelopeMagic || b[head-1] != envelopeVersion {
		return nil, time.Time{}, false
	}
	content, sum := b[:len(b)-sha256.Size], b[len(b)-sha256.Size:]
	if got := sha256.Sum256(content); !bytes.Equal(got[:], sum) {
		return nil, time.Time{}, false
	}
	r := reader{b: content[head:]}
	e = &Entry{
		Key:      string(r.bytes()),
		Scope:    string(r.bytes()),
		Status:   int(r.int()),
		Asked:    r.time(),
		Received: r.time(),
	}
	until = r.time()
	if n := r.count(2); n > 0 {
		e.Header = make(map[string][]string, n)
		for range n {
			name := string(r.bytes())
			e.Header[name] = r.texts()
		}
	}
	e.Tags = r.tags()
	e.AsOf = AsOf{r.uint(), r.uint(), Place{r.uint(), r.uint()}}
	e.Body = r.bytes()
	if r.bad || len(r.b) != 0 {
		return nil, time.Time{}, false
	}
	return e, until, true
}

// reader takes fields off b. After the first that does not fit, bad is set and everything is zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) fail() { r.b, r.bad = nil, true }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads the length of a list whose items take at least size bytes each.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.b)/size) {
		r.fail()
		return 0
	}
	return int(n) //nolint:gosec // at most len(r.b)
}

func (r *reader) time() time.Time { return time.Unix(0, r.int()) }

func (r *reader) bytes() []byte {
	n := r.count(1)
	taken := r.b[:n:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) texts() []string {
	n := r.count(1)
	if n == 0 {
		return nil
	}
	all := make([]string, n)
	for i := range all {
		all[i] = string(r.bytes())
	}
	return all
}

func (r *reader) tags() []Tag {
	n := r.count(8)
	if n == 0 {
		return nil
	}
	all := make([]Tag, n)
	for i := range all {
		all[i] = Tag(binary.BigEndian.Uint64(r.b))
		r.b = r.b[8:]
	}
	return all
}
