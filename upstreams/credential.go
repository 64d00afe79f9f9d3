package upstreams

import (
	"context"
	"errors"
	"net"

	"holdfast/upstreams/credential"
)

// openCredential gets ready to prove who we are. A token endpoint is asked through the transport that the
// client was given, or through one that may dial it as the client's may dial the source.
func (u *Client) openCredential() {
	rt := u.rt
	if o := u.cfg.Auth.OAuth2; o != nil && u.ours != nil {
		rt = u.dialer(o.TokenURL)
	}
	u.credential = credential.New(u.cfg.Name, u.cfg.Auth, u.learned.grants, rt, u.log)
}

// noCredential is the error of a request that could not leave since our own credential is missing: an outage
// that says nothing about the source.
func noCredential(ctx context.Context, err error) *Error {
	e := &Error{Kind: Unavailable, Reason: ReasonCredential}
	token, ok := errors.AsType[*credential.Error](err)
	late, timed := errors.AsType[net.Error](err)
	switch {
	case !ok && ctx.Err() != nil:
		return gone(ctx)
	case !ok:
	case token.Held:
		e.Reason, e.RetryAfter = ReasonBreakerOpen, token.RetryAfter
	case token.Status != 0:
		if said := (Reply{Status: token.Status, Header: token.Header}).Err(); said == nil {
			e = &Error{Kind: Contract, Reason: ReasonContract}
		} else if said.Kind != Refused { // else our name, secret or grant is no good any more (RFC 6749 §5.2)
			e = said
		}
		e.Status = 0 // it is not the source's
	case timed && late.Timeout():
		e.Reason = ReasonTimeout
	default:
		e.Reason = ReasonUnreachable
	}
	e.Err, e.left = err, true
	return e
}
