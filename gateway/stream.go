package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/events/live"
)

// writeTime is how long a client may take to take what it is sent: one that never reads holds nothing.
const writeTime = 10 * time.Second

// A sender sends one stream's answers over one request. It is used by one goroutine.
type sender interface {
	// begin sends what comes before the first answer.
	begin() error
	// next sends an answer.
	next(body []byte) error
	// beat sends something that means nothing, so that who stands between sees that the stream goes on.
	beat() error
	// complete says that there will be no other answer.
	complete() error
	// fail says why there is no answer, or no other.
	fail(errs gqlerror.List) error
	// again has the client come again, elsewhere: the stream ends though the operation does not.
	again() error
}

// IsStream says whether a request may be answered by a stream: see [WithRelease].
func IsStream(r *http.Request) bool {
	return isWebSocket(r) || streamed(r.Header["Accept"]) != ""
}

// streamed is how a client asks for answers that go on; "": it does not.
func streamed(accept []string) string {
	for _, value := range accept {
		if !strings.Contains(value, eventStream) && !strings.Contains(value, multipartMixed) {
			continue // as nearly all
		}
		for one := range strings.SplitSeq(value, ",") {
			kind, params, err := mime.ParseMediaType(one)
			switch {
			case err != nil:
			case kind == eventStream:
				return eventStream
			case kind == multipartMixed && params["subscriptionspec"] != "": // as Apollo's clients ask
				return multipartMixed
			}
		}
	}
	return ""
}

// goesOn says whether what is asked for has more than one answer. What is wrong with it is no matter here.
func (t *transport) goesOn(ctx context.Context, params *graphql.RawParams) bool {
	op, errs := t.operations.prepare(ctx, params)
	return len(errs) == 0 && isSubscription(op)
}

// stream answers a request over a stream of its own.
func (t *transport) stream(w http.ResponseWriter, r *http.Request, params *graphql.RawParams, kind string) {
	ctx, end, ok := t.streams.begin(r.Context())
	if !ok {
		refuse(w, plainJSON, busy)
		return
	}
	defer end()
	out := &outlet{w: w, control: http.NewResponseController(w)}
	var to sender = &events{out}
	if kind == multipartMixed {
		to = &parts{outlet: out}
	}
	if to.begin() != nil {
		return // the client is gone
	}
	_ = t.play(ctx, r, params, to, t.follows.Heartbeat) // that it cannot be written says that the client is gone
}

// play sends answers to the operation in params until there are no others, or ctx ends. The error is that of writing.
func (t *transport) play(ctx context.Context, r *http.Request, params *graphql.RawParams, to sender, beat time.Duration) error {
	op, errs := t.operations.prepare(r.Context(), params)
	if len(errs) > 0 {
		return to.fail(listOf(t.unfollowable(r.Context(), op, errs)))
	}
	if !isSubscription(op) {
		return t.single(r, params, to)
	}
	visitFrom(r.Context()).operation(op.Operation)
	f, err := t.follow(r.Context(), op, params)
	if err != nil {
		return to.fail(listOf(err))
	}
	defer f.Close()
	release(r.Context())
	for {
		answer, err := next(ctx, f, beat)
		switch {
		case answer != nil:
			err = to.next(answer.Body)
		case err == nil:
			err = to.beat()
		case t.streams.draining(), errors.Is(err, live.ErrClosed):
			return to.again()
		case ctx.Err() != nil:
			return nil // the client is gone
		default:
			return to.fail(listOf(err))
		}
		if err != nil {
			return err
		}
	}
}

// next waits for an answer; nil without an error: for long enough. 0 is for ever.
func next(ctx context.Context, f *live.Follower, most time.Duration) (*live.Answer, error) {
	if most == 0 {
		return f.Next(ctx)
	}
	waiting, done := context.WithTimeout(ctx, most)
	defer done()
	answer, err := f.Next(waiting)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, nil //nolint:nilnil // nothing has changed
	}
	return answer, err
}

// single answers an operation that has one answer over a stream.
func (t *transport) single(r *http.Request, params *graphql.RawParams, to sender) error {
	a, err := t.answer(r, params, http.Header{})
	var body []byte
	switch no, ok := errors.AsType[*refusal](err); {
	case ok && no.busy:
		body = errorText(no.message, codeOverload)
	case ok:
		body = errorText(no.message, codeBadRequest)
	case err != nil:
		return nil //nolint:nilerr // the client is gone
	default:
		kept, err := lasting(a, nil)
		if err != nil {
			panic(err) // an extension that is no JSON
		}
		body = kept.Body
	}
	return last(to, body)
}

// last sends the last answer.
func last(to sender, body []byte) error {
	if err := to.next(body); err != nil {
		return err
	}
	return to.complete()
}

// errorsOf is an answer that has errors alone.
func errorsOf(list gqlerror.List) []byte {
	errs, err := json.Marshal(list)
	if err != nil {
		panic(err) // an extension that is no JSON
	}
	return append(append([]byte(`{"errors":`), errs...), '}')
}

// listOf are the errors that a client is told.
func listOf(err error) gqlerror.List {
	if no, ok := errors.AsType[*unfollowable](err); ok {
		return no.errs
	}
	return gqlerror.List{{Message: "internal error", Extensions: map[string]any{"code": codeInternal}}}
}

// An outlet writes a body that goes on.
type outlet struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// begin sends the status and the headers.
func (o *outlet) begin(media string) error {
	h := o.w.Header()
	h["Content-Type"] = []string{media}
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = nosniff
	h["X-Accel-Buffering"] = []string{"no"} // that of nginx and those who follow it
	o.w.WriteHeader(http.StatusOK)
	if err := o.control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return o.write()
}

// write sends texts at once.
func (o *outlet) write(texts ...[]byte) error {
	if err := o.control.SetWriteDeadline(time.Now().Add(writeTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for _, text := range texts {
		if _, err := o.w.Write(text); err != nil {
			return err
		}
	}
	return o.control.Flush()
}
