package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Connections that nobody has accepted when the end is told are served; those that
// were accepted too, whether or not their request has come.
func TestADoorThatClosesServesWhoIsInIt(t *testing.T) {
	l, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "served")
	}), slog.New(slog.DiscardHandler))
	var clients []net.Conn
	for range 10 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	var all sync.WaitGroup
	all.Go(func() { // the end is told first
		if err := d.finish(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for !d.listener.ending.Load() {
		continue
	}
	all.Go(func() {
		if err := d.serve(); err != nil {
			t.Error(err)
		}
	})
	<-d.done
	for i, c := range clients {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: door\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if answer, err := io.ReadAll(c); err != nil || !strings.HasSuffix(string(answer), "served") {
			t.Errorf("client %d: %q, %v", i, answer, err)
		}
	}
	all.Wait()
	if _, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestADoorDoesNotWaitForEver(t *testing.T) {
	l, err := listen(t.Context(), "127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	begun, end := make(chan struct{}), make(chan struct{})
	d := newDoor(l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(begun)
		<-end
	}), slog.New(slog.DiscardHandler))
	var all sync.WaitGroup
	all.Go(func() { _ = d.serve() })
	all.Go(func() {
		res, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			res.Body.Close()
		}
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.finish(ctx); err == nil || !strings.Contains(err.Error(), "requests under way were cut off") {
		t.Errorf("got %v", err)
	}
	close(end)
	all.Wait()
}
