package main

import (
	"context"
	"net"
	"sync"

	"holdfast/gateway"
)

// envelopes is a listener whose connections can send an answer in one piece.
type envelopes struct{ net.Listener }

// Accept is part of [net.Listener].
func (l envelopes) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		return &envelope{TCPConn: tcp}, err
	}
	return c, err
}

// holding lets the gateway hold back what is written to a connection.
func holding(ctx context.Context, c net.Conn) context.Context {
	if e, ok := c.(*envelope); ok {
		return gateway.WithHolder(ctx, e)
	}
	return ctx
}

// An envelope is a connection with what is to be sent with what comes next. All of it
// but Write is used by who answers the request that is being answered.
type envelope struct {
	*net.TCPConn

	mu   sync.Mutex // net/http may write of its own, such as 100 Continue
	held *[]byte    // nil: nothing is held back
}

var _ gateway.Holder = (*envelope)(nil)

// mostInEnvelope is the largest room that is kept for others.
const mostInEnvelope = 128 << 10

// sheets is room for what is held back.
var sheets = sync.Pool{New: func() any { return new([]byte) }} //nolint:gochecknoglobals // a pool belongs to nobody

// Write is part of [net.Conn].
func (e *envelope) Write(p []byte) (int, error) {
	e.mu.Lock()
	if e.held != nil {
		*e.held = append(*e.held, p...)
		e.mu.Unlock()
		return len(p), nil
	}
	e.mu.Unlock()
	return e.TCPConn.Write(p)
}

// Hold implements [gateway.Holder].
func (e *envelope) Hold() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held == nil {
		e.held, _ = sheets.Get().(*[]byte)
	}
}

// Release implements [gateway.Holder].
func (e *envelope) Release() {
	e.mu.Lock()
	held := e.held
	e.held = nil
	e.mu.Unlock()
	if held == nil {
		return
	}
	if len(*held) > 0 {
		if _, err := e.TCPConn.Write(*held); err != nil {
			_ = e.Close() // the client is gone, and what net/http would send next makes no sense
		}
	}
	if cap(*held) <= mostInEnvelope {
		*held = (*held)[:0]
		sheets.Put(held)
	}
}
