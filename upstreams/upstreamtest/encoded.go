package upstreamtest

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// encoded is the truth under the name of an encoding, after what is really done to it.
func encoded(name string, steps ...func([]byte) []byte) func(string) string {
	return func(truth string) string {
		b := []byte(truth)
		for _, step := range steps {
			b = step(b)
		}
		return with("Content-Encoding: "+name, fmt.Sprintf("Content-Length: %d", len(b)))(string(b))
	}
}

func more(b []byte) []byte { return append(b, "more, and more than a header"...) }
func half(b []byte) []byte { return b[:len(b)/2] }
func bomb([]byte) []byte   { return bytes.Repeat([]byte(" "), 16<<20) }

func gzipped(b []byte) []byte {
	return through(b, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
}

func zlibbed(b []byte) []byte {
	return through(b, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil })
}

func deflated(b []byte) []byte {
	return through(b, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
}

func brotlied(b []byte) []byte {
	return through(b, func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriterLevel(w, 1), nil })
}

func zstded(b []byte) []byte {
	return through(b, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
}

func through(b []byte, encoder func(io.Writer) (io.WriteCloser, error)) []byte {
	var out bytes.Buffer
	w, err := encoder(&out)
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // writing to memory
	}
	return out.Bytes()
}
