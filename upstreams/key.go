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

// KeyPrefix is what the keys of all requests begin with, see [Client.Key].
func (u *Client) KeyPrefix() string { return u.keyPrefix }

// Key returns everything that can change the answer to r but the scope. Every part is preceded by its
// length, so that no two requests share a key: the name of the source and a hash of the headers it always sends, the
// method, the URL, the number of headers and then, by name, each with the number of its values, and the body; of values and body it has hashes.
func (u *Client) Key(r *Request) string {
	var room [1024]byte
	b := append(room[:0], u.keyPrefix...)
	b = appendPart(b, r.Method)
	b = appendPart(b, r.URL)
	b = appendHeader(b, r.Header, true)
	b = AppendHidden(b, r.Body)
	return string(b)
}

// keyOf is the key of r, which may have it.
func (u *Client) keyOf(r *Request) string {
	if r.Key != "" {
		return r.Key
	}
	return u.Key(r)
}

// itemOf stands in an item's key where those of requests have a method, of which none has a space in it.
const itemOf = "item of"

// itemKey returns everything that can change the item of that name but the scope. It is no request's key.
func (u *Client) itemKey(b *Batch, name string) string {
	var room [512]byte
	return string(appendPart(u.appendItems(room[:0], b), name))
}

// appendItems appends what the keys of all items of b begin with.
func (u *Client) appendItems(k []byte, b *Batch) []byte {
	k = append(k, u.keyPrefix...)
	k = appendPart(k, itemOf)
	k = appendPart(k, b.Connector)
	return appendPart(k, b.Inputs)
}

func appendHeader(b []byte, h map[string][]string, hidden bool) []byte {
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
			if hidden {
				b = AppendHidden(b, value)
			} else {
				b = appendPart(b, value)
			}
		}
	}
	return b
}

// AppendHidden appends a part of a key that nobody is to read, such as the value of a header, which may be a secret:
// keys are kept with the answers. It appends a hash, and of what is empty an empty part.
func AppendHidden[T string | []byte](b []byte, part T) []byte {
	if len(part) == 0 {
		return append(b, 0)
	}
	sum := sha256.Sum256([]byte(part))
	return appendPart(b, sum[:])
}

// AppendPart appends a part of a key, with its length before it.
func AppendPart[T string | []byte](b []byte, part T) []byte { return appendPart(b, part) }

func appendPart[T string | []byte](b []byte, part T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}
