package gateway

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
	"holdfast/events/live"
	"holdfast/upstreams"
)

// codeTooMany is how a client learns that nothing more can be followed now.
const codeTooMany = "TOO_MANY_SUBSCRIPTIONS"

// unfollowable is why an operation is not, or not any more, followed: request errors.
type unfollowable struct{ errs gqlerror.List }

func (e *unfollowable) Error() string { return e.errs.Error() }

// follow begins to follow the subscription in params. ctx is that of a visit. The error is an [*unfollowable].
func (t *transport) follow(ctx context.Context, op *prepared, params *graphql.RawParams) (*live.Follower, error) {
	plan, ok := op.plan.(Follower)
	if !ok || t.streams == nil {
		return nil, refused("subscriptions are not served", codeBadRequest)
	}
	key, err := keyOf(graphql.WithOperationContext(ctx, &op.OperationContext), op, plan)
	if err != nil {
		return nil, err
	}
	own, asked := *params, ctx // for as long as it is followed
	own.Headers = params.Headers.Clone()
	f, err := t.streams.queries.Follow(key, func(ctx context.Context, notBefore cache.AsOf) (*live.Answer, error) {
		return t.streams.answer(behalf{ctx, asked}, own, notBefore)
	})
	if err != nil {
		return nil, refused("too much is followed: try again later", codeTooMany)
	}
	return f, nil
}

// behalf ends as its context does, and has what was found out of who asked: the values of his request.
type behalf struct {
	context.Context

	asked context.Context
}

// Value is part of [context.Context].
func (b behalf) Value(key any) any {
	if v := b.Context.Value(key); v != nil {
		return v
	}
	return b.asked.Value(key)
}

func refused(message, code string) error {
	return &unfollowable{gqlerror.List{{Message: message, Extensions: map[string]any{"code": code}}}}
}

// keyOf is equal for those who follow the same and may have the same answers.
func keyOf(ctx context.Context, op *prepared, plan Follower) (string, error) {
	vars, err := json.Marshal(op.Variables)
	if err != nil {
		return "", fmt.Errorf("variables: %w", err)
	}
	h := sha256.New()
	for _, part := range []string{op.RawQuery, op.OperationName, string(vars), plan.Scope(ctx)} {
		put(h, part)
	}
	return string(h.Sum(nil)), nil
}

// put writes a text so that it is told from the next.
func put[T ~string | ~[]byte](to hash.Hash, text T) {
	var length [8]byte
	binary.BigEndian.PutUint64(length[:], uint64(len(text)))
	_, _ = to.Write(length[:])
	_, _ = to.Write([]byte(text))
}

// answer makes an answer with the newest gateway.
func (s *Streams) answer(ctx context.Context, params graphql.RawParams, notBefore cache.AsOf) (*live.Answer, error) {
	g, done := s.newest()
	if g == nil {
		return nil, live.ErrClosed
	}
	defer done()
	v := newVisit(ctx, nil, &http.Request{Header: params.Headers}, &g.draining, false)
	now := graphql.Now()
	params.ReadTime = graphql.TraceTiming{Start: now, End: now}
	return g.graphql.again(&v.ctx, &params, notBefore)
}

// again makes an answer to the subscription in params. The error is an [*unfollowable], or that of ctx.
func (t *transport) again(ctx context.Context, params *graphql.RawParams, notBefore cache.AsOf) (*live.Answer, error) {
	op, errs := t.operations.prepare(ctx, params)
	if len(errs) > 0 {
		return nil, t.unfollowable(ctx, op, errs)
	}
	plan, ok := op.plan.(Follower)
	if !ok {
		return nil, refused("subscriptions are not served", codeBadRequest)
	}
	visitFrom(ctx).operation(op.Operation)
	once := &again{Planned: op.plan, follower: plan, notBefore: notBefore}
	op.plan = once
	ctx = graphql.WithOperationContext(ctx, &op.OperationContext)
	ctx, span := t.spans.operation(ctx, &op.OperationContext)
	defer span.End()
	resp := t.operations.dispatch(ctx, op)
	if resp == nil {
		return nil, cmp.Or(context.Cause(ctx), errNoResponse)
	}
	a := &answer{Response: resp, executed: true}
	t.settle(ctx, a, http.Header{})
	return lasting(a, once.tags)
}

var errNoResponse = errors.New("an extension gave no response")

// again is a plan of which one run is made of what is followed.
type again struct {
	Planned

	follower  Follower
	notBefore cache.AsOf
	tags      []cache.Tag // once it has run
}

// Exec implements [Planned].
func (a *again) Exec(context.Context) graphql.ResponseHandler {
	return func(ctx context.Context) (resp *graphql.Response) {
		resp, a.tags = a.follower.Again(ctx, a.notBefore)
		return resp
	}
}

// unfollowable has request errors as clients are told.
func (t *transport) unfollowable(ctx context.Context, op *prepared, errs gqlerror.List) error {
	ctx = graphql.WithOperationContext(ctx, &op.OperationContext)
	a := &answer{Response: t.operations.refuse(ctx, errs)}
	t.settle(ctx, a, http.Header{})
	return &unfollowable{a.Errors}
}

// retryAfter is after what time an answer that is not as it should be is made anew, more or less: an API may be well again.
const retryAfter = 5 * time.Second

// lasting is an answer as it is kept for all who follow.
func lasting(a *answer, tags []cache.Tag) (*live.Answer, error) {
	text, data, err := a.append(nil)
	if err != nil {
		return nil, err
	}
	kept := &live.Answer{Tags: tags, Body: text}
	if data.large != nil {
		kept.Body = append(append(append(make([]byte, 0, len(text)+len(data.large)), text[:data.at]...), data.large...), text[data.at:]...)
	}
	h := sha256.New()
	put(h, a.Data)
	errs, err := json.Marshal(a.Errors)
	if err != nil {
		return nil, err
	}
	put(h, errs)
	entries, _ := a.Extensions["freshness"].([]*part)
	for _, e := range entries { // but for its age
		put(h, dotted(e.Path)+" "+e.Source+" "+string(e.State)+" "+string(e.Reason))
	}
	h.Sum(kept.Sum[:0])
	if len(a.Errors) > 0 || out(entries) {
		kept.Again = retryAfter/2 + rand.N(retryAfter) //nolint:gosec // not a secret
	}
	return kept, nil
}

// out reports whether a part is not what its API would say now.
func out(entries []*part) bool {
	for _, e := range entries {
		if e.State != upstreams.StateFresh {
			return true
		}
	}
	return false
}

// isSubscription says whether an operation goes on.
func isSubscription(op *prepared) bool {
	return op.OperationContext.Operation != nil && op.OperationContext.Operation.Operation == ast.Subscription
}
