package httpcache

import (
	"io"
	"net/http"

	"holdfast/cache"
	"holdfast/freshness"
)

// record sees to it that r is stored once all of its body has been read, and reports whether it will be.
func (t *Transport) record(x *exchange, r *reply) bool {
	s := freshness.NewStored(r.StatusCode, r.Header, r.asked, r.received)
	if r.ContentLength > t.opts.MaxBody || !t.storable(x, s) {
		return false
	}
	store := func(body []byte) {
		e := &cache.Entry{
			Scope: x.scope, Status: s.Status, Header: s.Header, Body: body,
			Asked: s.Asked, Received: s.Received,
		}
		t.put(x, &stored{Stored: s, entry: e}, r.epoch)
	}
	if r.Body == nil || r.Body == http.NoBody {
		if r.ContentLength <= 0 {
			store(nil)
		}
		return r.ContentLength <= 0
	}
	r.Body = &recorder{ReadCloser: r.Body, want: r.ContentLength, limit: t.opts.MaxBody, store: store}
	return true
}

// firstRoom is how much of an announced length is believed before it came.
const firstRoom = 1 << 20

// recorder is a body that is passed on as it comes, and stored when it came to its end. Like any body it
// is for one reader.
type recorder struct {
	io.ReadCloser
	body  []byte
	want  int64 // how long it is to be, -1 if unknown
	limit int64
	store func([]byte) // nil once it is decided
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if r.store == nil {
		return n, err
	}
	switch {
	case int64(len(r.body)+n) > r.limit:
		r.forget()
		return n, err
	case r.body == nil && r.want > 0:
		r.body = make([]byte, 0, min(r.want, firstRoom))
	}
	r.body = append(r.body, p[:n]...)
	switch {
	case err == io.EOF:
		r.end()
	case err != nil:
		r.forget()
	}
	return n, err
}

// Close stores the body also if its reader knew where it ends and did not wait to be told.
func (r *recorder) Close() error {
	if r.want >= 0 {
		r.end()
	}
	r.forget()
	return r.ReadCloser.Close()
}

// end stores the body if it has the length that was announced.
func (r *recorder) end() {
	if store := r.store; store != nil && (r.want < 0 || r.want == int64(len(r.body))) {
		body := r.body
		r.forget()
		store(body)
	}
	r.forget()
}

func (r *recorder) forget() { r.body, r.store = nil, nil }
