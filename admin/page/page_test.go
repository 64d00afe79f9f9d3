package page

import (
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
)

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

// TestThePageFindsItsFiles follows the addresses in the page and in its modules; all are relative, so that the page works
// below any path. No file is there for nothing.
func TestThePageFindsItsFiles(t *testing.T) {
	p := New()
	found := map[string]bool{"/": true}
	address := regexp.MustCompile(`(?:href|src)="([^"]+)"|from '([^']+)'`)
	for todo := []string{"/"}; len(todo) > 0; todo = todo[1:] {
		w := get(t, p, todo[0])
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d", todo[0], w.Code)
		}
		for _, m := range address.FindAllStringSubmatch(w.Body.String(), -1) {
			relative, ok := strings.CutPrefix(m[1]+m[2], "./")
			if !ok {
				t.Errorf("%s names %s: expected ./", todo[0], m[1]+m[2])
			}
			at := "/" + relative
			if m[2] != "" {
				at = "/page/" + relative
			}
			if !found[at] {
				found[at] = true
				todo = append(todo, at)
			}
		}
	}
	entries, err := os.ReadDir("web")
	if err != nil || len(entries) != len(found) {
		t.Errorf("%d files, and the page leads to %v: %v", len(entries), found, err)
	}
}

func TestNothingOfAnyOtherOriginIsLoaded(t *testing.T) {
	p := New()
	for path, media := range map[string]string{"/": "text/html; charset=utf-8", "/page/page.js": "text/javascript; charset=utf-8", "/page/page.css": "text/css; charset=utf-8", "/page/icon.svg": "image/svg+xml"} {
		w := get(t, p, path)
		for name, want := range map[string]string{
			"Cache-Control": "no-cache", "Content-Type": media, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
				"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
		} {
			if is := w.Header().Get(name); is != want {
				t.Errorf("%s: %s: %q, want %q", path, name, is, want)
			}
		}
		if again := get(t, p, path, "If-None-Match", w.Header().Get("ETag")); again.Code != http.StatusNotModified {
			t.Errorf("%s again: %d", path, again.Code)
		}
		if body := w.Body.String(); regexp.MustCompile(`(?i)<script[^>]*>[^<]|\sstyle=|\son[a-z]+="|innerHTML|insertAdjacentHTML`).MatchString(body) {
			t.Errorf("%s has what the policy forbids", path)
		}
	}
}

func TestWhatThePageServes(t *testing.T) {
	p := New()
	for name, test := range map[string]struct {
		method, path string
		serves       bool
	}{
		"itself":                  {"GET", "/", true},
		"its head":                {"HEAD", "/", true},
		"its scripts":             {"GET", "/page/api.js", true},
		"no second address of it": {"GET", "/page/index.html", false},
		"no list of its files":    {"GET", "/page/", false},
		"nothing that is posted":  {"POST", "/", false},
		"nothing that is asked":   {"GET", "/v1/writes", false},
	} {
		if r := httptest.NewRequestWithContext(t.Context(), test.method, test.path, http.NoBody); p.Serves(r) != test.serves {
			t.Errorf("%s: %t", name, !test.serves)
		}
	}
	if w := get(t, p, "/page/none.js"); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}
