package upstreams

import (
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
)

type callerKey struct{}

// WithCaller returns a context that carries the headers of the request that somebody made to us, for the
// sources that are called with their callers' credentials (Auth.Forward). h must not be changed any more.
func WithCaller(ctx context.Context, h http.Header) context.Context {
	return context.WithValue(ctx, callerKey{}, h)
}

// Forwards returns the names of the callers' headers that all requests to the source carry; nil for none.
// The slice must not be changed.
func (u *Client) Forwards() []string { return u.cfg.Auth.Forward }

// asCaller returns r with the caller's credentials and a scope of its own for them, if the source is
// called with them; else r.
func (u *Client) asCaller(ctx context.Context, r *Request) *Request {
	if u.cfg.Auth.Forward == nil && !r.AsCaller {
		return r
	}
	own := *r
	own.who, own.Scope = u.whoAsks(ctx, r.Scope)
	return &own
}

// eachAsCaller is asCaller for a batch.
func (u *Client) eachAsCaller(ctx context.Context, b *Batch) *Batch {
	if u.cfg.Auth.Forward == nil && !b.AsCaller {
		return b
	}
	own := *b
	own.who, own.Scope = u.whoAsks(ctx, b.Scope)
	return &own
}

// whoAsks returns who asks, and scope narrowed to him. Without credentials he is nobody.
func (u *Client) whoAsks(ctx context.Context, scope string) (w who, narrowed string) {
	narrowed = scope // where his credentials are in what was built
	if u.cfg.Auth.Forward == nil {
		w.whose = scope
	} else {
		w.caller = u.forwarded(ctx)
		narrowed = scopeWith(scope, w.caller)
		if len(w.caller) > 0 {
			w.whose = scopeWith("", w.caller)
		}
	}
	if w.whose != "" {
		w.right = u.rightOf(w.whose)
	}
	return w, narrowed
}

// forwarded returns those of the caller's headers that are his credentials.
func (u *Client) forwarded(ctx context.Context) http.Header {
	all, _ := ctx.Value(callerKey{}).(http.Header)
	h := http.Header{}
	for _, name := range u.cfg.Auth.Forward {
		name = http.CanonicalHeaderKey(name)
		values := slices.DeleteFunc(slices.Clone(all[name]), func(v string) bool { return v == "" })
		if len(values) > 0 {
			h[name] = values
		}
	}
	return h
}

// scopeWith returns scope narrowed to who has the credentials in h. It has a hash of them: scopes are
// kept with the answers.
func scopeWith(scope string, h http.Header) string {
	sum := sha256.Sum256(appendHeader(nil, h, false))
	return string(append(appendPart([]byte("as caller"), scope), sum[:]...))
}
