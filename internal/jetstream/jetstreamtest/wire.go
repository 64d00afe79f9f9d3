package jetstreamtest

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// nobody is what servers tell of where they are, so that nobody finds a way around the wires.
const nobody = "127.0.0.1:1"

// A wire is the only way between two servers: one connects through it, to the other.
type wire struct {
	listener net.Listener
	between  [2]int

	mu    sync.Mutex
	isCut bool
	ends  []net.Conn
}

func newWire(tb testing.TB, to string, between ...int) *wire {
	tb.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		tb.Fatal(err)
	}
	w := &wire{listener: l, between: [2]int(between)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { w.carry(from, to) })
		}
	})
	tb.Cleanup(func() {
		_ = l.Close()
		w.cut()
		running.Wait()
	})
	return w
}

// carry returns when one of the two has had enough, or the wire is cut.
func (w *wire) carry(from net.Conn, address string) {
	defer from.Close()
	to, err := new(net.Dialer).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return
	}
	defer to.Close()
	if !w.has(from, to) {
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}()
	_, _ = io.Copy(from, to)
	_ = from.Close()
	<-done
}

// has notes the two ends of a connection; it is not so where the wire is cut.
func (w *wire) has(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ends = append(w.ends, ends...)
	return !w.isCut
}

// cut ends what is carried, and carries nothing any more.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = true
	for _, end := range w.ends {
		_ = end.Close()
	}
}
