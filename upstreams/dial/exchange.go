package dial

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// RoundTrip implements [http.RoundTripper]. The body must be closed. Errors quote nothing that the other side sent.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	way := new(Way)
	ctx, stop := context.WithCancelCause(req.Context())
	way.Stop, way.exchange.stop = stop, stop
	resp, err := t.Send(req.WithContext(way.Watch(ctx)), way)
	if err != nil {
		stop(nil)
		return nil, err
	}
	resp.Request = req
	return resp, nil
}

// Send is RoundTrip of a request whose way is watched, see [Way.Watch]. Way.Stop must end its context.
func (t *Transport) Send(req *http.Request, way *Way) (*http.Response, error) {
	through, guard, err := t.now()
	if err != nil {
		return nil, err
	}
	if through.Proxy != nil && !guard.allows(req.URL) {
		return nil, fmt.Errorf("%s: %w", req.URL.Hostname(), errForbidden)
	}
	x := &way.exchange
	x.of, x.through, x.ctx, x.way = t, through, req.Context(), way
	resp, err := through.RoundTrip(req)
	if err != nil {
		if errors.Is(context.Cause(x.ctx), ErrUnanswered) {
			err = ErrUnanswered
		}
		x.ended(way.suspect && (x.late() || errors.Is(err, ErrUnanswered)))
		return nil, quiet(err)
	}
	x.body, resp.Body = resp.Body, x
	return resp, nil
}

// exchange is one request and its answer, whose body it stands for.
type exchange struct {
	of      *Transport
	through *http.Transport
	ctx     context.Context // of the request
	way     *Way
	stop    context.CancelCauseFunc // of a context that ends with it; nil: there is none
	body    io.ReadCloser
	dead    bool
}

// Read implements [io.Reader].
func (x *exchange) Read(p []byte) (int, error) {
	n, err := x.body.Read(p)
	x.dead = x.dead || err != nil && x.way.suspect && x.late()
	return n, quiet(err)
}

// Close implements [io.Closer].
func (x *exchange) Close() error {
	err := x.body.Close()
	x.ended(x.dead)
	return err
}

// late reports whether the time of the request is over. Then its connection may be dead without a word: who
// asks next does not wait for that again.
func (x *exchange) late() bool {
	return errors.Is(x.ctx.Err(), context.DeadlineExceeded) || errors.Is(context.Cause(x.ctx), context.DeadlineExceeded)
}

// ended is called when nothing more comes.
func (x *exchange) ended(dead bool) {
	if x.stop != nil {
		x.stop(nil)
	}
	x.of.ended(x.through, dead)
}
