package executor

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/fetch"
	"holdfast/connect/plan"
	"holdfast/upstreams/quota"
)

// checkFollowed is why a subscription cannot be followed: it has one field (GraphQL specification, 5.2.4.1).
func (p *Planned) checkFollowed() *gqlerror.Error {
	if f := p.plan.Root.Fields; len(f) == 1 && f[0].Kind != plan.TypeName {
		return nil
	}
	return &gqlerror.Error{
		Message: "a subscription asks for one field of Subscription, and nothing beside it", Extensions: map[string]any{"code": "BAD_USER_INPUT"},
	}
}

// Again runs a subscription as what it follows: once, and so that nothing is read that was asked for before notBefore.
// It returns the response and what that depends on; nil when ctx ended first. ctx has the operation, as for
// [Planned.Exec]. It comes after what people ask for themselves where calls are scarce.
func (p *Planned) Again(ctx context.Context, notBefore cache.AsOf) (*graphql.Response, []cache.Tag) {
	oc := graphql.GetOperationContext(ctx)
	tags := &fetch.Tags{}
	opt := fetch.Options{Caller: callerOf(ctx, oc), NotBefore: notBefore, Tags: tags}
	if notBefore != (cache.AsOf{}) {
		opt.Priority = quota.Background
	}
	data, ok := p.answer(ctx, oc.Variables, opt)
	if !ok {
		return nil, nil
	}
	return &graphql.Response{Data: data}, tags.All()
}

// Scope is what of who asks can make an answer another one: whoever has the same may have it, too.
func (p *Planned) Scope(ctx context.Context) string {
	h := graphql.GetOperationContext(ctx).Headers
	names := call.HeadersRead(p.plan.Callers)
	for _, source := range p.plan.Sources {
		names = append(names, p.schema.registry.Source(source).Forwards()...)
	}
	known := call.ContextFrom(ctx)
	reads := slices.ContainsFunc(p.plan.Callers, func(input string) bool {
		return input == "$context" || strings.HasPrefix(input, "$context.")
	})
	if p.plan.ByHand || slices.Contains(names, "*") { // a method may look at anything
		reads = true
		names = names[:0]
		for name := range h {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b bytes.Buffer
	for _, name := range slices.Compact(names) {
		for _, value := range h[http.CanonicalHeaderKey(name)] {
			fmt.Fprintf(&b, "%q: %q\n", name, value)
		}
	}
	if reads && !known.IsMissing() {
		b.Write(known.AppendJSON(nil))
	}
	return b.String()
}
