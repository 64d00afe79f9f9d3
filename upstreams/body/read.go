// Package body reads the bodies of answers: decoded, complete and bounded, or an error that says which it is not.
// Read [Read] first.
package body

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Encodings is what we ask for. Every answer is decoded before anybody sees it.
const Encodings = "gzip, br, zstd"

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
	raw := &wire{from: resp.Body, most: most}
	from, closeFrom, err := decoder(resp.Header, raw)
	if err != nil {
		return nil, raw.blame(err)
	}
	defer closeFrom()
	var b bytes.Buffer
	b.Grow(int(min(max(0, resp.ContentLength), most, trust)) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(from, most+1))
	switch {
	case n > most:
		return nil, ErrOversize
	case err != nil:
		return nil, raw.blame(err)
	case !raw.atEnd():
		return nil, fmt.Errorf("%w: something follows it", ErrEncoding)
	case raw.n < resp.ContentLength && req.Method != http.MethodHead:
		return nil, fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)
	}
	return b.Bytes(), nil
}

// decoder returns a reader of what the encoded body from says, and what ends it. An empty body, such as
// that of an answer to HEAD, says nothing in every encoding.
func decoder(h http.Header, from *wire) (io.Reader, func(), error) {
	nothing := func() {}
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(h["Content-Encoding"], ",")))
	if encoding == "" || encoding == "identity" {
		return from, nothing, nil
	}
	if from.atEnd() {
		return from, nothing, nil
	}
	switch encoding {
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(from)
		if err != nil {
			return nil, nil, err
		}
		return z, nothing, nil
	case "br":
		return brotli.NewReader(from), nothing, nil
	case "zstd":
		const window = 8 << 20 // RFC 9659 §3
		z, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, nil, err
		}
		return z, z.Close, nil
	}
	return nil, nil, fmt.Errorf("%w: an encoding nobody asked for", ErrEncoding)
}

// wire reads a body up to most bytes, and remembers how that ended.
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

// blame says what it means that decoding ended with err: the connection's fault, a body cut short, or
// a body that is not what it says.
func (c *wire) blame(err error) error {
	switch {
	case c.err != nil && !errors.Is(c.err, io.EOF):
		return fmt.Errorf("read the answer: %w", c.err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the answer: %w", err)
	case errors.Is(err, ErrEncoding):
		return err
	}
	return fmt.Errorf("%w: %w", ErrEncoding, err)
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
