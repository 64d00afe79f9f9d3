// Package upstreamtest plays an API in tests: a scripted [http.RoundTripper] without sockets, so that it
// works where testing/synctest owns the clock.
package upstreamtest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Step answers one request. It must obey the request's context.
type Step func(*http.Request) (*http.Response, error)

// API plays its steps in order and repeats the last. It is safe for concurrent use.
type API struct {
	mu    sync.Mutex
	steps []Step
	calls []Call
}

// Call is one request that arrived.
type Call struct {
	Method, URL string
	Header      http.Header
	Body        string
}

// Play returns an API that answers with steps; without any it refuses connections.
func Play(steps ...Step) *API {
	return &API{steps: steps}
}

// Now replaces what is left of the script.
func (a *API) Now(steps ...Step) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.steps = steps
}

// Calls returns the number of requests that arrived.
func (a *API) Calls() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.calls)
}

// Log returns the requests that arrived, in order.
func (a *API) Log() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// RoundTrip implements [http.RoundTripper].
func (a *API) RoundTrip(req *http.Request) (*http.Response, error) {
	call := Call{Method: req.Method, URL: req.URL.String(), Header: req.Header.Clone()}
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		call.Body = string(b)
	}
	return a.next(call)(req)
}

func (a *API) next(call Call) Step {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, call)
	switch len(a.steps) {
	case 0:
		return Refuse()
	case 1:
		return a.steps[0]
	}
	step := a.steps[0]
	a.steps = a.steps[1:]
	return step
}

// Answer answers with status and body; header is pairs of name and value.
func Answer(status int, body string, header ...string) Step {
	return func(req *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return response(req, status, h, int64(len(body)), strings.NewReader(body)), nil
	}
}

// Refuse fails as if nobody listened.
func Refuse() Step {
	return Fail(&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")})
}

// Fail fails with err.
func Fail(err error) Step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// Hang never answers.
func Hang() Step {
	return func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
}

// After waits before it plays step.
func After(d time.Duration, step Step) Step {
	return func(req *http.Request) (*http.Response, error) {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return step(req)
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
}

// Truncate promises the length of body and breaks off after half of it.
func Truncate(status int, body string) Step {
	return func(req *http.Request) (*http.Response, error) {
		half := io.MultiReader(strings.NewReader(body[:len(body)/2]), broken{})
		return response(req, status, http.Header{}, int64(len(body)), half), nil
	}
}

// Endless answers 200 with a body that does not end.
func Endless() Step {
	return func(req *http.Request) (*http.Response, error) {
		return response(req, http.StatusOK, http.Header{}, -1, spaces{}), nil
	}
}

func response(req *http.Request, status int, h http.Header, length int64, body io.Reader) *http.Response {
	return &http.Response{
		StatusCode:    status,
		Status:        http.StatusText(status),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        h,
		ContentLength: length,
		Body:          io.NopCloser(body),
		Request:       req,
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

type spaces struct{}

func (spaces) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte(" "), len(p))), nil }
