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

// forget makes whoever reads from now on ask again for what has one of tags. What is remembered may still stand in,
// and whoever waits for a call under way gets its answer.
func (u *Client) forget(ctx context.Context, r *Request, tags []string) {
	if len(tags) == 0 {
		return
	}
	if trace.SpanFromContext(ctx).IsRecording() {
		watch.Invalidated(ctx, u.cfg.Name, r.Connector, withoutKeys(tags))
	}
	_, _ = u.epochs.Bump(ctx, cache.BumpOf(tags...)...) // it is so here in any case; the cache counts what the journal does not have yet
}
