// Package body reads the bodies of answers: decoded, complete and bounded, or an error that says which it is not.
// Read [Read] first.
package body

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// Why a body is of no use. Any other error is the connection's.
var (
	ErrOversize = errors.New("the answer is too large")
	ErrEncoding = errors.New("the answer is not encoded as it says")
	ErrUpgrade  = errors.New("the answer changes the protocol, which nobody asked for")
)

// Read reads the body if it is complete, and neither it nor what it decodes to is larger than most. It counts in room,
// which may be nil, until that is closed.
func Read(req *http.Request, resp *http.Response, most int64, room *Room) ([]byte, error) {
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		return nil, ErrUpgrade // there is a connection in place of a body
	case resp.ContentLength > most && req.Method != http.MethodHead:
		return nil, ErrOversize
	}
	d, err := decode(resp.Header, resp.Body, most)
	defer d.close()
	if err != nil {
		return nil, d.blame(err)
	}
	content, err := fill(req.Context(), d, resp.ContentLength, most, room)
	switch {
	case errors.Is(err, ErrOversize), errors.Is(err, ErrOverload):
		return nil, err
	case err != nil:
		return nil, d.blame(err)
	case !d.atEnd():
		return nil, fmt.Errorf("%w: something follows it", ErrEncoding)
	case d.failed() != nil: // behind what was decoded
		return nil, d.blame(d.failed())
	case d.wires[0].n < resp.ContentLength && req.Method != http.MethodHead:
		return nil, fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)
	}
	return content, nil
}

// fill reads all of from, which is said to be so long and is [ErrOversize] beyond most, into a slice of its size.
func fill(ctx context.Context, from io.Reader, said, most int64, room *Room) ([]byte, error) {
	const first, trust = 512, 1 << 20 // a Content-Length may lie: reserve no more than that for it
	room.begin(most + 1)
	var content []byte
	size := int64(first)
	if said >= 0 {
		size = min(said+1, most+1, trust)
	}
	for ; ; size = min(2*size, most+1, max(size+1, room.limit())) {
		if err := room.grow(ctx, size); err != nil {
			return nil, err
		}
		content = append(make([]byte, 0, size), content...)
		for len(content) < cap(content) {
			n, err := from.Read(content[len(content):cap(content)])
			content = content[:len(content)+n]
			if errors.Is(err, io.EOF) {
				if cap(content)-len(content) > 1+len(content)/8 {
					content = bytes.Clone(content)
				}
				room.settle(int64(len(content)))
				return slices.Clip(content), nil
			}
			if err != nil {
				return nil, err
			}
		}
		if int64(len(content)) > most {
			return nil, ErrOversize
		}
	}
}

// wire reads up to most bytes, encoded or not, and remembers how that ended.
type wire struct {
	from    io.Reader
	most, n int64
	ahead   []byte // one byte that was read to see whether there is one
	err     error
}

// Read implements [io.Reader].
func (c *wire) Read(p []byte) (int, error) {
	if len(c.ahead) > 0 && len(p) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.from.Read(p)
	c.n += int64(n)
	if c.n > c.most {
		n, err = 0, ErrOversize
	}
	c.err = err
	return n, err
}

// atEnd reports whether nothing is left to read.
func (c *wire) atEnd() bool {
	var one [1]byte
	for len(c.ahead) == 0 && c.err == nil {
		n, _ := c.Read(one[:])
		c.ahead = one[:n]
	}
	return len(c.ahead) == 0
}
