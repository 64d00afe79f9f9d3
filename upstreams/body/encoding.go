package body

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// Encodings is what we ask for. Every answer is decoded before anybody sees it; deflate too, which some
// send unasked.
const Encodings = "gzip, br, zstd"

// mostEncodings is how often a body may be encoded: each time may make much of little.
const mostEncodings = 3

// decoded reads a body without its encodings, each of which reads from a wire of its own.
type decoded struct {
	io.Reader

	wire  wire     // the connection
	wires []*wire  // all; the first is wire
	room  [1]*wire // of wires, as a rule
	rest  []func() bool
	ends  []func()
}

// decode takes off body the encodings that h names, last first (RFC 9110 §8.4). An empty body, such as that of
// an answer to HEAD, says nothing in every encoding. What it returns is to be closed, also with an error.
func decode(h http.Header, body io.Reader, most int64) (*decoded, error) {
	d := &decoded{wire: wire{from: body, most: most}}
	from := &d.wire
	d.room[0] = from
	d.Reader, d.wires = from, d.room[:]
	if len(h["Content-Encoding"]) == 0 {
		return d, nil
	}
	var names []string
	for name := range strings.SplitSeq(strings.ToLower(strings.Join(h["Content-Encoding"], ",")), ",") {
		if name = strings.TrimSpace(name); name != "" && name != "identity" {
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 0 || from.atEnd():
		return d, nil
	case len(names) > mostEncodings:
		return d, fmt.Errorf("%w: too often", ErrEncoding)
	}
	for i, name := range slices.Backward(names) {
		if err := d.take(name); err != nil {
			return d, err
		}
		if i > 0 {
			next := &wire{from: d.Reader, most: from.most}
			d.Reader, d.wires = next, append(d.wires, next)
		}
	}
	return d, nil
}

// take takes off one encoding.
func (d *decoded) take(name string) error {
	switch name {
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(d.Reader)
		if err != nil {
			return err
		}
		d.Reader = z
	case "br":
		d.Reader = brotli.NewReader(d.Reader)
	case "zstd":
		const window = 8 << 20 // RFC 9659 §3
		z, err := zstd.NewReader(d.Reader, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return err
		}
		d.Reader, d.ends = z, append(d.ends, z.Close)
	case "deflate":
		return d.inflate()
	default:
		return fmt.Errorf("%w: an encoding that is not known", ErrEncoding)
	}
	return nil
}

// inflate takes off deflate: wrapped by zlib (RFC 1950), as it should be (RFC 9110 §8.4.1.2), or bare, as
// some send it. The two bytes before tell them apart.
func (d *decoded) inflate() error {
	b := bufio.NewReader(d.Reader) // of which no more is read than the encoding needs
	d.rest = append(d.rest, func() bool {
		_, err := b.Peek(1)
		return err == nil
	})
	head, err := b.Peek(2)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(head) < 2 || head[0]&0x0f != 8 || (int(head[0])<<8|int(head[1]))%31 != 0 {
		d.Reader = flate.NewReader(b)
		return nil
	}
	d.Reader, err = zlib.NewReader(b)
	return err
}

func (d *decoded) close() {
	for _, end := range slices.Backward(d.ends) {
		end()
	}
}

// atEnd reports whether nothing is left to read, in any encoding.
func (d *decoded) atEnd() bool {
	for _, more := range d.rest {
		if more() {
			return false
		}
	}
	for _, w := range d.wires {
		if !w.atEnd() {
			return false
		}
	}
	return true
}

// failed returns why one of the wires did not end well, nil if all did.
func (d *decoded) failed() error {
	for _, w := range d.wires {
		if w.err != nil && !errors.Is(w.err, io.EOF) {
			return w.err
		}
	}
	return nil
}

// blame says what it means that decoding ended with err: the connection's fault, a body cut short, or
// a body that is not what it says.
func (d *decoded) blame(err error) error {
	for i, w := range d.wires {
		if errors.Is(w.err, ErrOversize) || i == 0 && w.err != nil && !errors.Is(w.err, io.EOF) {
			return fmt.Errorf("read the answer: %w", w.err)
		}
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("read the answer: %w", err)
	case errors.Is(err, ErrEncoding):
		return err
	}
	return fmt.Errorf("%w: %w", ErrEncoding, err)
}
