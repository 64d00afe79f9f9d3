package upstreams

import (
	"errors"
	"net/http"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/outcome"
	"holdfast/upstreams/quota"
)

// Reply is a complete HTTP answer. Header and Body are shared: they must not be changed. What it says is read by
// Config.Outcomes; of one that did not come from a client by the defaults, as if nobody's credential was sent.
type Reply struct {
	Status int
	// Header is what came, without cookies and connection headers.
	Header http.Header
	// Body is decoded and complete.
	Body []byte

	read meaning
	came bool // from a client, which read it
}

// meaning is what an answer says by its status, headers and form.
type meaning struct {
	is      outcome.Outcome
	ruled   bool // the operator says so
	notMade bool // of a write
}

// reply is the answer in e to r.
func (u *Client) reply(r *Request, e *cache.Entry) Reply {
	own := !r.AsCaller && u.cfg.Auth.Forward == nil
	part := e.Status == http.StatusPartialContent && (r.key == "" || u.hasPrecondition(r))
	reply := Reply{Status: e.Status, Header: http.Header(e.Header), Body: e.Body}
	reply.read, reply.came = reply.meaning(u.outcomes, own, part, u.cfg.Quota.Header), true
	return reply
}

func (r Reply) meaning(t *outcome.Table, own, part bool, quotaHeader string) meaning {
	a := outcome.Answer{Status: r.Status, Header: r.Header, Body: r.Body, Own: own, Part: part}
	a.Spent = a.Status == http.StatusForbidden && quota.Spent(r.Header, quotaHeader)
	var m meaning
	m.is, m.ruled, m.notMade = t.Of(a)
	return m
}

func (r Reply) outcome() meaning {
	if !r.came {
		return r.meaning(&outcome.Table{}, true, false, "")
	}
	return r.read
}

// NotThere reports whether the answer says that there is no such thing. Where null may not say so too, that is
// a no.
func (r Reply) NotThere() bool {
	return r.outcome().is == outcome.Absent
}

// Ruled reports whether the operator said what such an answer means: then no connector knows better.
func (r Reply) Ruled() bool {
	return r.outcome().ruled
}

var (
	errPage       = errors.New("the answer is not the API's own: a redirect, or a page of a firewall, a login or for times of maintenance")
	errCredential = errors.New("the source does not take our credential")
	errNoBody     = errors.New("not modified, and nobody asked, or it is not about what was asked")
	errStatus     = errors.New("a status that is none")
	errPart       = errors.New("a part of an answer, and nobody asked for a part")
)

// unusable is why an answer of this status says nothing.
func unusable(status int) error {
	switch {
	case status < http.StatusOK:
		return errStatus
	case status == http.StatusNotModified:
		return errNoBody
	case status == http.StatusPartialContent:
		return errPart
	}
	return errPage
}

// Err returns what the answer says, by status, headers and form: nil where it is good. The error is the
// caller's own. It does not look at what is in the body.
func (r Reply) Err() *Error {
	is := r.outcome().is
	if is == outcome.Good {
		return nil
	}
	e := &Error{Kind: Unavailable, Status: r.Status}
	wait, _ := quota.RetryAfter(r.Header, time.Now())
	switch is {
	case outcome.Down:
		e.Reason, e.RetryAfter = ReasonStatus, wait
	case outcome.Limited:
		e.Reason, e.RetryAfter = ReasonRateLimited, wait
	case outcome.Unusable:
		e.Kind, e.Reason, e.Err = Contract, ReasonContract, unusable(r.Status)
	case outcome.Credential:
		e.Reason, e.Err = ReasonCredential, errCredential
	case outcome.Refused, outcome.Absent:
		e.Kind = Refused
	}
	return e
}
