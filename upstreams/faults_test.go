package upstreams_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/upstreams"
	"holdfast/upstreams/credential"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

const good = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{\"n\":1}"

// TestLies has sources whose bytes on the wire are wrong. Whatever comes, comes with a type; and it comes,
// although some sources never end: they talk for as long as anybody listens.
func TestLies(t *testing.T) {
	for _, lie := range upstreamtest.WireLies() {
		t.Run(lie.What, func(t *testing.T) {
			var heard atomic.Int64
			url := upstreamtest.Liar(t, func(_ int, c net.Conn, in *bufio.Reader) {
				if upstreamtest.Hear(in, &heard) {
					lie.Tell(c, in, `{"n":1, "unread": "so that it is long enough"}`)
				}
			})
			try := time.Minute // only what is slow by nature runs out of time, however busy the machine
			if lie.Means == string(upstreams.ReasonTimeout) {
				try = 100 * time.Millisecond
			}
			cfg := upstreams.Config{Name: "shop", URL: url, Timeout: 2 * try, TryTimeout: try, MaxBody: 1_000_000, Retry: upstreams.Retry{Max: new(0)}}
			a, err := ask(t, cfg, url)
			got := string(reasonOf(err))
			switch {
			case err == nil && a.Value == nil:
				got = "null"
			case kindOf(err) == upstreams.Refused:
				got = "REFUSED"
			}
			if got != lie.Means {
				t.Errorf("got %q: %v", got, err)
			}
		})
	}
}

// TestWhatIsSentTwice has a source that closes connections at bad moments: every read is answered, and no
// write arrives twice.
func TestWhatIsSentTwice(t *testing.T) {
	tests := map[string]struct {
		answers int // of a connection, before the request that is heard but not answered
		write   bool
		failed  bool
	}{
		"a read on a new connection":     {0, false, false},
		"a read on a used connection":    {1, false, false},
		"a write on a new connection":    {0, true, true},
		"a write on a used connection":   {1, true, true},
		"a read on a much used one":      {5, false, false},
		"a write on a much used one too": {5, true, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var heard atomic.Int64
			url := upstreamtest.Liar(t, func(n int, c net.Conn, in *bufio.Reader) {
				for i := 0; n > 1 || i < tt.answers; i++ {
					if !upstreamtest.Hear(in, &heard) {
						return
					}
					if _, err := io.WriteString(c, good); err != nil {
						return
					}
				}
				upstreamtest.Hear(in, &heard)
			})
			u := upstreams.New(upstreams.Config{Name: "shop", URL: url}, nil, nil)
			r := order()
			r.URL = url
			for range tt.answers {
				if _, err := u.Read(t.Context(), r); err != nil {
					t.Fatal(err)
				}
			}
			before := heard.Load()
			var err error
			if tt.write {
				r.Method, r.Body = http.MethodPost, []byte(`{}`)
				_, err = u.Write(t.Context(), r)
			} else {
				_, err = u.Read(t.Context(), r)
			}
			if (err != nil) != tt.failed || tt.failed && reasonOf(err) != upstreams.ReasonUnreachable {
				t.Errorf("got %v", err)
			}
			if sent := heard.Load() - before; tt.write && sent != 1 || sent > 2 {
				t.Errorf("heard it %d times", sent)
			}
			if err := u.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestGoAway has a source that ends its HTTP/2 connections now and then, politely. Streams that are opened
// just then may be lost without a word (also with a bare http.Transport): the timeout of a try finds out.
func TestGoAway(t *testing.T) {
	dir := t.TempDir()
	ca := newAuthority(t)
	ca.issue(t, dir, "server", time.Now().Add(time.Hour))
	ca.issue(t, dir, "client", time.Now().Add(time.Hour))
	write(t, filepath.Join(dir, "ca"), ca.pem())
	server := serveTLS(t, ca, filepath.Join(dir, "server"))
	var n atomic.Int64
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1)%20 == 0 {
			w.Header().Set("Connection", "close") // GOAWAY
		}
		_, _ = io.WriteString(w, `{"n":1}`)
	})
	u := upstreams.New(upstreams.Config{
		Name: "shop", URL: server.URL, TryTimeout: 3 * time.Second, Timeout: time.Minute, Quota: quota.Config{Concurrent: 8},
		TLS: dial.TLS{CA: filepath.Join(dir, "ca"), Cert: filepath.Join(dir, "client.crt"), Key: filepath.Join(dir, "client.key"), ServerName: "shop.test"},
	}, nil, nil)
	all := make([]*upstreams.Request, 300)
	for i := range all {
		all[i] = unremembered()
		all[i].URL = fmt.Sprintf("%s/%d", server.URL, i)
	}
	for _, got := range readers(t.Context(), u, all...)() {
		if got.err != nil {
			t.Error(got.err)
		}
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestNothingIsLeftBehind holds that a closed client leaves no goroutine and no connection.
func TestNothingIsLeftBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token":"a","token_type":"bearer"}`)
			return
		}
		_, _ = io.WriteString(w, `{"n":1}`)
	}))
	cfg := withOAuth2(func(o *credential.OAuth2) { o.TokenURL = server.URL + "/token" })
	cfg.URL = server.URL
	for range 10 {
		if _, err := ask(t, cfg, server.URL); err != nil {
			t.Error(err)
		}
	}
	server.Close()
	nothingLeft(t, before)
}
