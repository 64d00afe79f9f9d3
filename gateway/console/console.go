// Package console is the page at /: GraphiQL and all it needs, in this binary,
// so that it works where there is no internet.
//
// Read [New] first. The page is built from web/ by build.sh, and only what that
// leaves in dist/, gzipped, is part of the program.
package console

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed dist
var dist embed.FS

// policy lets the page load nothing from anywhere else, and run no script and
// apply no style that is not one of its files; web/src/inline-styles.js tells
// how the editor lives with the latter.
const policy = "default-src 'self'; font-src 'self' data:; img-src 'self' data:"

// Console serves the page at / and everything else of it below /console/. It is
// an [http.Handler] for GET and HEAD and safe for concurrent use.
type Console struct {
	files map[string]*file // by URL path
}

// New returns a page that opens with a tab for each of the examples, in their
// order, for those who have not been there before. Without examples it opens
// with GraphiQL's own welcome. The page sends its operations to graphql and
// asks for its files, both relative to its own address.
//
// The error tells of files that were built wrong.
func New(examples []Example) (*Console, error) {
	c := &Console{files: make(map[string]*file)}
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		path := strings.TrimSuffix(strings.TrimPrefix(name, "dist"), ".gz")
		c.files[path] = newFile(path, content)
		return nil
	})
	if err != nil {
		return nil, err
	}
	c.files["/"] = c.files["/index.html"]
	delete(c.files, "/index.html")
	c.files["/console/examples.json"], err = tabs("/console/examples.json", examples)
	return c, err
}

// ServeHTTP answers one request; 404 if the page has no such file.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := c.files[r.URL.Path]
	if f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	f.ServeHTTP(w, r)
}
