package dial

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers every question for an IPv4 address with one.
type nameServer struct{ at atomic.Pointer[netip.Addr] }

// resolver asks n.
func (n *nameServer) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go n.serve(theirs) // ends with the connection
		return ours, nil
	}}
}

// serve speaks DNS as over TCP: each message is preceded by its length.
func (n *nameServer) serve(c net.Conn) {
	defer c.Close()
	var size [2]byte
	for {
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		text := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, text); err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(text) != nil {
			return
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
				Body:   &dnsmessage.AResource{A: n.at.Load().As4()},
			}}
		}
		text, err := m.Pack()
		if err != nil {
			return
		}
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(text))), text...)); err != nil { //nolint:gosec // short
			return
		}
	}
}

// TestMovedSource moves a source to another address while its old one still answers, with connections
// that are never idle for long.
func TestMovedSource(t *testing.T) {
	first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer first.Close()
	_, port, err := net.SplitHostPort(first.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.2:"+port)
	if err != nil {
		t.Skip("no second loopback address: ", err)
	}
	second := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })}
	go func() { _ = second.Serve(l) }()
	defer second.Close()

	var names nameServer
	lead := func(to string) { names.at.Store(new(netip.MustParseAddr(to))) }
	lead("127.0.0.1")
	tr := New(Config{})
	defer tr.Close()
	tr.lookEvery = 10 * time.Millisecond
	tr.newGuard = func(...string) *guard { return &guard{resolver: names.resolver()} } // forbids nothing
	get := func() int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.test:"+port, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Error(err)
		}
		return resp.StatusCode
	}
	for range 10 {
		if got := get(); got != http.StatusOK {
			t.Fatalf("status %d of a source that has not moved", got)
		}
		time.Sleep(5 * time.Millisecond)
	}
	stayed := tr.current
	lead("127.0.0.2")
	moved := false
	for end := time.Now().Add(time.Minute); !moved && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		moved = get() == http.StatusTeapot
	}
	if !moved || stayed == nil {
		t.Error("the new place is not used")
	}
}

// TestRebinding has a name that leads outside when it is looked at and inside when it is dialled: there is
// only one look, and it is at what is dialled.
func TestRebinding(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("reached") }))
	defer server.Close()
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	var names nameServer
	names.at.Store(new(netip.MustParseAddr("127.0.0.1")))
	tr := New(Config{URL: server.URL}) // the address is permitted, another name for it is not
	defer tr.Close()
	tr.newGuard = func(urls ...string) *guard {
		g := newGuard(urls...)
		g.resolver = names.resolver()
		return g
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://shop.test:"+port, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err == nil {
		t.Error("no error", resp.Body.Close())
	} else if !errors.Is(err, errForbidden) {
		t.Errorf("got %v", err)
	}
}
