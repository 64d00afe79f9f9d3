package once

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/outbox"
	"holdfast/upstreams"
)

// A Keeper makes changes by way of an outbox. It is safe for concurrent use.
type Keeper struct{ box *outbox.Outbox }

// New returns the keeper of an outbox, which is whoever's made it; nil: nothing is recorded, and keys of callers are
// for their APIs.
func New(box *outbox.Outbox) *Keeper { return &Keeper{box} }

// Records reports whether anything is.
func (k *Keeper) Records() bool { return k.box != nil }

// For returns the writer of one operation, whose request has that key.
func (k *Keeper) For(key Key) *Writer { return &Writer{k.box, key} }

// A Writer makes the changes of one operation: it is the fetch.Writer.
type Writer struct {
	box *outbox.Outbox
	key Key
}

// Begin gives the request of a change $write, and returns what makes it once for its key; nil: it has none.
func (w *Writer) Begin(ctx context.Context, c *call.Opened, in *call.Inputs) (func(context.Context, *upstreams.Request) (*upstreams.Answer, error), error) {
	key := w.key
	if c.Connector.Write != nil {
		if err := key.of(c, in); err != nil {
			upstreams.WritesFrom(ctx).Note(upstreams.EffectNone)
			return nil, err
		}
	}
	var id outbox.ID
	switch {
	case key.Text != "":
		id = outbox.IDOf(string(c.ID), "", key.Text)
	case c.ReadsWrite:
		id = outbox.NewID()
	}
	now := time.Now()
	if c.ReadsWrite {
		in.Write = new(mapping.ObjectValue(written(id, outbox.VendorKeyOf(c.API.Name(), id), now)...))
	}
	if key.Text == "" || w.box == nil {
		return nil, nil //nolint:nilnil // it is made as it is asked for
	}
	return func(ctx context.Context, r *upstreams.Request) (*upstreams.Answer, error) {
		change := w.write(key, id, c, in, r)
		change.Accepted = now // as the request says
		if key.Caller == "" { // then whoever the API is shown, so that nobody has an answer to somebody else
			change.Caller = base64.RawURLEncoding.EncodeToString([]byte(c.API.Whose(ctx, r)))
		}
		return w.once(ctx, change, c, r)
	}, nil
}

// write is the change that c asks for with r, which was made of in.
func (w *Writer) write(key Key, id outbox.ID, c *call.Opened, in *call.Inputs, r *upstreams.Request) *outbox.Write {
	change := &outbox.Write{
		ID:    id,
		Field: string(c.ID), Connector: string(c.ID), Source: c.API.Name(),
		Caller: key.Caller, Key: key.Text, Args: in.Args.AppendJSON(nil),
		Timeout: c.API.Timeout(),
		Request: outbox.Request{
			Method: r.Method, PathAndQuery: r.URL[len(origin(r.URL)):], Header: r.Header, Body: r.Body,
		},
	}
	if says := c.Connector.Write; says != nil {
		change.Window = says.Window
		if says.Probe != nil {
			change.Probe, change.ProbeAfter = true, says.Probe.After
		}
	}
	if c.SendsKey {
		change.Request.VendorKey = outbox.VendorKeyOf(change.Source, id)
	}
	return change
}

// once has change made once, whoever asks for it how often: who comes later gets the answer that was recorded, judged and
// mapped anew by r's Accept. It returns what [upstreams.Client.Write] does. The change goes on when ctx ends.
func (w *Writer) once(ctx context.Context, change *outbox.Write, c *call.Opened, r *upstreams.Request) (*upstreams.Answer, error) {
	defer upstreams.Waiting(ctx)()
	var made atomic.Pointer[upstreams.Answer]
	said, err := w.box.Do(ctx, change, func(ctx context.Context, a outbox.Attempt) outbox.Result {
		own := *r
		own.URL, own.Header, own.Body = origin(r.URL)+a.Request.PathAndQuery, a.Request.Header, a.Request.Body
		answer, result := attempt(upstreams.WithWaiting(ctx, alreadyWaiting), c.API.Client, &own, a)
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

// origin is a URL's scheme and authority.
func origin(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	if end := strings.IndexAny(rest, "/?"); end >= 0 {
		rest = rest[:end]
	}
	return scheme + "://" + rest
}

// alreadyWaiting is for who sends while a caller waits for that.
func alreadyWaiting() (done func()) { return func() {} }

// attempt sends r, which is a, and says what came of it.
func attempt(ctx context.Context, u *upstreams.Client, r *upstreams.Request, a outbox.Attempt) (*upstreams.Answer, outbox.Result) {
	answer, result := try(ctx, u, r)
	if e, ok := errors.AsType[*upstreams.Error](result.Err); ok && keyInUse(a, e) {
		inDoubt := *e
		inDoubt.Effect = upstreams.EffectUnknown
		upstreams.WritesFrom(ctx).Note(inDoubt.Effect)
		result.Verdict, result.Err = outbox.Unclear, &inDoubt
	}
	return answer, result
}

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
	result.Verdict, result.Reason, result.Message, result.RetryAfter = verdict(e), reason(e), e.Message, min(e.RetryAfter, mostAsked)
	return nil, result
}

// keyInUse reports whether an API may have said no because it is still making, or has made, what an earlier try asked for
// under the same key. That is not its last word.
func keyInUse(a outbox.Attempt, e *upstreams.Error) bool {
	return a.Number > 1 && a.Request.VendorKey != "" && e.Status == http.StatusConflict && e.Effect != upstreams.EffectApplied
}

func verdict(e *upstreams.Error) outbox.Verdict {
	switch {
	case e.Effect == upstreams.EffectApplied:
		return outbox.Made
	case e.Effect != upstreams.EffectNone:
		return outbox.Unclear
	case e.Kind == upstreams.Refused && !e.Outage():
		return outbox.No
	case e.Reason == upstreams.ReasonCredential:
		return outbox.Credential
	case e.Kind == upstreams.BadInput:
		return outbox.Broken
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
