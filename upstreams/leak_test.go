package upstreams_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"holdfast/upstreams"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

// TestFaultsLeaveNothingBehind makes ten thousand calls that go wrong over real sockets, in five ways. Then
// there are no more goroutines and file descriptors than before, although the client is still open.
func TestFaultsLeaveNothingBehind(t *testing.T) {
	calls := 10_000
	if testing.Short() {
		calls = 1_000
	}
	var faults [4]atomic.Int64
	url := upstreamtest.Liar(t, func(_ int, c net.Conn, in *bufio.Reader) {
		var heard atomic.Int64
		for upstreamtest.Hear(in, &heard) {
			fault := 1 + rand.IntN(len(faults)-1)
			if rand.IntN(100) == 0 {
				fault = 0
			}
			faults[fault].Add(1)
			switch fault {
			case 0: // hang, until the other side has enough
				_, _ = in.ReadByte()
				return
			case 1: // reset
				if tcp, ok := c.(*net.TCPConn); ok {
					_ = tcp.SetLinger(0)
				}
				return
			case 2: // truncate
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 700\r\n\r\n{\"n\":")
				return
			default:
				_, _ = io.WriteString(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\ndown")
			}
		}
	})
	cfg := upstreams.Config{
		Name: "shop", URL: url, TryTimeout: 2 * time.Second, Timeout: time.Minute,
		Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Off: new(true)}, Quota: quota.Config{Concurrent: 64},
	}
	rt := dial.New(dial.Config{URL: url})
	u := upstreams.New(cfg, nil, rt)
	goroutines, descriptors := goleak.IgnoreCurrent(), openDescriptors(t)

	const callers = 64
	var all sync.WaitGroup
	var made atomic.Int64
	for range callers {
		all.Go(func() {
			for n := made.Add(1); n <= int64(calls); n = made.Add(1) {
				ctx, leave := context.WithCancel(t.Context())
				if n%10 == 0 { // the fifth way: nobody waits any more
					ctx, leave = context.WithTimeout(t.Context(), time.Millisecond)
				}
				r := order()
				r.URL = fmt.Sprint(url, "/", n)
				if a, err := u.Read(ctx, r); kindOf(err) != upstreams.Unavailable {
					t.Errorf("got %v, %v", a, err)
				}
				leave()
			}
		})
	}
	all.Wait()
	for i := range faults {
		if n := faults[i].Load(); n < int64(calls/500) {
			t.Errorf("fault %d happened %d times only", i, n)
		}
	}

	rt.CloseIdleConnections()
	nothingLeft(t, goroutines)
	t.Run("no file descriptor", func(t *testing.T) {
		if descriptors == nil {
			t.Skip("there is no /proc/self/fd: file descriptors are not looked at")
		}
		left := map[string]string{}
		for ends := time.Now().Add(time.Minute); time.Now().Before(ends); time.Sleep(10 * time.Millisecond) {
			left = openDescriptors(t)
			maps.DeleteFunc(left, func(fd, what string) bool { return descriptors[fd] == what })
			if len(left) == 0 {
				break
			}
		}
		if len(left) > 0 {
			t.Errorf("left open: %v", left)
		}
	})
	if err := u.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// nothingLeft waits until there are no goroutines but those that are ignored.
func nothingLeft(t *testing.T, ignored goleak.Option) {
	t.Helper()
	err := goleak.Find(ignored) // waits a little itself
	for ends := time.Now().Add(time.Minute); err != nil && time.Now().Before(ends); {
		err = goleak.Find(ignored)
	}
	if err != nil {
		t.Error(err)
	}
}

// openDescriptors returns the sockets, pipes and files that are open, by number; nil where there is no /proc.
func openDescriptors(t *testing.T) map[string]string {
	t.Helper()
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	open := map[string]string{}
	for _, e := range entries {
		what, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && !strings.HasSuffix(what, "/fd") { // else it is the listing's own
			open[e.Name()] = what
		}
	}
	return open
}
