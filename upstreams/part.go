package upstreams

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"holdfast/cache"
	"holdfast/upstreams/quota"
)

// part is what a whole answer says of one key.
type part struct {
	entry *cache.Entry
	value any
	err   error // it cannot be used
	// doubted is as in Answer.
	doubted bool
}

// split makes a whole answer into parts by key. If none can be used, neither can the answer.
func (r *round) split(reply Reply, e *cache.Entry, places []int) (any, error) {
	raw, unknown := r.batch.Split(reply, r.keysAt(places))
	if raw == nil && unknown != nil {
		return nil, unknown
	}
	header := itemHeader(e.Header)
	parts := make(map[string]part, len(places))
	var unusable []error
	for _, i := range places {
		p := part{entry: &cache.Entry{
			Key: r.names[i], Scope: r.batch.Scope, Status: http.StatusNotFound, Header: header,
			Asked: e.Asked, Received: e.Received, AsOf: e.AsOf, Tags: e.Tags,
		}}
		body, found := raw[r.keys[i]]
		if found {
			p.entry.Status, p.entry.Body = http.StatusOK, slices.Clone(body) // one item must not keep the whole in memory
		}
		if !found && unknown != nil {
			p.err = r.u.blamed(r.one, e, unknown)
		} else {
			p.value, p.err = r.u.judgePart(r.one, p.entry)
			p.entry.Tags = r.u.tagsOf(p.entry, r.one, p.value)
		}
		if bad, ok := errors.AsType[*Error](p.err); ok && bad.Kind == Contract {
			unusable = append(unusable, p.err)
		}
		parts[r.keys[i]] = p
	}
	if len(unusable) == len(parts) {
		return nil, &Error{Kind: Contract, Err: fmt.Errorf("no item can be used: %w", unusable[0])}
	}
	return parts, nil
}

// itemHeader returns the headers of a whole answer without those that say something of its body.
func itemHeader(whole map[string][]string) http.Header {
	h := http.Header{}
	maps.Copy(h, whole)
	for _, name := range []string{"Content-Length", "Content-Encoding", "Content-Range", "Etag", "Last-Modified"} {
		delete(h, name)
	}
	h.Set("Content-Type", "application/json")
	return h
}

// keepWithin is how long what is asked of the store may take, to keep the parts of one answer.
const keepWithin = 2 * time.Second

// keep remembers each part of a good answer.
func (r *round) keep(ctx context.Context, a *Answer) {
	ctx, cancel := context.WithTimeout(ctx, keepWithin)
	defer cancel()
	var again []int
	parts := partsOf(a)
	for key, p := range parts {
		if p.err != nil {
			continue
		}
		i, _ := slices.BinarySearch(r.keys, key) // it is there
		r.u.unwatched(func() {
			a := &Answer{Value: p.value, entry: p.entry}
			if r.u.keep(ctx, r.one, r.had(i), a) {
				again = append(again, i)
			}
			if a.doubted {
				p.doubted = true
				parts[key] = p
			}
		})
	}
	r.onceMore(again)
}

// had is what is remembered of the key at a place, however old; nil: nothing.
func (r *round) had(i int) *cache.Entry {
	if r.was == nil {
		return nil
	}
	return r.was[i]
}

// onceMore asks again behind for what is at places, of which the answers are doubted.
func (r *round) onceMore(places []int) {
	if len(places) == 0 {
		return
	}
	due := r.batch
	due.Keys, due.Operation = r.keysAt(places), nil
	again := r.u.newRound(&due, r.next)
	again.was = make([]*cache.Entry, len(places))
	all := make([]int, len(places))
	slices.Sort(places)
	for n, i := range places {
		all[n], again.was[n] = n, r.was[i]
		again.old[n] = &Answer{State: StateRefreshing, entry: r.was[i]}
	}
	pause := time.Until(note(again.was[0]).again.load())
	r.u.later(due.who, pause+5*time.Second/4, func(ctx context.Context) { // those that were found later are due, too
		pause := refreshPause()
		all = slices.DeleteFunc(all, func(n int) bool { return !refreshDue(again.was[n], pause) })
		again.ask(ctx, all, new(time.Duration), max(due.Priority, quota.Background))
	})
}

// settle says what becomes of the keys at places when the call for them ended with a or err. What was
// served and asked for behind stays as it is.
func (r *round) settle(ctx context.Context, places []int, a *Answer, err error) {
	parts := partsOf(a)
	for _, i := range places {
		old := r.old[i]
		if old != nil && old.State != StateStandingIn {
			continue
		}
		p := part{err: err}
		if err == nil {
			p = parts[r.keys[i]]
		}
		if p.err == nil && p.doubted && r.u.instead(r.one, old) {
			r.got[i].Answer = old
			continue
		}
		if p.err == nil {
			r.got[i].Answer = r.u.withWhole(ctx, r.one, r.u.arrived(r.one, p.value, p.entry))
			continue
		}
		r.got[i].Answer, r.got[i].Err = r.u.standIn(r.one, old, p.err)
	}
}

// partsOf returns what split made of a, which may be nil.
func partsOf(a *Answer) map[string]part {
	if a == nil {
		return nil
	}
	parts, _ := a.Value.(map[string]part)
	return parts
}
