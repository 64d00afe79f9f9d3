package upstreamtest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// Liar serves raw connections until the test ends, and returns its URL. It speaks to each with talk, which gets the
// number of the connection, and closes it then.
func Liar(t *testing.T, talk func(n int, c net.Conn, in *bufio.Reader)) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				talk(n, c, bufio.NewReader(c))
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

// Hear reads one request, counts it and reports whether there was one.
func Hear(in *bufio.Reader, requests *atomic.Int64) bool {
	req, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	requests.Add(1)
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}
