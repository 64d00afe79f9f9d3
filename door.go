package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// A door is an HTTP server that ends without losing a request of a connection
// that it took.
type door struct {
	server   *http.Server
	listener *lastCall
	done     chan struct{} // closed when no connection is taken any more

	mu    sync.Mutex
	busy  map[net.Conn]struct{} // connections with a request, or before their first
	quiet chan struct{}         // says that there are none
}

// newDoor makes a server that slow or idle clients cannot hold for long.
func newDoor(l net.Listener, h http.Handler, log *slog.Logger) *door {
	d := &door{listener: &lastCall{Listener: l}, done: make(chan struct{}), busy: map[net.Conn]struct{}{}, quiet: make(chan struct{}, 1)}
	d.server = &http.Server{
		Handler:           h,
		ConnState:         d.changed,
		ConnContext:       holding,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	return d
}

// serve takes connections until finish is called.
func (d *door) serve() error {
	defer close(d.done)
	err := d.server.Serve(envelopes{d.listener})
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return ended(err)
}

func (d *door) changed(c net.Conn, s http.ConnState) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s == http.StateNew || s == http.StateActive {
		d.busy[c] = struct{}{}
		return
	}
	delete(d.busy, c)
	if len(d.busy) == 0 {
		select {
		case d.quiet <- struct{}{}:
		default:
		}
	}
}

// finish takes no more connections, and lets the requests on those that there are
// be answered, until ctx ends. [http.Server.Shutdown] alone drops a request that
// comes in while it runs.
func (d *door) finish(ctx context.Context) error {
	d.listener.end()
	<-d.done
	for d.isBusy() && ctx.Err() == nil {
		select {
		case <-d.quiet:
		case <-ctx.Done():
		}
	}
	err := d.server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("requests under way were cut off: %w", err), d.server.Close())
}

func (d *door) isBusy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.busy) > 0
}

// lastCall is a listener that accepts, when it is told to end, what clients have
// opened by then.
type lastCall struct {
	net.Listener

	ending atomic.Bool
	rest   []net.Conn // of the accepting goroutine
}

// Accept is part of [net.Listener].
func (l *lastCall) Accept() (net.Conn, error) {
	if len(l.rest) == 0 {
		c, err := l.Listener.Accept()
		if err == nil || !l.ending.Load() {
			return c, err
		}
		if tcp, ok := l.Listener.(*net.TCPListener); ok {
			l.rest = backlog(tcp)
		}
		_ = l.Close()
	}
	if len(l.rest) == 0 {
		return nil, net.ErrClosed
	}
	c := l.rest[0]
	l.rest = l.rest[1:]
	return c, nil
}

// end has Accept return what is left, and then [net.ErrClosed].
func (l *lastCall) end() {
	l.ending.Store(true)
	if tcp, ok := l.Listener.(*net.TCPListener); !ok || tcp.SetDeadline(time.Now()) != nil {
		_ = l.Close()
	}
}

// ended is nil for a server that was shut down.
func ended(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
