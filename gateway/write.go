package gateway

import (
	"encoding/json"
	"net/http"
	"strconv"
	"sync"
)

// buffers are those that answers are put together in.
var buffers = sync.Pool{New: func() any { return new([]byte) }} //nolint:gochecknoglobals // a pool

// write sends the answer, in one piece unless it is large; the data goes out as the
// executor made it. An error means that nothing was sent.
func (a *answer) write(w http.ResponseWriter, media string, status int) error {
	buffer, _ := buffers.Get().(*[]byte)
	text, data, err := a.append((*buffer)[:0])
	if err != nil {
		return err
	}
	send(w, media, status, text, data)
	if cap(text) <= 2*mostKept {
		*buffer = text
		buffers.Put(buffer)
	}
	return nil
}

// send sends a text, with data where it belongs.
func send(w http.ResponseWriter, media string, status int, text []byte, data placed) {
	length := strconv.Itoa(len(text) + len(data.large))
	h := w.Header()
	h["Content-Type"] = contentType(media)
	h["X-Content-Type-Options"] = nosniff
	if v, ok := w.(*visit); ok {
		v.length[0] = length
		h["Content-Length"] = v.length[:]
		defer hold(&v.ctx, len(text)+len(data.large))()
	} else {
		h.Set("Content-Length", length)
	}
	w.WriteHeader(status)
	for _, part := range [][]byte{text[:data.at], data.large, text[data.at:]} {
		if len(part) == 0 {
			continue
		}
		if _, err := w.Write(part); err != nil {
			return // the client is gone
		}
	}
}

// placed is data that is too large to be copied, and where it belongs.
type placed struct {
	large json.RawMessage
	at    int
}

// append appends the answer as JSON, without data that is large.
func (a *answer) append(to []byte) (text []byte, data placed, err error) {
	to = append(to, '{')
	if len(a.Errors) > 0 {
		errs, err := json.Marshal(a.Errors)
		if err != nil {
			return nil, data, err
		}
		to = append(append(to, `"errors":`...), errs...)
		if a.executed {
			to = append(to, ',')
		}
	}
	switch {
	case !a.executed:
	case len(a.Data) == 0:
		to = append(to, `"data":null`...)
	case len(a.Data) > mostKept:
		to = append(to, `"data":`...)
		data = placed{a.Data, len(to)}
	default:
		to = append(append(to, `"data":`...), a.Data...)
	}
	if len(a.Extensions) > 0 {
		extensions, err := json.Marshal(a.Extensions)
		if err != nil {
			return nil, data, err
		}
		to = append(append(to, `,"extensions":`...), extensions...)
	}
	return append(to, '}'), data, nil
}

// The values of headers that most answers have: they are never changed.
//
//nolint:gochecknoglobals // constants
var (
	varyValue = []string{"Accept, " + traceHeader}
	nosniff   = []string{"nosniff"}
	noStore   = []string{"no-store"}
	plainType = []string{plainJSON + "; charset=utf-8"}
	newType   = []string{graphqlJSON + "; charset=utf-8"}
)

func contentType(media string) []string {
	if media == graphqlJSON {
		return newType
	}
	return plainType
}

// addHeader adds a value that is not changed.
func addHeader(h http.Header, name string, value []string) {
	if h[name] == nil {
		h[name] = value
		return
	}
	h[name] = append(h[name], value...)
}
