package upstreams

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"holdfast/cache"
	"holdfast/upstreams/watch"
)

// Changes says what a write changes, as texts of tags: what carries one of them and was asked for before is not fresh
// any more.
type Changes interface {
	// Before is asked before the request leaves: from then on the change may be made at any time.
	Before() []string
	// After is asked once, when it is known what became of the write, and as much as will be: by then the request's
	// Accept has judged the last answer, if there was one. What was asked for meanwhile may have been answered from
	// before the change, so that it has what Before had too, whatever the effect.
	After(Effect) []string
}

// changes are what r changes: anything at the source, unless it says so itself.
func (u *Client) changes(r *Request) Changes {
	if r.Changes != nil {
		return r.Changes
	}
	return anything{"source:" + u.cfg.Name}
}

// anything is the changes of a write that does not say which.
type anything []string

func (a anything) Before() []string      { return a }
func (a anything) After(Effect) []string { return a }

// begin makes whoever reads from now on ask again for what r is about to change, and end does once more, when it is known
// what became of that. What is remembered may still stand in, and whoever waits for a call under way gets its answer.
func (u *Client) begin(ctx context.Context, r *Request) (end func(Effect)) {
	changes := u.changes(r)
	ended := u.epochs.Begin(ctx, u.bumps(ctx, r, changes.Before())...)
	return func(effect Effect) {
		ctx := context.WithoutCancel(ctx)
		ended(ctx, u.bumps(ctx, r, changes.After(effect))...)
	}
}

// Changed has whoever reads from now on ask again for what r may have changed, which was sent by somebody else, or earlier.
// It waits until that is kept, but not for long.
func (u *Client) Changed(ctx context.Context, r *Request) {
	_, _ = u.epochs.Bump(ctx, u.bumps(ctx, r, u.changes(r).After(EffectUnknown))...) // it is so here in any case, and later in the journal
}

// bumps are what is bumped by r since it changes what has one of tags, which the span is told.
func (u *Client) bumps(ctx context.Context, r *Request, tags []string) []cache.Tag {
	if len(tags) > 0 && trace.SpanFromContext(ctx).IsRecording() {
		watch.Invalidated(ctx, u.cfg.Name, r.Connector, withoutKeys(tags))
	}
	return cache.BumpOf(tags...)
}
