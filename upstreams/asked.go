package upstreams

import "encoding/binary"

// Asked is what a key says was asked for, for people to look at: a request, or an item of a batch.
type Asked struct {
	Source      string
	Method, URL string // of a request
	Connector   string // of an item
	Item        string // the item's name
}

// ReadKey is what [Client.Key], or the key of an item of a batch, was made of; false for no such key. It leaves out
// headers and bodies.
func ReadKey(key string) (Asked, bool) {
	r := keyReader{rest: key, ok: true}
	a := Asked{Source: r.part()}
	r.part() // headers that are always sent
	a.Method = r.part()
	if a.Method != itemOf {
		a.URL = r.part()
		return a, r.ok
	}
	a.Method = ""
	a.Connector = r.part()
	r.part() // inputs
	a.Item = r.part()
	return a, r.ok
}

// keyReader takes parts off a key.
type keyReader struct {
	rest string
	ok   bool
}

func (r *keyReader) part() string {
	n, size := binary.Uvarint([]byte(r.rest[:min(len(r.rest), binary.MaxVarintLen64)]))
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.rest, r.ok = "", false
		return ""
	}
	end := size + int(n) //nolint:gosec // it fits: see above
	part := r.rest[size:end]
	r.rest = r.rest[end:]
	return part
}
