package httpcache_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"holdfast/upstreams/httpcache"
)

func TestWhenABodyIsStored(t *testing.T) {
	failure := errors.New("connection reset")
	tests := map[string]struct {
		body   io.Reader
		length int64
		use    func(io.ReadCloser) error
		want   error // of use
		stored bool
	}{
		"read to its end":                      {body: strings.NewReader("12345"), length: 5, use: all, stored: true},
		"read to its end, of unknown length":   {body: strings.NewReader("12345"), length: -1, use: all, stored: true},
		"read to where it was said to end":     {body: strings.NewReader("12345"), length: 5, use: first(5), stored: true},
		"read in part":                         {body: strings.NewReader("12345"), length: 5, use: first(4)},
		"read in part, of unknown length":      {body: strings.NewReader("12345"), length: -1, use: first(5)},
		"not read":                             {body: strings.NewReader("12345"), length: 5, use: first(0)},
		"shorter than it was said to be":       {body: strings.NewReader("1234"), length: 5, use: all},
		"longer than it was said to be":        {body: strings.NewReader("123456"), length: 5, use: all},
		"broken off":                           {body: io.MultiReader(strings.NewReader("1234"), brokenReader{failure}), length: -1, use: all, want: failure},
		"broken off with the last bytes read":  {body: io.MultiReader(strings.NewReader("12345"), brokenReader{failure}), length: -1, use: all, want: failure},
		"broken off with what looks like EOF":  {body: io.MultiReader(strings.NewReader("1234"), brokenReader{io.ErrUnexpectedEOF}), length: -1, use: all, want: io.ErrUnexpectedEOF},
		"larger than may be kept, as was said": {body: strings.NewReader("1234567890"), length: 10, use: all},
		"larger than may be kept":              {body: strings.NewReader("1234567890"), length: -1, use: all},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			calls := 0
			tr := open(t, func(*http.Request) (*http.Response, error) {
				if calls++; calls > 1 {
					return answer(200, "again"), nil
				}
				resp := answer(200, "", "Cache-Control: max-age=60")
				resp.Body, resp.ContentLength = io.NopCloser(tt.body), tt.length
				return resp, nil
			}, httpcache.Options{MaxBody: 8})
			resp, err := tr.RoundTrip(get(t))
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.use(resp.Body); !errors.Is(err, tt.want) {
				t.Errorf("reading: %v, want %v", err, tt.want)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if got := read(t, tr, get(t)); (got == "12345") != tt.stored {
				t.Errorf("the next got %q", got)
			}
		})
	}
}

func all(r io.ReadCloser) error { _, err := io.Copy(io.Discard, r); return err }

func first(n int64) func(io.ReadCloser) error {
	return func(r io.ReadCloser) error { _, err := io.CopyN(io.Discard, r, n); return err }
}

// brokenReader is a reader that fails.
type brokenReader struct{ err error }

func (f brokenReader) Read([]byte) (int, error) { return 0, f.err }
