package httpcache_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"holdfast/cache"
	"holdfast/upstreams/httpcache"
)

// BenchmarkHit is one answer of 2 KB from memory, read to its end.
func BenchmarkHit(b *testing.B) {
	for name, lines := range map[string][]string{
		"plain":  {"Cache-Control: max-age=3600", "Content-Type: application/json", `ETag: "1"`},
		"varied": {"Cache-Control: max-age=3600", "Content-Type: application/json", `ETag: "1"`, "Vary: Accept, Accept-Encoding"},
	} {
		b.Run(name, func(b *testing.B) {
			memory, err := cache.New(cache.Config{}, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer memory.Close()
			body := strings.Repeat("x", 2<<10)
			tr := httpcache.New(roundTrip(func(*http.Request) (*http.Response, error) {
				return answer(200, body, lines...), nil
			}), memory, httpcache.Options{})
			defer tr.Close()
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "https://api.test/orders?page=2", nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header = headers([]string{"Accept: application/json", "Accept-Encoding: gzip"})
			b.ReportAllocs()
			for b.Loop() {
				resp, err := tr.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
}
