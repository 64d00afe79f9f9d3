package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast/admin"
	"holdfast/outbox"
	"holdfast/upstreams/field"
)

// about says of a verb which writes it is for, and of which it has to be said.
func about(verb admin.Verb) (usual, also []outbox.State) {
	switch verb {
	case admin.Retry, admin.Cancel:
		return []outbox.State{outbox.Queued, outbox.Held, outbox.Dead}, nil
	case admin.Made, admin.NotMade:
		return []outbox.State{outbox.Unknown}, nil
	case admin.Erase:
		return []outbox.State{outbox.Applied, outbox.Refused, outbox.Expired, outbox.Cancelled}, []outbox.State{outbox.Dead}
	}
	return nil, nil
}

// meant is which writes fit, and verb is for.
func (r recorded) meant(verb admin.Verb, f admin.WriteFilter, now time.Time) (outbox.Filter, error) {
	asked, err := r.filter(f, now)
	if err != nil {
		return asked, err
	}
	usual, also := about(verb)
	if len(asked.States) == 0 {
		asked.States = usual
	}
	for _, state := range asked.States {
		if all := slices.Concat(usual, also); !slices.Contains(all, state) {
			return asked, admin.BadInput(fmt.Sprintf("that is not for what is %s: expected %s", state, field.Either(stateNames(all))))
		}
	}
	return asked, nil
}

const (
	doneAtOnce = 16 // writes
	mostFailed = 20 // that are told
)

// Many implements [admin.Writes].
func (r recorded) Many(ctx context.Context, verb admin.Verb, f admin.WriteFilter, who string) (admin.WritesDone, error) {
	done := admin.WritesDone{DryRun: f.DryRun}
	asked, err := r.meant(verb, f, time.Now())
	if err != nil {
		return done, err
	}
	if err := r.ready(ctx); err != nil {
		return done, err
	}
	if done.Found = r.box.Count(asked); f.DryRun {
		return done, nil
	}
	all := r.box.List(asked)
	var begun int
	if verb == admin.Erase {
		begun, err = r.eraseAll(ctx, all, who, &done)
	} else {
		begun = r.each(ctx, verb, all, who, &done)
	}
	if err != nil {
		return done, inWords(err)
	}
	if done.More = done.Found > begun; done.More {
		if begun == 0 {
			return done, admin.Unavailable("nothing was done in time: ask again")
		}
		done.Next = strconv.FormatUint(uint64(all[begun-1].Created), 10)
	}
	return done, nil
}

// each does it about writes one after the other, some at once, until ctx ends, and returns about how many.
func (r recorded) each(ctx context.Context, verb admin.Verb, all []*outbox.Record, who string, done *admin.WritesDone) (begun int) {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(doneAtOnce)
	for _, w := range all {
		if ctx.Err() != nil {
			break
		}
		begun++
		g.Go(func() error {
			err := r.do(ctx, verb, w.Write.ID, who)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done.Done++
				return nil
			}
			done.Failures++
			if len(done.Failed) < mostFailed {
				done.Failed = append(done.Failed, admin.WriteFailed{ID: w.Write.ID.String(), Message: err.Error()})
			}
			return nil
		})
	}
	_ = g.Wait() // none fails
	return begun
}

func (r recorded) do(ctx context.Context, verb admin.Verb, id outbox.ID, who string) error {
	switch verb {
	case admin.Retry:
		return r.box.Retry(ctx, id, who)
	case admin.Cancel:
		return r.box.Cancel(ctx, id, who, outbox.ReasonOperator)
	}
	return r.box.Resolve(ctx, id, verb == admin.Made, who)
}

const (
	erasedAtOnce = 20              // writes
	mostErasing  = 5 * time.Second // after which no more are begun in one call: a store takes its time to leave no trace
)

// eraseAll erases what is over still, and returns about how many it was begun.
func (r recorded) eraseAll(ctx context.Context, all []*outbox.Record, who string, done *admin.WritesDone) (begun int, err error) {
	began := time.Now()
	for some := range slices.Chunk(all, erasedAtOnce) {
		if time.Since(began) > mostErasing {
			break
		}
		ids := make([]outbox.ID, len(some))
		for i, w := range some {
			ids[i] = w.Write.ID
		}
		gone, err := r.box.EraseAll(ctx, ids, who)
		done.Done += gone
		if err != nil {
			return begun, err
		}
		done.Failures += len(some) - gone
		begun += len(some)
	}
	return begun, nil
}
