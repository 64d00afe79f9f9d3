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

// Begin gives the request of a change $write, and returns what makes it once for its key, or queues it; nil: it has no
// key, and is not to be queued.
func (w *Writer) Begin(ctx context.Context, c *call.Opened, in *call.Inputs) (func(context.Context, *upstreams.Request) (call.Written, error), error) {
	key := w.key
	if c.Connector.Write != nil {
		if err := key.of(c, in); err != nil {
			upstreams.WritesFrom(ctx).Note(upstreams.EffectNone)
			return nil, err
		}
	}
	recorded := w.box != nil && (key.Text != "" || c.Connector.Write.Queues())
	if !recorded && !c.ReadsWrite {
		return nil, nil //nolint:nilnil // it is made as it is asked for
	}
	change := &outbox.Write{
		ID: idOf(key, c), Field: c.Connector.Field, Connector: string(c.ID), Source: c.API.Name(),
		Caller: key.Caller, Key: key.Text, Accepted: time.Now(),
	}
	if c.ReadsWrite {
		in.Write = new(mapping.ObjectValue(written(change.ID, outbox.VendorKeyOf(change.Source, change.ID), change.Accepted)...))
	}
	if !recorded {
		return nil, nil //nolint:nilnil // see above
	}
	if err := says(change, c.Connector.Write, in); err != nil {
		upstreams.WritesFrom(ctx).Note(upstreams.EffectNone)
		return nil, err
	}
	return func(ctx context.Context, r *upstreams.Request) (call.Written, error) {
		freeze(change, c, in, r)
		if change.Caller == "" { // then whoever the API is shown, so that nobody has an answer to somebody else
			change.Caller = base64.RawURLEncoding.EncodeToString([]byte(c.API.Whose(ctx, r)))
		}
		return w.once(ctx, change, c, r)
	}, nil
}

// idOf is the name of a change: that of its key, or one by chance.
func idOf(key Key, c *call.Opened) outbox.ID {
	if key.Text == "" {
		return outbox.NewID()
	}
	return outbox.IDOf(c.Connector.Field, "", key.Text)
}

// says has change be what the SDL says of it; w may be nil. The error is that of a change that is not sent.
func says(change *outbox.Write, w *call.Write, in *call.Inputs) error {
	if w == nil {
		return nil
	}
	change.Window = w.Window
	if w.Probe != nil {
		change.Probe, change.ProbeAfter = true, w.Probe.After
	}
	if w.Queue != nil {
		return queue(change, w.Queue, in)
	}
	return nil
}

// freeze has change be what c asks for with r, which was made of in.
func freeze(change *outbox.Write, c *call.Opened, in *call.Inputs, r *upstreams.Request) {
	change.Args, change.Timeout = in.Args.AppendJSON(nil), c.API.Timeout()
	change.Request = outbox.Request{Method: r.Method, PathAndQuery: r.URL[len(origin(r.URL)):], Header: c.Kept(r.Header), Body: r.Body}
	if c.SendsKey {
		change.Request.VendorKey = outbox.VendorKeyOf(change.Source, change.ID)
	}
}

// once has change made once, whoever asks for it how often: who comes later gets the answer that was recorded, judged and
// mapped anew by r's Accept. One that is to be queued and is not made yet is no error. The change goes on when ctx ends.
func (w *Writer) once(ctx context.Context, change *outbox.Write, c *call.Opened, r *upstreams.Request) (call.Written, error) {
	defer upstreams.Waiting(ctx)()
	var made atomic.Pointer[upstreams.Answer]
	said, err := w.box.Do(ctx, change, func(ctx context.Context, a outbox.Attempt) outbox.Result {
		own := *r
		own.URL, own.Header, own.Body = origin(r.URL)+a.Request.PathAndQuery, c.WithSettings(a.Request.Header), a.Request.Body
		answer, result := attempt(upstreams.WithWaiting(ctx, alreadyWaiting), c.API.Client, &own, a)
		made.Store(answer)
		return result
	})
	if err != nil {
		return call.Written{}, refused(ctx, c, err)
	}
	is, tells := call.Written{}, c.Connector.Write.Queues() // by now: it may have been otherwise when the key was used first
	if tells {
		is.Write = shown(w.box, said.Record)
	}
	switch answer := made.Load(); {
	case tells && accepted(said.Record):
		upstreams.WritesFrom(ctx).Note(upstreams.EffectUnknown) // it may be made yet
	case said.Err != nil:
		err = known(ctx, c, said)
	case answer != nil && !said.Replayed:
		is.Answer = answer
	default:
		is.Answer, err = replay(ctx, c, r, said.Record)
	}
	return is, named(err, said.Record)
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

// replay is the answer to who comes with the key of a change that was made, or tried, before. It is nil for one that was
// made and tells so itself, where nobody knows what was answered.
func replay(ctx context.Context, c *call.Opened, r *upstreams.Request, rec *outbox.Record) (*upstreams.Answer, error) {
	switch rec.State {
	case outbox.Applied, outbox.Refused:
		if o := rec.Outcome; o != nil && !o.Cut {
			return c.API.Replay(ctx, r, o.Status, http.Header(o.Header), o.Body)
		}
	}
	if rec.State == outbox.Applied && c.Connector.Write.Queues() {
		upstreams.WritesFrom(ctx).Note(upstreams.EffectApplied)
		return nil, nil //nolint:nilnil // see above
	}
	return nil, told(ctx, c, rec)
}
