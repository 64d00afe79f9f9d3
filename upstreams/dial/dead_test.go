package dial

import (
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// hole forwards connections to a server until it is shut: from then on it forwards nothing on those there
// are, without a word, and everything on new ones.
type hole struct {
	net.Listener
	to string

	mu   sync.Mutex
	open chan struct{} // closed by shut
	all  []net.Conn
}

func newHole(t *testing.T, to string) *hole {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h := &hole{Listener: l, to: to, open: make(chan struct{})}
	go h.serve(context.WithoutCancel(t.Context()))
	t.Cleanup(func() {
		_ = l.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range h.all {
			_ = c.Close()
		}
	})
	return h
}

func (h *hole) serve(ctx context.Context) {
	for {
		client, err := h.Accept()
		if err != nil {
			return
		}
		var d net.Dialer
		server, err := d.DialContext(ctx, "tcp", h.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		h.mu.Lock()
		h.all = append(h.all, client, server)
		open := h.open
		h.mu.Unlock()
		go forward(client, server, open)
		go forward(server, client, open)
	}
}

// forward ends what it writes to only if it is open at the end of what it reads.
func forward(to, from net.Conn, open <-chan struct{}) {
	b := make([]byte, 4<<10)
	for {
		n, err := from.Read(b)
		select {
		case <-open:
			if err != nil {
				return
			}
			continue
		default:
		}
		if _, wrong := to.Write(b[:n]); wrong != nil || err != nil {
			_ = to.Close()
			return
		}
	}
}

func (h *hole) shut() {
	h.mu.Lock()
	defer h.mu.Unlock()
	close(h.open)
	h.open = make(chan struct{})
}

// serve starts a server that speaks HTTP/1.1 or 2 over TLS and returns it, and the file of its authority.
func serve(t *testing.T, http2 bool, h http.HandlerFunc) (*httptest.Server, string) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.EnableHTTP2 = http2
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return s, ca
}

// get asks for url and returns the body.
func get(ctx context.Context, t *testing.T, tr *Transport, url string) (string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

// clock is a context whose time is up when the test says so.
type clock struct {
	context.Context
	up chan struct{}
}

func newClock(ctx context.Context) clock { return clock{ctx, make(chan struct{})} }

func (c clock) Done() <-chan struct{} { return c.up }

func (c clock) Err() error {
	select {
	case <-c.up:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// late asks for url, with the time up as soon as the request is on its way.
func late(t *testing.T, tr *Transport, url string) {
	t.Helper()
	time := newClock(t.Context())
	sent := &httptrace.ClientTrace{WroteHeaders: func() { close(time.up) }}
	if got, err := get(httptrace.WithClientTrace(time, sent), t, tr, url); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %q, %v", got, err)
	}
}

// open asks for url and returns the answer with its body.
func open(ctx context.Context, t *testing.T, tr *Transport, url string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

// TestSilentlyDead has connections that die without a word, at rest or in the middle of a body: one request
// runs out of time, and the next is answered on a connection of its own.
func TestSilentlyDead(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			server, ca := serve(t, http2, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "half")
				if r.URL.Path == "/long" {
					_ = http.NewResponseController(w).Flush()
					<-r.Context().Done()
				}
			})
			way := newHole(t, server.Listener.Addr().String())
			url := "https://" + way.Addr().String()
			tr := New(Config{URL: url, TLS: TLS{CA: ca, ServerName: "example.com"}})
			defer tr.Close()
			well := func() {
				t.Helper()
				if got, err := get(t.Context(), t, tr, url); got != "half" || err != nil {
					t.Fatalf("got %q, %v", got, err)
				}
			}
			first := open(t.Context(), t, tr, url) // keeps its connection, so that HTTP/1.1 has two
			well()
			_, _ = io.Copy(io.Discard, first.Body)
			_ = first.Body.Close()

			way.shut()
			late(t, tr, url)
			well()

			time := newClock(t.Context())
			long := open(time, t, tr, url+"/long")
			if _, err := io.ReadFull(long.Body, make([]byte, 4)); err != nil {
				t.Fatal(err)
			}
			way.shut()
			close(time.up)
			if _, err := io.ReadAll(long.Body); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			_ = long.Body.Close()
			well()
		})
	}
}

// TestCallsUnderWayEnd holds that a connection on which one call ran out of time goes on for the others.
func TestCallsUnderWayEnd(t *testing.T) {
	begun, stop := make(chan string, 1), make(chan struct{})
	server, ca := serve(t, true, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/never":
			<-r.Context().Done()
		case "/long":
			begun <- r.RemoteAddr
			<-stop
			fallthrough
		default:
			_, _ = io.WriteString(w, r.RemoteAddr)
		}
	})
	tr := New(Config{URL: server.URL, TLS: TLS{CA: ca, ServerName: "example.com"}})
	defer tr.Close()
	var long sync.WaitGroup
	var got string
	var err error
	long.Go(func() { got, err = get(t.Context(), t, tr, server.URL+"/long") })
	first := <-begun
	late(t, tr, server.URL+"/never")
	if second, err := get(t.Context(), t, tr, server.URL); err != nil || second == first {
		t.Errorf("asked on the connection of the one that was late: %v", err)
	}
	close(stop)
	long.Wait()
	if got != first || err != nil {
		t.Errorf("the call under way: %q, %v", got, err)
	}
}
