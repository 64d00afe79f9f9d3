package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

func TestAnEnvelopeIsSentWhenItIsReleased(t *testing.T) {
	l, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := envelopes{l}.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	e := server.(*envelope) //nolint:errcheck,forcetypeassert // or the test fails
	write := func(b byte, n int) {
		t.Helper()
		if written, err := e.Write(bytes.Repeat([]byte{b}, n)); err != nil || written != n {
			t.Fatal(written, err)
		}
	}
	read := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(client, got); err != nil || string(got) != want {
			t.Fatalf("got %q, %v", got, err)
		}
	}

	e.Hold()
	write('a', 2)
	write('b', 1)
	if err := client.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("%d bytes came before they were released: %v", n, err)
	}
	if err := client.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	e.Release()
	read("aab")
	write('c', 1)
	read("c") // is not held back any more
	e.Release()

	e.Hold()
	write('d', 1)
	e.TCPConn.Close()
	e.Release() // to a connection that is gone: nobody is told
}
