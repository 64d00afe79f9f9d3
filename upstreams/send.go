package upstreams

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/body"
	"holdfast/upstreams/dial"
	"holdfast/upstreams/outcome"
	"holdfast/upstreams/watch"
)

// send makes one HTTP exchange: the source's secret is added, no redirect is followed, the decoded body
// is read whole and bounded. An answer of any status is an answer; only one that is not complete is an
// error. A 401 to an access token that may have been withdrawn is followed by a second exchange with a
// new one: the source has done nothing so far, so a write may be sent again too.
func (u *Client) send(ctx context.Context, r *Request) (*Answer, error) {
	req, err := u.leaving(ctx, r)
	if err != nil {
		return nil, u.unsent(ctx, r, err)
	}
	a, err := u.sendOnce(ctx, r, req)
	if err != nil || a.Status != http.StatusUnauthorized || !u.credential.Rejected(req) {
		return a, err
	}
	undo, ok := u.turns.Retry(callOf(r), 0)
	if !ok {
		return a, nil
	}
	again := *r
	again.try++
	if req, err = u.leaving(ctx, &again); err != nil {
		undo()
		return nil, u.unsent(ctx, r, err)
	}
	return u.sendOnce(ctx, &again, req)
}

// sendOnce makes one HTTP exchange of req, which is r as it leaves.
func (u *Client) sendOnce(ctx context.Context, r *Request, req *http.Request) (*Answer, error) {
	ReportFrom(ctx).Called(u.cfg.Name)
	traced, attempt := u.metrics.Begin(ctx, u.tracer, watch.Call{
		Source: u.cfg.Name, Connector: r.Connector, Method: r.Method, URL: r.URL, Template: r.Template, Try: r.try,
	}, u.connector(r.Connector).tally, req)
	if traced != ctx {
		req = req.WithContext(traced)
	}
	s := &sending{u: u, r: r, ctx: traced, attempt: attempt}
	s.way.Stop, s.way.Again = r.stop, s.again

	asked, asOf := time.Now(), u.epochs.AsOf()
	e, err := u.exchangeHTTP(req, &s.way, r.room)
	if err != nil {
		failure := u.failure(traced, r, err)
		failure.Sent = reached(traced, &s.way, err, u.ours != nil)
		attempt.Fail(class(failure), failure)
		return nil, failure
	}
	attempt.Done(e.Status)
	e.Key, e.Scope, e.Tags = r.key, r.Scope, u.tags
	e.Asked, e.Received, e.AsOf = asked, time.Now(), asOf
	u.turns.Learn(callOf(r), u.reply(r, e).outcome().is == outcome.Limited, e.Header)
	u.source.skew.learn(e)
	return &Answer{Status: e.Status, entry: e}, nil
}

// sending is one exchange under way.
type sending struct {
	u       *Client
	r       *Request
	ctx     context.Context
	attempt watch.Attempt
	way     dial.Way
}

// again pays for what net/http sends again by itself, and counts it; false where it must not.
func (s *sending) again() bool {
	_, ok := s.u.turns.Retry(callOf(s.r), 0)
	if ok {
		ReportFrom(s.ctx).Called(s.u.cfg.Name)
		s.attempt.Repeat()
	}
	return ok
}

// leaving makes the HTTP request that leaves, the secret included.
func (u *Client) leaving(ctx context.Context, r *Request) (*http.Request, error) {
	var content io.Reader
	if len(r.Body) > 0 {
		content = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, content)
	if err != nil {
		return nil, errMalformed // the parser's error quotes the URL
	}
	for name, secret := range u.cfg.Headers {
		value, err := u.credential.Open(secret)
		if err != nil {
			return nil, err
		}
		req.Header.Set(name, value)
	}
	for _, h := range []http.Header{r.Header, r.caller} {
		for name, values := range h {
			req.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	for name, values := range u.always {
		if req.Header[name] == nil {
			req.Header[name] = values
		}
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	return req, u.credential.Put(req)
}

var errMalformed = errors.New("the request's method or URL is malformed")

// unsent is the error of a request that could not be made.
func (u *Client) unsent(ctx context.Context, r *Request, err error) *Error {
	e := noCredential(ctx, err)
	if errors.Is(err, errMalformed) {
		e = &Error{Kind: BadInput, Err: err}
	}
	e.Source, e.Connector = u.cfg.Name, r.Connector
	u.connector(r.Connector).failed(e)
	return e
}

// exchangeHTTP sends req and reads the whole answer.
func (u *Client) exchangeHTTP(req *http.Request, sent *dial.Way, room *body.Room) (*cache.Entry, error) {
	resp, err := u.roundTrip(req, sent)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	content, err := body.Read(req, resp, u.cfg.MaxBody, room)
	if err != nil {
		return nil, err
	}
	h := kept(resp.Header)
	if h["Content-Encoding"] != nil { // of what came, not of what we have
		delete(h, "Content-Encoding")
		delete(h, "Content-Length")
	}
	return &cache.Entry{Status: resp.StatusCode, Header: h, Body: content}, nil
}

// roundTrip sends req through our own transport, or through somebody else's, which is only watched.
func (u *Client) roundTrip(req *http.Request, sent *dial.Way) (*http.Response, error) {
	if t, ok := u.rt.(*dial.Transport); ok {
		return t.Send(req, sent)
	}
	sent.Stop = nil
	return u.rt.RoundTrip(req.WithContext(sent.Watch(req.Context())))
}

// kept returns the headers worth keeping: all but cookies and what concerns one connection only.
func kept(h http.Header) http.Header {
	h = maps.Clone(h)
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
	case errors.Is(err, body.ErrOversize):
		e.Kind, e.Reason = Contract, ReasonOversize
	case errors.Is(err, body.ErrEncoding), errors.Is(err, body.ErrUpgrade):
		e.Kind, e.Reason = Contract, ReasonContract
	case errors.Is(err, body.ErrOverload):
		e = overload(ctx, err)
	case errors.Is(err, dial.ErrUnanswered): // which ended ctx
	case ctx.Err() != nil:
		e = gone(ctx)
	case ok && late.Timeout():
		e.Reason = ReasonTimeout
	}
	e.Source, e.Connector = u.cfg.Name, r.Connector
	return e
}
