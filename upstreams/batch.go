package upstreams

import (
	"context"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams/quota"
)

// Batch asks for many things of one kind, each remembered on its own. The client does not change it and
// does not keep it longer than the calls it makes, which may outlive the caller.
type Batch struct {
	// Connector, Policy, Scope, AsCaller and Slot are as in [Request]. Slot names what Accept makes of one item.
	Connector string
	Policy    freshness.Policy
	Scope     string
	AsCaller  bool
	Slot      string
	// Inputs is everything besides its key that can change an item: the other inputs of the request.
	Inputs string
	// Shortcut, with a key behind it, is that of the [Request] for an item.
	Shortcut string
	// Keys is what is asked for, each once. They name the items in Build and Split.
	Keys []string
	// Max is the most keys that one request carries. Default 100.
	Max int
	// Build makes the request for some of the keys, which are sorted. Its method, URL, header and body
	// count. An error that is no *[Error] is [BadInput].
	Build func(keys []string) (*Request, error)
	// Split judges a whole answer, with errors as those of [Request].Accept, and finds each key's raw
	// item. A key that is not in the map is not there; what was not asked for is ignored. An error beside a
	// map is about the keys that are not in it.
	Split func(r Reply, keys []string) (map[string][]byte, error)
	// Accept maps one item, as in [Request]. The Reply has the raw item as its body, of content type
	// application/json, and status 200; for one that is not there status 404 and no body. Its other
	// headers are those of the whole answer.
	Accept func(Reply) (any, error)
	// Operation, Priority, NotBefore and NoStandIns are as in [Request].
	Operation  *Operation
	Priority   quota.Priority
	NotBefore  cache.AsOf
	NoStandIns bool

	who
}

// Item is what became of one key: an answer or an error.
type Item struct {
	*Answer       // nil if there is an error
	Err     error // an *[Error]; items that failed together share it
}

// ReadBatch answers in the order of b.Keys. Each key is read as [Client.Read] reads: answered from memory
// while what is remembered of it is fresh, and asked for behind in the refresh window. The others are asked
// for together, sorted, in as few calls as Max allows; what another call of this connector and Slot is
// already bringing is awaited instead (two that begin at the same instant may both ask). Calls do not affect
// each other: when one fails, its keys fail or are covered by their old answers, and no others.
//
// Patience counts for a call that asks only for keys with old answers: since all items are returned
// together, the others wait to the end anyway.
//
// An item that Accept finds unusable is not remembered and concerns its key only, unless no item of a call
// can be used: that is an unusable answer.
func (u *Client) ReadBatch(ctx context.Context, b *Batch) []Item {
	items := u.readBatch(ctx, u.eachAsCaller(ctx, b))
	for i := range items {
		items[i].released()
	}
	return items
}

// batchFunc answers one batch.
type batchFunc func(context.Context, *Batch) []Item

// rememberEach is remember for each of many things.
func (u *Client) rememberEach(next answerFunc) batchFunc {
	return func(ctx context.Context, b *Batch) []Item {
		r, early := u.newRound(b, next), u.opening()
		r.recall(ctx)
		var behind, ask []int
		pause := refreshPause()
		for i, old := range r.old {
			switch {
			case old == nil, old.State == StateStandingIn:
				ask = append(ask, i)
			case old.behind() && refreshDue(old.entry, pause):
				behind = append(behind, i)
			}
		}
		u.source.callers.begin(b.whose)
		defer u.source.callers.end(b.whose)
		r.ask(ctx, behind, new(time.Duration), max(b.Priority, quota.Background)) // what becomes of it, the next reader will see
		ask = r.others(ctx, ask)
		r.ask(ctx, ask, u.patienceWith(r.one), b.Priority)
		if early {
			r.late(ctx, ask)
		}
		return r.items(b.Keys)
	}
}
