// Package page is what a browser shows of an admin listener: the changes that are recorded, and what can be done about
// them. It is files and nothing else: who opens it needs a token to be told anything, which the page finds behind the #
// of its address, where no server sees it, and keeps in the tab.
//
// Read web/page.js first. Nothing is built: what is in web/ is served as it is.
package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

// policy lets the page load its own files and ask its own listener, and nothing else: no script, style or image of
// another kind, no frame around it, and no text that becomes HTML.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// Page serves the page at / and its other files below /page/. It is an [http.Handler] and safe for concurrent use.
type Page struct{ files map[string]file }

type file struct {
	content    []byte
	media, tag string
}

// New returns the page.
func New() *Page {
	p := &Page{files: map[string]file{}}
	entries, err := fs.ReadDir(web, "web")
	if err != nil {
		panic(err) // it is not in the binary
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(web, "web/"+entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		p.files[at(entry.Name())] = file{content: content, media: media(entry.Name()), tag: `"` + hex.EncodeToString(sum[:8]) + `"`}
	}
	return p
}

// at is the path of a file in URLs.
func at(name string) string {
	if name == "index.html" {
		return "/"
	}
	return "/page/" + name
}

// media returns a media type; it does not depend on what the system knows.
func media(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "text/html; charset=utf-8"
}

// Serves reports whether r asks for a file of the page.
func (p *Page) Serves(r *http.Request) bool {
	_, ok := p.files[r.URL.Path]
	return ok && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// ServeHTTP answers one request; 404 if the page has no such file.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f, ok := p.files[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	for name, value := range map[string]string{
		"Cache-Control":                "no-cache",
		"Content-Security-Policy":      policy,
		"Content-Type":                 f.media,
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
		"ETag":                         f.tag,
		"Referrer-Policy":              "no-referrer",
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
	} {
		h.Set(name, value)
	}
	http.ServeContent(w, r, strings.TrimPrefix(r.URL.Path, "/page/"), time.Time{}, bytes.NewReader(f.content))
}
