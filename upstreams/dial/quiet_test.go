package dial

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestErrorsQuoteNothing(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	for name, answer := range map[string]string{
		"a body where a status should be":  `{"name":"Ada \"secret\" Okafor"}` + "\r\n\r\n",
		"a status that is none":            "HTTP/1.1 2secret OK\r\n\r\n",
		"a version that is none":           "secret/1.1 200 OK\r\n\r\n",
		"a body where a header should be":  head + "{\"secret\"}\r\n\r\n",
		"a length that is none":            head + "Content-Length: secret\r\n\r\n",
		"two lengths":                      head + "Content-Length: 1\r\nContent-Length: secret\r\n\r\n",
		"an encoding that nobody knows":    head + "Transfer-Encoding: secret\r\n\r\n",
		"a trailer that is no header":      head + "Trailer: Content-Length, secret\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a chunk that does not say a size": head + "Transfer-Encoding: chunked\r\n\r\nsecret\r\n",
		"a trailer without a colon":        head + "Transfer-Encoding: chunked\r\n\r\n0\r\nsecret\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			server, ca := serve(t, false, func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, answer)
			})
			tr := New(Config{URL: server.URL, TLS: TLS{CA: ca, ServerName: "example.com"}})
			defer tr.CloseIdleConnections()
			_, err := get(t.Context(), t, tr, server.URL)
			if err == nil {
				t.Fatal("it is an answer")
			}
			if strings.Contains(err.Error(), "secret") || err.Error() == "" {
				t.Errorf("got %q", err)
			}
		})
	}
	if err := quiet(&net.OpError{Op: "dial", Err: io.EOF}); err.Error() != "dial: EOF" {
		t.Errorf("what quotes nothing is changed: %v", err)
	}
}
