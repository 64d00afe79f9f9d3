package once

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"

	"holdfast/connect/call"
	"holdfast/outbox"
	"holdfast/upstreams"
)

// A Keeper makes changes by way of an outbox. It is safe for concurrent use.
type Keeper struct{ box *outbox.Outbox }

// New returns the keeper of an outbox, which is whoever's made it.
func New(box *outbox.Outbox) *Keeper { return &Keeper{box} }

// Write makes the change that c asks for with r, which was made of in, once for key, whoever asks for it how often: who
// comes later gets the answer that was recorded, judged and mapped anew by r's Accept. It returns what
// [upstreams.Client.Write] does. The change goes on when ctx ends.
func (k *Keeper) Write(ctx context.Context, key Key, c *call.Opened, in *call.Inputs, r *upstreams.Request) (*upstreams.Answer, error) {
	w := &outbox.Write{
		ID:    outbox.IDOf(string(c.ID), "", key.Text),
		Field: string(c.ID), Connector: string(c.ID), Source: c.API.Name(),
		Caller: key.Caller, Key: key.Text, Args: in.Args.AppendJSON(nil),
		Timeout: c.API.Timeout(),
		Request: outbox.Request{
			Method: r.Method, PathAndQuery: strings.TrimPrefix(r.URL, c.API.Base()), Header: r.Header, Body: r.Body,
		},
	}
	defer upstreams.Waiting(ctx)()
	var made atomic.Pointer[upstreams.Answer]
	said, err := k.box.Do(ctx, w, func(ctx context.Context, _ outbox.Attempt) outbox.Result {
		answer, result := try(upstreams.WithWaiting(ctx, alreadyWaiting), c.API.Client, r)
		made.Store(answer)
		return result
	})
	if err != nil {
		return nil, refused(ctx, c, err)
	}
	switch answer := made.Load(); {
	case said.Err != nil:
		return nil, known(ctx, said)
	case answer != nil && !said.Replayed:
		return answer, nil
	}
	return replay(ctx, c, r, said.Record)
}

// alreadyWaiting is for who sends while a caller waits for that.
func alreadyWaiting() (done func()) { return func() {} }

// try sends r, and says what came of it.
func try(ctx context.Context, u *upstreams.Client, r *upstreams.Request) (*upstreams.Answer, outbox.Result) {
	var came atomic.Pointer[outbox.Outcome]
	own := *r
	own.Accept = func(reply upstreams.Reply) (any, error) {
		came.Store(&outbox.Outcome{Status: reply.Status, Header: reply.Header, Body: reply.Body})
		return r.Accept(reply)
	}
	answer, err := u.Write(ctx, &own)
	result := outbox.Result{Verdict: outbox.Made, Outcome: came.Load(), Err: err}
	if err == nil {
		return answer, result
	}
	e, ok := errors.AsType[*upstreams.Error](err)
	if !ok { // nothing that we know of
		result.Verdict = outbox.Unclear
		return nil, result
	}
	result.Verdict, result.Reason, result.Message, result.RetryAfter = verdict(e), reason(e), e.Message, e.RetryAfter
	return nil, result
}

func verdict(e *upstreams.Error) outbox.Verdict {
	switch {
	case e.Effect == upstreams.EffectApplied:
		return outbox.Made
	case e.Effect != upstreams.EffectNone:
		return outbox.Unclear
	case e.Kind == upstreams.Refused && !e.Outage():
		return outbox.No
	}
	return outbox.NotMade
}

// reason is why a change was not made, as one word.
func reason(e *upstreams.Error) string {
	if e.Reason != "" {
		return string(e.Reason)
	}
	return strings.ToUpper(e.Kind.String())
}

// replay is the answer to who comes with the key of a change that was made, or tried, before.
func replay(ctx context.Context, c *call.Opened, r *upstreams.Request, rec *outbox.Record) (*upstreams.Answer, error) {
	switch rec.State {
	case outbox.Applied, outbox.Refused:
		if o := rec.Outcome; o != nil && !o.Cut {
			return c.API.Replay(ctx, r, o.Status, http.Header(o.Header), o.Body)
		}
	}
	return nil, told(ctx, c, rec)
}
