package upstreams

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/quota"
)

// manyKeys is how many keys one request carries where the batch does not say.
const manyKeys = 100

// round is one batch on its way. The first group of fields is set by newRound and used by calls that may
// outlive the round; the second belongs to the caller's goroutines, each with places of its own.
type round struct {
	u     *Client
	next  answerFunc
	batch Batch
	one   *Request // how one item is read
	keys  []string // sorted, each once; a place is an index into it, and into the slices below
	came  cache.AsOf
	names []string // of the items in the cache

	was []*cache.Entry // what is remembered, if anything; set before anything is asked
	old []*Answer      // of that, what may be used in some way
	got []Item
}

func (u *Client) newRound(b *Batch, next answerFunc) *round {
	keys := slices.Compact(slices.Sorted(slices.Values(b.Keys)))
	r := &round{
		u: u, next: next, batch: *b, keys: keys, came: u.epochs.AsOf(),
		one:   b.one(),
		names: make([]string, len(keys)),
		old:   make([]*Answer, len(keys)),
		got:   make([]Item, len(keys)),
	}
	for i, key := range keys {
		r.names[i] = u.itemKey(b, key)
	}
	if r.batch.Max <= 0 {
		r.batch.Max = manyKeys
	}
	return r
}

// one is how one item is read.
func (b *Batch) one() *Request {
	return &Request{
		Connector: b.Connector, Scope: b.Scope, AsCaller: b.AsCaller, Policy: b.Policy, Slot: b.Slot, Accept: b.Accept,
		Priority: b.Priority, NotBefore: b.NotBefore, NoStandIns: b.NoStandIns,
		added: added{who: b.who},
	}
}

// recall finds what is remembered of each key.
func (r *round) recall(ctx context.Context) {
	if r.u.cache == nil {
		return
	}
	r.was = r.u.cache.GetAll(ctx, r.names, r.batch.Scope)
	for i, e := range r.was {
		r.old[i] = r.u.withWhole(ctx, r.one, r.u.usable(ctx, r.one, e))
		r.got[i].Answer = r.old[i]
	}
}

// items returns what became of keys, in their order.
func (r *round) items(keys []string) []Item {
	items := make([]Item, len(keys))
	for n, key := range keys {
		i, _ := slices.BinarySearch(r.keys, key) // it is there
		items[n] = r.got[i]
	}
	return items
}

// ask settles what is at places: what is under way already is awaited, the rest goes out in chunks. It
// returns when all have come back, or patience with them is over.
func (r *round) ask(ctx context.Context, places []int, patience *time.Duration, priority quota.Priority) {
	if len(places) == 0 {
		return
	}
	var calls sync.WaitGroup
	defer calls.Wait()
	aboard, rest := r.board(places)
	for f, places := range aboard {
		calls.Go(func() {
			r.caught(places, func() { r.await(ctx, f, places, patience, priority) })
		})
	}
	for chunk := range slices.Chunk(rest, r.batch.Max) {
		req, err := r.request(ctx, chunk)
		if err != nil {
			r.settle(ctx, chunk, nil, err)
			continue
		}
		req.patience, req.Priority = r.patience(chunk, patience), priority
		calls.Go(func() {
			r.caught(chunk, func() {
				a, err := r.next(ctx, req)
				r.settle(ctx, chunk, a, err)
			})
		})
	}
}

// caught runs f, which settles what is at places; a panic does too.
func (r *round) caught(places []int, f func()) {
	err := r.u.caught(r.one, func() error {
		f()
		return nil
	})
	if err == nil {
		return
	}
	for _, i := range places {
		r.got[i] = Item{Err: err}
	}
}

// patience returns p if everything at places has an old answer, which may stand in or is served already.
func (r *round) patience(places []int, p *time.Duration) *time.Duration {
	for _, i := range places {
		if r.old[i] == nil {
			return nil
		}
	}
	return p
}

// board joins the flights that bring something of places. It returns what is on which, and what is on none.
func (r *round) board(places []int) (aboard map[*flight][]int, rest []int) {
	aboard = map[*flight][]int{}
	for n, f := range r.u.flights.board(r.u, r.underWay(places), r.one) {
		if f == nil {
			rest = append(rest, places[n])
		} else {
			aboard[f] = append(aboard[f], places[n])
		}
	}
	return aboard, rest
}

// underWay returns what the items at places are called while a call brings them: they come with values.
func (r *round) underWay(places []int) []string {
	names := make([]string, len(places))
	for n, i := range places {
		names[n] = string(appendPart([]byte(r.names[i]), r.batch.Slot))
	}
	return names
}

// await settles what is at places with what a flight brings, or asks again where that had no room since it
// was less urgent.
func (r *round) await(ctx context.Context, f *flight, places []int, patience *time.Duration, priority quota.Priority) {
	own := &Request{Connector: r.batch.Connector, added: added{patience: r.patience(places, patience)}}
	if err := r.u.await(ctx, f, own); err != nil {
		r.settle(ctx, places, nil, r.u.sign(err, r.one))
		return
	}
	if f.by.Priority > priority && f.ownTrouble() {
		r.ask(ctx, places, patience, priority)
		return
	}
	r.settle(ctx, places, f.answer, f.err)
	r.ask(ctx, r.outdated(places, f), patience, priority)
}

// outdated returns those of places of which a flight that has landed brought what was outdated when it was joined.
func (r *round) outdated(places []int, f *flight) (again []int) {
	parts := partsOf(f.answer)
	for _, i := range places {
		if p := parts[r.keys[i]]; p.err == nil && r.u.outdated(p.entry, p.value, r.came) {
			again = append(again, i)
		}
	}
	return again
}

// request asks for the keys at places.
func (r *round) request(ctx context.Context, places []int) (*Request, error) {
	keys := r.keysAt(places)
	built, err := r.batch.Build(keys)
	key := ""
	if err == nil {
		key, err = r.u.keyOf(built), r.u.build(built)
	}
	if err != nil {
		if _, ok := errors.AsType[*Error](err); !ok {
			err = &Error{Kind: BadInput, Err: err}
		}
		return nil, r.u.sign(err, r.one)
	}
	return &Request{
		Connector: r.batch.Connector,
		Method:    built.Method,
		URL:       built.URL,
		Header:    built.Header,
		Body:      built.Body,
		Scope:     r.batch.Scope,
		AsCaller:  r.batch.AsCaller,
		Slot:      r.slot(places),
		Operation: r.batch.Operation,
		NotBefore: r.batch.NotBefore,
		added: added{
			who:    r.batch.who,
			key:    key,
			items:  r.underWay(places),
			things: keys,
			names:  r.namesAt(places),
			split:  func(reply Reply, e *cache.Entry) (any, error) { return r.split(reply, e, places) },
			good:   func(a *Answer) { r.keep(context.WithoutCancel(ctx), a) },
			repeat: true,
		},
	}, nil
}

// slot names what split makes of a whole answer.
func (r *round) slot(places []int) string {
	b := appendPart(appendPart([]byte("items of "), r.batch.Slot), r.batch.Inputs)
	for _, i := range places {
		b = appendPart(b, r.keys[i])
	}
	return string(b)
}

func (r *round) namesAt(places []int) []string {
	names := make([]string, len(places))
	for n, i := range places {
		names[n] = r.names[i]
	}
	return names
}

func (r *round) keysAt(places []int) []string {
	keys := make([]string, len(places))
	for n, i := range places {
		keys[n] = r.keys[i]
	}
	return keys
}
