package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// file is one file of the page.
type file struct {
	media  string
	tag    string // what its ETag is made of
	cache  string // Cache-Control
	packed []byte // gzip
}

// newFile returns the file at a URL path; packed is its content, gzipped. Files
// with a hash in their name never change; all others are asked for again.
func newFile(at string, packed []byte) *file {
	sum := sha256.Sum256(packed)
	f := &file{media: media(at), tag: hex.EncodeToString(sum[:8]), cache: "no-cache", packed: packed}
	if hashed(at) {
		f.cache = "public, max-age=31536000, immutable"
	}
	return f
}

// hashed reports whether the name of a file ends as the build ends those it
// hashes: a dash and eight more before the extension.
func hashed(at string) bool {
	stem := strings.TrimSuffix(path.Base(at), path.Ext(at))
	return len(stem) > 8 && stem[len(stem)-9] == '-'
}

// media returns a media type; it does not depend on what the system knows.
func media(at string) string {
	switch path.Ext(at) {
	case "", ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json":
		return "application/json"
	case ".md":
		return "text/markdown; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".ttf":
		return "font/ttf"
	default:
		return "application/octet-stream"
	}
}

// ServeHTTP sends the file as it is kept to clients that accept that, and
// unpacked to the others. The two have different ETags (RFC 9110 §8.8.3.3).
func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", f.cache)
	h.Set("Content-Type", f.media)
	h.Set("Vary", "Accept-Encoding")
	body, tag := f.packed, f.tag+"-gzip"
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		h.Set("Content-Encoding", "gzip")
	} else {
		plain, err := f.unpack()
		if err != nil {
			panic(err) // built wrong, which a test would have found
		}
		body, tag = plain, f.tag
	}
	h.Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out where the content is encoded
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (f *file) unpack() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(f.packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// acceptsGzip reads the values of an Accept-Encoding header (RFC 9110 §12.5.3).
func acceptsGzip(values []string) bool {
	named, accepted := false, false
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		coding, weight, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		if coding != "gzip" && (coding != "*" || named) {
			continue
		}
		named = coding == "gzip"
		_, weight, weighed := strings.Cut(weight, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		accepted = !weighed || err == nil && q > 0
	}
	return accepted
}
