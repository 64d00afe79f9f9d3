package upstreams_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"holdfast/upstreams"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// frames speaks HTTP/2 over TLS to each connection with talk, which gets the number of the connection. It
// returns the URL and how to be called there.
func frames(t *testing.T, talk func(n int64, f *http2.Framer)) (string, dial.TLS) {
	t.Helper()
	dir := t.TempDir()
	ca := newAuthority(t)
	ca.issue(t, dir, "server", time.Now().Add(time.Hour))
	write(t, filepath.Join(dir, "ca"), ca.pem())
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err == nil {
					f := http2.NewFramer(c, c)
					_ = f.WriteSettings()
					talk(n.Add(1), f)
				}
			}()
		}
	}()
	return "https://" + l.Addr().String(), dial.TLS{CA: filepath.Join(dir, "ca"), ServerName: "shop.test"}
}

// hearFrames tells of each request until the connection ends or said returns false.
func hearFrames(f *http2.Framer, said func(stream uint32) bool) {
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = f.WriteSettingsAck()
			}
		case *http2.HeadersFrame:
			if !said(frame.StreamID) {
				return
			}
		}
	}
}

// TestRepetitionsAreBounded has sources that make net/http send a request again and again by itself. What is
// sent is bounded by the tries, and every bit of it is counted.
func TestRepetitionsAreBounded(t *testing.T) {
	tests := map[string]struct {
		talk  func(n int64, f *http2.Framer, heard *atomic.Int64)
		tries int64
		most  int64 // requests that the source hears of one question
	}{
		"GOAWAY in answer to every request": {func(_ int64, f *http2.Framer, heard *atomic.Int64) {
			hearFrames(f, func(uint32) bool {
				heard.Add(1)
				_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
				return false
			})
		}, 3, 6},
		"GOAWAY, and nothing is tried twice": {func(_ int64, f *http2.Framer, heard *atomic.Int64) {
			hearFrames(f, func(uint32) bool {
				heard.Add(1)
				_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
				return false
			})
		}, 1, 2},
		"GOAWAY before any request": {func(_ int64, f *http2.Framer, heard *atomic.Int64) {
			_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
			hearFrames(f, func(uint32) bool { heard.Add(1); return true })
		}, 3, 6},
		"every stream is refused": {func(_ int64, f *http2.Framer, heard *atomic.Int64) {
			hearFrames(f, func(stream uint32) bool {
				heard.Add(1)
				return f.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
			})
		}, 1, 2},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var heard, connections atomic.Int64
			url, cert := frames(t, func(n int64, f *http2.Framer) {
				connections.Store(n)
				tt.talk(n, f, &heard)
			})
			u := upstreams.New(upstreams.Config{
				Name: "shop", URL: url, TLS: cert, Timeout: time.Minute, Retry: upstreams.Retry{Max: new(int(tt.tries - 1))},
			}, nil, nil)
			report := upstreams.NewReport()
			r := order()
			r.URL = url
			if _, err := u.Read(upstreams.WithReport(t.Context(), report), r); reasonOf(err) != upstreams.ReasonUnreachable {
				t.Errorf("got %v", err)
			}
			got := u.Status().Connectors[r.Connector]
			if heard.Load() > tt.most || int64(got.Calls) < heard.Load() || int64(got.Calls) > tt.most { //nolint:gosec // few
				t.Errorf("%d requests were heard and %d counted, at most %d may be", heard.Load(), got.Calls, tt.most)
			}
			if got.Retries != got.Calls-1 || report.Calls()["shop"] != int(got.Calls) { //nolint:gosec // few
				t.Errorf("%d retries of %d calls, %v in the report", got.Retries, got.Calls, report.Calls())
			}
			if n := connections.Load(); n > 11*tt.tries {
				t.Errorf("%d connections", n)
			}
			if err := u.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRepetitionsTakeTheirTurns has a source that may be asked once only, and closes the connection.
func TestRepetitionsTakeTheirTurns(t *testing.T) {
	var heard atomic.Int64
	url := upstreamtest.Liar(t, func(n int, c net.Conn, in *bufio.Reader) {
		if upstreamtest.Hear(in, &heard) && n == 1 {
			_, _ = io.WriteString(c, good)
			upstreamtest.Hear(in, &heard)
		}
	})
	u := upstreams.New(upstreams.Config{
		Name: "shop", URL: url, Retry: upstreams.Retry{Max: new(0)}, Quota: quota.Config{Rate: 0.001, Burst: 2},
	}, nil, nil)
	r := order()
	r.URL = url
	if _, err := u.Read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if _, err := u.Read(t.Context(), r); reasonOf(err) != upstreams.ReasonUnreachable {
		t.Errorf("got %v", err)
	}
	if n := heard.Load(); n > 2 {
		t.Errorf("heard %d requests, and two may be made", n)
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSilentlyDeadConnection has an HTTP/2 source whose first connection answers once, and then nothing, without
// a word: what is asked next is late once, and then answered on another.
func TestSilentlyDeadConnection(t *testing.T) {
	t.Parallel()
	var silence atomic.Int64
	url, cert := frames(t, func(n int64, f *http2.Framer) {
		heard := 0
		hearFrames(f, func(stream uint32) bool {
			if heard++; n == 1 && heard > 1 {
				silence.Add(1)
				return true
			}
			_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: []byte{0x88}, EndHeaders: true}) // :status: 200
			return f.WriteData(stream, true, []byte(`{"n":1}`)) == nil
		})
	})
	u := upstreams.New(upstreams.Config{
		Name: "shop", URL: url, TLS: cert, Timeout: time.Minute, TryTimeout: 3 * time.Second, Retry: upstreams.Retry{Max: new(5)},
	}, nil, nil)
	r := order()
	r.URL = url
	for range 2 {
		if _, err := u.Read(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if n := silence.Load(); n != 1 {
		t.Errorf("%d tries on a connection that is dead", n)
	}
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
