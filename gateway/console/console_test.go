package console_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"holdfast/gateway/console"
)

func newConsole(t *testing.T, examples ...console.Example) *console.Console {
	t.Helper()
	c, err := console.New(examples)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// get asks for a path; headers are pairs.
func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// text reads a body, packed or not.
func text(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	if w.Header().Get("Content-Encoding") != "gzip" {
		return w.Body.String()
	}
	packed, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(packed)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEveryFile(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	names, err := filepath.Glob("dist/console/*-*.gz")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files are built: %v", len(names), err)
	}
	media := map[string]string{
		".js":  "text/javascript; charset=utf-8",
		".css": "text/css; charset=utf-8",
		".svg": "image/svg+xml",
		".ttf": "font/ttf",
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := strings.TrimSuffix(strings.TrimPrefix(name, "dist"), ".gz")
			packed := get(t, c, at, "Accept-Encoding", "gzip, br")
			want := map[string]string{
				"Cache-Control":           "public, max-age=31536000, immutable",
				"Content-Encoding":        "gzip",
				"Content-Length":          strconv.FormatInt(size(t, name), 10),
				"Content-Security-Policy": "default-src 'self'; font-src 'self' data:; img-src 'self' data:",
				"Content-Type":            media[path.Ext(at)],
				"Vary":                    "Accept-Encoding",
				"X-Content-Type-Options":  "nosniff",
				"X-Frame-Options":         "DENY",
			}
			for key, value := range want {
				if is := packed.Header().Get(key); is != value {
					t.Errorf("%s: %q, want %q", key, is, value)
				}
			}
			plain := get(t, c, at)
			if plain.Header().Get("Content-Encoding") != "" || text(t, plain) != text(t, packed) {
				t.Error("it is another file where gzip is not accepted")
			}
		})
	}
}

func size(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestThePageFindsItsFiles follows the addresses in the page itself; all are
// relative, so that the page works below any path.
func TestThePageFindsItsFiles(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	found := regexp.MustCompile(`(?:href|src)="([^"]*)"`).FindAllStringSubmatch(text(t, get(t, c, "/")), -1)
	if len(found) < 2 {
		t.Errorf("the page names %d files", len(found))
	}
	for _, match := range found {
		at, relative := strings.CutPrefix(match[1], "./")
		if r := get(t, c, "/"+at); !relative || r.Code != http.StatusOK {
			t.Errorf("%s: %d", match[1], r.Code)
		}
	}
}

func TestCaching(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	tag := get(t, c, "/").Header().Get("ETag")
	packed := get(t, c, "/", "Accept-Encoding", "gzip").Header().Get("ETag")
	if tag == "" || packed == "" || tag == packed {
		t.Fatalf("tags %s and %s", tag, packed)
	}

	tests := map[string]struct {
		path    string
		headers []string
		status  int
		cache   string
	}{
		"the page is asked for again":      {path: "/", status: 200, cache: "no-cache"},
		"and not sent again":               {"/", []string{"If-None-Match", tag}, 304, "no-cache"},
		"nor where it is packed":           {"/", []string{"If-None-Match", packed, "Accept-Encoding", "gzip"}, 304, "no-cache"},
		"a packed page is not a plain one": {"/", []string{"If-None-Match", packed}, 200, "no-cache"},
		"examples are asked for again":     {path: "/console/examples.json", status: 200, cache: "no-cache"},
		"licenses are asked for again":     {path: "/console/licenses.md", status: 200, cache: "no-cache"},
		"the page has one address":         {path: "/index.html", status: 404},
		"there are no packed files":        {path: "/console/licenses.md.gz", status: 404},
		"there is no list of files":        {path: "/console/", status: 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := get(t, c, test.path, test.headers...)
			if r.Code != test.status || r.Header().Get("Cache-Control") != test.cache {
				t.Errorf("%d %v", r.Code, r.Header())
			}
			if length := r.Header().Get("Content-Length"); test.status == http.StatusOK && length == "" {
				t.Error("no Content-Length")
			}
			if test.status != http.StatusNotFound && r.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("Vary %q", r.Header().Get("Vary"))
			}
		})
	}
}

func TestEncoding(t *testing.T) {
	t.Parallel()
	c := newConsole(t)
	for accept, packed := range map[string]bool{
		"gzip, deflate, br, zstd":  true,
		"GZIP;q=0.5":               true,
		"*":                        true,
		"identity, *;q=0.1":        true,
		"*;q=0, gzip":              true,
		"gzip, *;q=0":              true,
		"":                         false,
		"br":                       false,
		"gzip;q=0":                 false,
		"gzip; q=0.000, *":         false,
		"*, gzip;q=0":              false,
		"gzip;q=much":              false,
		"gzipped":                  false,
		"identity;q=1, gzip; q= 0": false,
	} {
		t.Run(accept, func(t *testing.T) {
			t.Parallel()
			r := get(t, c, "/", "Accept-Encoding", accept)
			if is := r.Header().Get("Content-Encoding") == "gzip"; is != packed {
				t.Errorf("packed: %t", is)
			}
			if !strings.Contains(text(t, r), "<title>holdfast</title>") {
				t.Error("this is not the page")
			}
		})
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	examples, err := console.Examples(fstest.MapFS{
		"examples/2.graphql": {Data: []byte("query Two { b }")},
		"examples/1.graphql": {Data: []byte("\n# <one> & only\nquery One { a }\n\n")},
		"examples/README.md": {Data: []byte("not one")},
		"three.graphqls":     {Data: []byte("type Three { c: ID }")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []console.Example{
		{Name: "examples/1.graphql", Query: "# <one> & only\nquery One { a }"},
		{Name: "examples/2.graphql", Query: "query Two { b }"},
	}
	if diff := cmp.Diff(want, examples); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}

	r := get(t, newConsole(t, examples...), "/console/examples.json")
	var shown []console.Example
	if err := json.Unmarshal([]byte(text(t, r)), &shown); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, shown); diff != "" || r.Header().Get("Content-Type") != "application/json" {
		t.Errorf("shown as %s (-want +got):\n%s", r.Header().Get("Content-Type"), diff)
	}
	if none := text(t, get(t, newConsole(t), "/console/examples.json")); none != "[]\n" {
		t.Errorf("no examples are %q", none)
	}
}
