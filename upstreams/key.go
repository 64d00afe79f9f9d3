package upstreams

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
)

// keyPrefix is what every key of a source begins with: its name and a hash of the headers it always
// sends, which may hold secrets.
func keyPrefix(cfg Config) string {
	var headers []byte
	for _, name := range slices.Sorted(maps.Keys(cfg.Headers)) {
		headers = appendPart(headers, name)
		headers = appendPart(headers, cfg.Headers[name].Identity())
	}
	sum := sha256.Sum256(headers)
	return string(appendPart(appendPart(nil, cfg.Name), hex.EncodeToString(sum[:])))
}

// key returns everything that can change the answer to r but the scope. Every part is preceded by its
// length, so that no two requests share a key.
func (u *Client) key(r *Request) string {
	var room [1024]byte
	b := append(room[:0], u.keyPrefix...)
	b = appendPart(b, r.Method)
	b = appendPart(b, r.URL)
	b = appendHeader(b, r.Header)
	b = appendPart(b, r.Body)
	return string(b)
}

// itemKey returns everything that can change the item of that name but the scope. It is no request's key:
// no method has a space in it.
func (u *Client) itemKey(b *Batch, name string) string {
	var room [512]byte
	k := append(room[:0], u.keyPrefix...)
	k = appendPart(k, "item of")
	k = appendPart(k, b.Connector)
	k = appendPart(k, b.Inputs)
	k = appendPart(k, name)
	return string(k)
}

func appendHeader(b []byte, h map[string][]string) []byte {
	b = binary.AppendUvarint(b, uint64(len(h)))
	if len(h) == 0 {
		return b
	}
	var room [8]string
	names := room[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		b = appendPart(b, name)
		b = binary.AppendUvarint(b, uint64(len(h[name])))
		for _, value := range h[name] {
			b = appendPart(b, value)
		}
	}
	return b
}

func appendPart[T string | []byte](b []byte, part T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}
