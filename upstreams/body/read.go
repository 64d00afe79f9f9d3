// Package body reads the bodies of answers: decoded, complete and bounded, or an error that says which it is not.
// Read [Read] first.
package body

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Why a body is of no use. Any other error is the connection's.
var (
	ErrOversize = errors.New("the answer is too large")
	ErrEncoding = errors.New("the answer is not encoded as it says")
	ErrUpgrade  = errors.New("the answer changes the protocol, which nobody asked for")
)

// Read reads the body if it is complete, and neither it nor what it decodes to is larger than most.
func Read(req *http.Request, resp *http.Response, most int64) ([]byte, error) {
	const trust = 1 << 20 // a Content-Length may lie: reserve no more than this for it
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		return nil, ErrUpgrade // there is a connection in place of a body
	case resp.ContentLength > most && req.Method != http.MethodHead:
		return nil, ErrOversize
	}
	d, err := decode(resp.Header, &wire{from: resp.Body, most: most})
	defer d.close()
	if err != nil {
		return nil, d.blame(err)
	}
	var b bytes.Buffer
	b.Grow(int(min(max(0, resp.ContentLength), most, trust)) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(d, most+1))
	switch {
	case n > most:
		return nil, ErrOversize
	case err != nil:
		return nil, d.blame(err)
	case !d.atEnd():
		return nil, fmt.Errorf("%w: something follows it", ErrEncoding)
	case d.failed() != nil: // behind what was decoded
		return nil, d.blame(d.failed())
	case d.wires[0].n < resp.ContentLength && req.Method != http.MethodHead:
		return nil, fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)
	}
	return b.Bytes(), nil
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
