package upstreams

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"holdfast/cache"
)

// send makes one HTTP exchange: the source's secret is added, no redirect is followed, the decoded body
// is read whole and bounded. An answer of any status is an answer; only one that is not complete is an
// error.
func (u *Client) send(ctx context.Context, r *Request) (*Answer, error) {
	req, err := u.build(ctx, r)
	if err != nil {
		return nil, &Error{Kind: BadInput, Source: u.cfg.Name, Connector: r.Connector, Err: err}
	}
	ctx, span := u.startSpan(ctx, r, req)
	u.connector(r.Connector).count(func(s *ConnectorStatus) { s.Calls++ })
	ReportFrom(ctx).Called(u.cfg.Name)

	asked := time.Now()
	e, err := u.exchangeHTTP(req.WithContext(ctx))
	if err != nil {
		failure := u.failure(ctx, r, err)
		span.fail(failure)
		return nil, failure
	}
	span.end(e.Status)
	e.Key, e.Scope, e.Asked, e.Received = r.key, r.Scope, asked, time.Now()
	return &Answer{Status: e.Status, entry: e}, nil
}

// build makes the HTTP request that leaves, the secret included.
func (u *Client) build(ctx context.Context, r *Request) (*http.Request, error) {
	var body io.Reader
	if len(r.Body) > 0 {
		body = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return nil, errors.New("the request's method or URL is malformed") // the parser's error quotes the URL
	}
	for name, value := range u.cfg.Headers {
		req.Header.Set(name, string(value))
	}
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	if req.Header["User-Agent"] == nil {
		req.Header.Set("User-Agent", "holdfast")
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	u.cfg.Auth.add(req)
	return req, nil
}

// exchangeHTTP sends req and reads the whole answer.
func (u *Client) exchangeHTTP(req *http.Request) (*cache.Entry, error) {
	resp, err := u.rt.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := readBody(req, resp, u.cfg.MaxBody)
	if err != nil {
		return nil, err
	}
	return &cache.Entry{Status: resp.StatusCode, Header: kept(resp.Header), Body: body}, nil
}

// errOversize says that a body is larger than Config.MaxBody.
var errOversize = errors.New("the answer is too large")

// readBody reads the decoded body if it is complete and not larger than most.
func readBody(req *http.Request, resp *http.Response, most int64) ([]byte, error) {
	const trust = 1 << 20 // a Content-Length may lie: reserve no more than this for it
	if resp.ContentLength > most {
		return nil, errOversize
	}
	var b bytes.Buffer
	b.Grow(int(min(max(0, resp.ContentLength), trust)) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(resp.Body, most+1))
	switch {
	case n > most:
		return nil, errOversize
	case err != nil:
		return nil, fmt.Errorf("read the answer: %w", err)
	case n < resp.ContentLength && req.Method != http.MethodHead:
		return nil, fmt.Errorf("read the answer: %w", io.ErrUnexpectedEOF)
	}
	return b.Bytes(), nil
}

// kept returns the headers worth keeping: all but cookies and what concerns one connection only.
func kept(h http.Header) http.Header {
	h = h.Clone()
	for _, line := range h["Connection"] {
		for name := range strings.SplitSeq(line, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{
		"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Te", "Trailer",
		"Transfer-Encoding", "Upgrade", "Set-Cookie", "Set-Cookie2",
	} {
		delete(h, name)
	}
	return h
}

// failure says what it means that no complete answer came.
func (u *Client) failure(ctx context.Context, r *Request, err error) *Error {
	e := &Error{Kind: Unavailable, Reason: ReasonUnreachable, Err: err}
	late, ok := errors.AsType[net.Error](err)
	switch {
	case errors.Is(err, errOversize):
		e.Kind, e.Reason = Contract, ReasonOversize
	case ctx.Err() != nil:
		e = gone(ctx)
	case ok && late.Timeout():
		e.Reason = ReasonTimeout
	}
	e.Source, e.Connector = u.cfg.Name, r.Connector
	return e
}
