package httpcache

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"holdfast/freshness"
)

// exchange is one request for something that may be stored.
type exchange struct {
	req    *http.Request
	wishes freshness.RequestDirectives
	key    string // of the URI
	scope  string
}

func (t *Transport) newExchange(req *http.Request) *exchange {
	return &exchange{
		req:    req,
		wishes: freshness.ParseRequest(req.Header),
		key:    t.key(req, freshness.Target(req)),
		scope:  t.opts.Scope(req),
	}
}

// head says that only headers are asked for.
func (x *exchange) head() bool { return x.req.Method == http.MethodHead }

// memory is the context for the cache's store: what is done for all must not end with one caller.
func (x *exchange) memory() context.Context { return context.WithoutCancel(x.req.Context()) }

// key returns the name of all that is stored for u, on the host that req goes to: a Host header may say
// another, and then both count.
func (t *Transport) key(req *http.Request, u *url.URL) string {
	kind := "private "
	if t.opts.Shared {
		kind = "shared "
	}
	key := kind + u.String()
	if dialled := strings.ToLower(req.URL.Host); req.Host != "" && dialled != u.Host {
		key += " at " + dialled
	}
	return key
}

// ask sends req to the next RoundTripper.
func (t *Transport) ask(x *exchange, req *http.Request) (*reply, error) {
	r := reply{epoch: t.epoch(x.key), asked: time.Now()}
	resp, err := t.next.RoundTrip(req) //nolint:bodyclose // the reply's reader closes it
	if err != nil {
		return nil, err
	}
	r.Response, r.received = resp, time.Now()
	if resp.Header == nil {
		resp.Header = http.Header{}
	}
	resp.Request = x.req
	return &r, nil
}

// reply is what the next RoundTripper said.
type reply struct {
	*http.Response
	asked, received time.Time
	epoch           uint64 // of its stripe, before it was asked
}
