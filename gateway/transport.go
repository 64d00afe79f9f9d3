package gateway

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// traceHeader is the request header that asks for the freshness of all parts,
// and for what the request cost.
const traceHeader = "X-Holdfast-Trace"

// transport answers single operations over POST and GET as GraphQL over HTTP
// says (https://graphql.github.io/graphql-over-http/draft/). Batches and
// subscriptions are refused.
type transport struct {
	operations *preparation
	computing  *computing
	streams    *Streams // nil: nothing is followed
	follows    Subscriptions
	origins    cors
	body       int64
	most       int  // errors in one answer
	keys       bool // clients may see which things answers depend on
	log        *slog.Logger
	spans      spans
	meters     *meters
}

func (t *transport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isWebSocket(r) && t.streams != nil {
		t.socket(w, r)
		return
	}
	header := w.Header()
	addHeader(header, "Vary", varyValue)
	accept := r.Header.Values("Accept")
	media, stream := negotiate(accept), ""
	if t.streams != nil {
		stream = streamed(accept)
	}
	only := stream != "" && media == "" // whatever is asked for
	if only {
		media = plainJSON // of what is wrong before it begins
	}
	if media == "" {
		refuse(w, plainJSON, &refusal{
			status:  http.StatusNotAcceptable,
			message: "this speaks " + graphqlJSON + " and " + plainJSON,
		})
		return
	}
	if t.computing.full() { // not even what it is about needs to be known
		refuse(w, media, t.tooMany(visitFrom(r.Context())))
		return
	}
	params, err := decode(w, r, t.body)
	if err != nil {
		refuse(w, media, err)
		return
	}
	if only || stream != "" && t.goesOn(r.Context(), params) {
		t.stream(w, r, params, stream)
		return
	}
	a, err := t.answer(r, params, header)
	if errors.Is(err, context.Canceled) {
		v := visitFrom(r.Context())
		v.gone, v.outcome = true, outcomeGone
		return
	}
	if err != nil {
		refuse(w, media, err)
		return
	}
	status := http.StatusOK
	if !a.executed && media == graphqlJSON {
		status = http.StatusBadRequest
	}
	if err := a.write(w, media, status); err != nil {
		panic(err) // an extension that is no JSON: nothing is written yet
	}
	if a.from != nil {
		a.from.Return(a.Data)
	}
}

// answer is what one operation came to.
type answer struct {
	*graphql.Response
	executed bool // false: a request error, which has no data
	query    bool
	traced   bool     // the client wants to know all about freshness
	from     Returner // who wants the data back; nil: nobody
}

// answer computes the answer to r as soon as there is a turn to, with what there is
// to say of it in header. The error is that of execute, or says that this is not
// the time.
func (t *transport) answer(r *http.Request, params *graphql.RawParams, header http.Header) (*answer, error) {
	ctx := r.Context()
	v := visitFrom(ctx)
	begun := params.ReadTime.End
	seat, err := t.computing.enter(ctx)
	switch {
	case errors.Is(err, errBusy):
		v.queued = time.Since(begun)
		return nil, t.tooMany(v)
	case err != nil:
		v.queued = time.Since(begun)
		t.meters.queue(ctx, v.queued, err)
		return nil, context.Canceled
	}
	v.queued = seat.waited
	t.meters.queue(ctx, v.queued, nil)
	defer seat.leave()
	v.asker.Waiting = seat.wait // nobody looked before
	a, err := t.execute(ctx, r.Method, params)
	if err != nil {
		return nil, err
	}
	a.traced = r.Header.Get(traceHeader) == "1"
	t.settle(ctx, a, header)
	return a, nil
}

// tooMany notes that an operation was turned away, and returns what its client is told.
func (t *transport) tooMany(v *visit) error {
	t.meters.queue(&v.ctx, v.queued, errBusy)
	v.outcome = outcomeOverload
	return busy
}

// execute runs the operation in params. The error is a [*refusal], or
// [context.Canceled] when the client is gone.
func (t *transport) execute(ctx context.Context, method string, params *graphql.RawParams) (*answer, error) {
	op, errs := t.operations.prepare(ctx, params)
	if len(errs) == 0 {
		visitFrom(ctx).operation(op.Operation)
		switch {
		case method == http.MethodGet && op.Operation.Operation != ast.Query:
			return nil, &refusal{status: http.StatusMethodNotAllowed, message: "GET is for queries: use POST", allow: "POST"}
		case op.Operation.Operation == ast.Subscription:
			errs = gqlerror.List{{
				Message:    "a subscription has answers that go on: ask for them over a WebSocket, or accept text/event-stream or multipart/mixed",
				Extensions: map[string]any{"code": codeBadRequest},
			}}
		}
	}
	ctx = graphql.WithOperationContext(ctx, &op.OperationContext)
	if len(errs) > 0 {
		return &answer{Response: t.operations.refuse(ctx, errs)}, nil
	}
	ctx, span := t.spans.operation(ctx, &op.OperationContext)
	defer span.End()
	resp := t.operations.dispatch(ctx, op)
	if resp == nil {
		if ctx.Err() == nil {
			panic("an extension gave no response")
		}
		return nil, context.Canceled
	}
	a := &answer{Response: resp, executed: true, query: op.Operation.Operation == ast.Query}
	if t.operations.hooks.seeNothing() {
		a.from, _ = op.plan.(Returner)
	}
	return a, nil
}

// settle makes the answer fit to leave: errors grouped, logged and counted,
// the freshness of its parts reported in extensions and header.
func (t *transport) settle(ctx context.Context, a *answer, header http.Header) {
	most := t.most
	v := visitFrom(ctx)
	parts := v.report.Take()
	groups := group(a.Errors)
	if !a.executed && len(groups) > 0 {
		most = min(most, maxRequestErrors)
		v.refused = mistake(groups[0].Error)
	}
	logErrors(ctx, t.log, groups, a.executed)
	logParts(ctx, t.log, parts)
	a.Errors = written(groups, most)
	v.errors, v.outcome = len(groups), outcome(a, parts)
	v.aged = v.outcome == outcomeAged
	t.meters.failed(ctx, groups)
	cacheHeaders(header, &v.cached, parts, a.query && len(a.Errors) == 0 && v.report.Storable())

	entries := freshness(parts, a.traced)
	if len(entries) == 0 && !a.traced {
		return
	}
	a.Extensions = maps.Clone(a.Extensions) // an answer that is kept somewhere has its own
	if a.Extensions == nil {
		a.Extensions = make(map[string]any, 2)
	}
	if len(entries) > 0 {
		a.Extensions["freshness"] = entries
	}
	if a.traced {
		a.Extensions["trace"] = cost{
			Calls:      v.report.Calls(),
			DurationMS: float64(time.Since(v.start).Microseconds()) / 1000,
			Problems:   v.report.Problems(),
			Tags:       dependences(parts, t.keys),
		}
	}
}
