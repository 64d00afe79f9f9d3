package upstreams

import (
	"bytes"
	"context"
	"errors"
	"io"
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
	s, err := u.leaving(ctx, r)
	if err != nil {
		return nil, u.unsent(ctx, r, err)
	}
	a, err := s.once()
	if err != nil || a.Status != http.StatusUnauthorized || !u.credential.Rejected(s.req) {
		return a, err
	}
	undo, ok := u.turns.Retry(callOf(r), 0)
	if !ok {
		return a, nil
	}
	again := *r
	again.try++
	if s, err = u.leaving(ctx, &again); err != nil {
		undo()
		return nil, u.unsent(ctx, r, err)
	}
	return s.once()
}

// sending is one exchange under way.
type sending struct {
	u       *Client
	r       *Request
	req     *http.Request // r as it leaves
	ctx     context.Context
	way     dial.Way
	attempt watch.Attempt
	answer  Answer // to it
}

// leaving makes the HTTP request that leaves, the secret included.
func (u *Client) leaving(ctx context.Context, r *Request) (*sending, error) {
	s := &sending{u: u, r: r}
	s.ctx = s.way.Watch(ctx)
	if _, ok := u.rt.(*dial.Transport); ok {
		s.way.Stop, s.way.Again = r.stop, s.again
	}
	var content io.Reader
	if len(r.Body) > 0 {
		content = bytes.NewReader(r.Body)
	}
	req, err := http.NewRequestWithContext(s.ctx, r.Method, r.URL, content)
	if err != nil {
		return nil, errMalformed // the parser's error quotes the URL
	}
	s.req = req
	if err := u.dress(req, r); err != nil {
		return nil, err
	}
	return s, u.credential.Put(req)
}

// dress puts on the headers of r: the source's, those of the connector and the caller, and what every request has.
func (u *Client) dress(req *http.Request, r *Request) error {
	for name, secret := range u.cfg.Headers {
		value, err := u.credential.Open(secret)
		if err != nil {
			return err
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
	return nil
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

// once makes the exchange.
func (s *sending) once() (*Answer, error) {
	u, r := s.u, s.r
	ReportFrom(s.ctx).Called(u.cfg.Name)
	traced, attempt := u.metrics.Begin(s.ctx, u.tracer, watch.Call{
		Source: u.cfg.Name, Connector: r.Connector, Method: r.Method, URL: r.URL, Template: r.Template, Try: r.try,
	}, u.connector(r.Connector).tally, s.req)
	if traced != s.ctx {
		s.ctx, s.req = traced, s.req.WithContext(traced)
	}
	s.attempt = attempt

	asked, asOf := time.Now(), u.epochs.AsOf()
	e, err := u.exchangeHTTP(s.req, &s.way, r.room)
	if err != nil {
		failure := u.failure(s.ctx, r, err)
		failure.Sent = reached(s.ctx, &s.way, err, u.ours != nil)
		attempt.Fail(class(failure), failure)
		return nil, failure
	}
	attempt.Done(e.Status)
	e.Key, e.Scope, e.Tags = r.key, r.Scope, u.connector(r.Connector).tags
	e.Asked, e.Received, e.AsOf = asked, time.Now(), asOf
	u.turns.Learn(callOf(r), u.reply(r, e).outcome().is == outcome.Limited, e.Header)
	u.source.skew.learn(e)
	s.answer = Answer{Status: e.Status, entry: e}
	return &s.answer, nil
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
	trim(resp.Header)
	return &cache.Entry{Status: resp.StatusCode, Header: resp.Header, Body: content}, nil
}

// roundTrip sends req through our own transport, or through somebody else's, which is only watched.
func (u *Client) roundTrip(req *http.Request, way *dial.Way) (*http.Response, error) {
	if t, ok := u.rt.(*dial.Transport); ok {
		return t.Send(req, way)
	}
	return u.rt.RoundTrip(req)
}

// trim takes off h what is not worth keeping: cookies, what concerns one connection only, and what is true of the
// body that came but not of the decoded one.
func trim(h http.Header) {
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
	if h["Content-Encoding"] != nil {
		delete(h, "Content-Encoding")
		delete(h, "Content-Length")
	}
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
