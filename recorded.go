package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"holdfast/admin"
	"holdfast/connect/schema"
	"holdfast/outbox"
	"holdfast/upstreams/field"
)

// recorded is what an outbox has, as who operates it sees it.
type recorded struct {
	box *outbox.Outbox
	sdl *schema.Schema // whose sources there are
}

var _ admin.Writes = recorded{}

// mostReady is how long who operates an outbox waits until it is known what is in it.
const mostReady = 5 * time.Second

// Status implements [admin.Writes]: it is an [outbox.Status]. What cannot be known soon it says.
func (r recorded) Status(ctx context.Context) (any, error) {
	_ = r.ready(ctx)
	return r.box.Status(), nil
}

// List implements [admin.Writes].
func (r recorded) List(ctx context.Context, f admin.WriteFilter) (admin.WriteList, error) {
	list := admin.WriteList{Writes: []admin.Write{}}
	now := time.Now()
	asked, err := r.filter(f, now)
	if err != nil {
		return list, err
	}
	if err := r.ready(ctx); err != nil {
		return list, err
	}
	if asked.Limit++; f.Limit == 0 {
		asked.Limit = 0
	}
	found := r.box.List(asked)
	if list.More = f.Limit > 0 && len(found) > f.Limit; list.More {
		found = found[:f.Limit]
	}
	if f.Full || f.Values {
		return r.full(ctx, list, found, f.Values, now)
	}
	for _, w := range found {
		list.Writes = append(list.Writes, r.listed(w, w.State, now))
		list.Next = nextOf(list, w)
	}
	return list, nil
}

// nextOf is where a list goes on behind w; "" where there is no more.
func nextOf(l admin.WriteList, w *outbox.Record) string {
	if !l.More {
		return ""
	}
	return strconv.FormatUint(uint64(w.Created), 10)
}

const (
	readAtOnce = 20      // records
	mostShown  = 8 << 20 // bytes of values, more or less, that one page has
)

// full is list with all that is kept of what was found, as far as there is room in one answer. What is gone, or cannot
// be read, is left out.
func (r recorded) full(ctx context.Context, list admin.WriteList, found []*outbox.Record, values bool, now time.Time) (admin.WriteList, error) {
	size := 0
	for some := range slices.Chunk(found, readAtOnce) {
		ids := make([]outbox.ID, len(some))
		for i, w := range some {
			ids[i] = w.Write.ID
		}
		read, err := r.box.ShowAll(ctx, ids)
		if err != nil {
			return list, inWords(err)
		}
		for _, w := range read {
			one := r.shown(w, now)
			if size += len(w.Write.Args) + len(w.Write.Request.Body); w.Outcome != nil {
				size += len(w.Outcome.Body)
			}
			if !values {
				one.Values = nil
			}
			list.Writes = append(list.Writes, one)
		}
		last := some[len(some)-1]
		list.More = list.More || values && size > mostShown && last != found[len(found)-1]
		if list.Next = nextOf(list, last); values && size > mostShown {
			break
		}
	}
	return list, nil
}

// filter is f as an outbox has it. The error is an [*admin.RefusedError].
func (r recorded) filter(f admin.WriteFilter, now time.Time) (outbox.Filter, error) {
	asked := outbox.Filter{Source: f.Source, Field: f.Field, Lane: f.Lane, Newest: f.Newest, Limit: f.Limit}
	for _, state := range f.States {
		if !slices.Contains(outbox.States(), outbox.State(state)) {
			return asked, admin.BadInput(fmt.Sprintf("unknown state %q: expected %s", state, field.Either(stateNames(outbox.States()))))
		}
		asked.States = append(asked.States, outbox.State(state))
	}
	if f.Age > 0 {
		asked.Before = now.Add(-f.Age)
	}
	if f.After != "" {
		after, err := strconv.ParseUint(f.After, 10, 64)
		if err != nil {
			return asked, admin.BadInput("after: expected what a list said behind next")
		}
		asked.After = outbox.Revision(after)
	}
	return asked, nil
}

func stateNames(states []outbox.State) (names []string) {
	for _, s := range states {
		names = append(names, string(s))
	}
	return names
}

// Show implements [admin.Writes].
func (r recorded) Show(ctx context.Context, id string) (admin.Write, error) {
	name, err := r.name(ctx, id)
	if err != nil {
		return admin.Write{}, err
	}
	w, err := r.box.Show(ctx, name)
	if err != nil {
		return admin.Write{}, inWords(err)
	}
	return r.shown(w, time.Now()), nil
}

// shown is all that is kept of a write.
func (r recorded) shown(w *outbox.Record, now time.Time) admin.Write {
	shown := r.listed(w, r.box.Shown(w), now)
	shown.Connector, shown.Key, shown.FirstSent = w.Write.Connector, w.Write.Key, w.FirstSent.Round(0)
	if eta := r.box.ETA(w); !eta.IsZero() {
		shown.Made = eta.Round(0)
	}
	if sent := w.Write; sent.Window > 0 && sent.Request.VendorKey != "" && !w.FirstSent.IsZero() {
		shown.KnownUntil = w.FirstSent.Add(sent.Window).Round(0)
	}
	for _, t := range w.History {
		shown.History = append(shown.History, admin.WriteStep{State: string(t.State), At: t.At.Round(0), Attempt: t.Attempt, Reason: t.Reason, Who: t.Actor})
	}
	sent := w.Write.Request
	shown.Values = &admin.WriteValues{
		Request: admin.WriteMessage{Method: sent.Method, Path: sent.PathAndQuery, Header: sent.Header, Body: string(sent.Body)},
		Message: w.Last().Message,
	}
	if json.Valid(w.Write.Args) {
		shown.Values.Args = w.Write.Args
	}
	if o := w.Outcome; o != nil {
		shown.Status = o.Status
		if !o.Cut {
			shown.Values.Answer = &admin.WriteMessage{Status: o.Status, Header: o.Header, Body: string(o.Body)}
		}
	}
	return shown
}

// listed is a write as it is listed, in the state that people see.
func (r recorded) listed(w *outbox.Record, state outbox.State, now time.Time) admin.Write {
	last := w.Last()
	is := admin.Write{
		ID: w.Write.ID.String(), State: string(state), Source: w.Write.Source, Field: w.Write.Field, Caller: w.Write.Caller,
		Accepted: w.Write.Accepted.Round(0), AgeSeconds: now.Sub(w.Write.Accepted).Seconds(), Since: last.At.Round(0),
		Attempts: w.Attempts, Reason: last.Reason, Lane: w.Write.Lane, NextTry: w.NextTry.Round(0), Expires: w.Write.Expires.Round(0),
	}
	if state == outbox.Unknown {
		is.NextLook = r.box.NextLook(w).Round(0)
	}
	return is
}

// Resolve implements [admin.Writes].
func (r recorded) Resolve(ctx context.Context, id string, made bool, who string) error {
	return r.operate(ctx, id, func(name outbox.ID) error { return r.box.Resolve(ctx, name, made, who) })
}

// Cancel implements [admin.Writes].
func (r recorded) Cancel(ctx context.Context, id, who string) error {
	return r.operate(ctx, id, func(name outbox.ID) error { return r.box.Cancel(ctx, name, who, outbox.ReasonOperator) })
}

// Retry implements [admin.Writes].
func (r recorded) Retry(ctx context.Context, id, who string) error {
	return r.operate(ctx, id, func(name outbox.ID) error { return r.box.Retry(ctx, name, who) })
}

// Erase implements [admin.Writes].
func (r recorded) Erase(ctx context.Context, id, who string) error {
	return r.operate(ctx, id, func(name outbox.ID) error { return r.box.Erase(ctx, name, who) })
}

// Hold implements [admin.Writes]: it returns an [outbox.SourceState].
func (r recorded) Hold(ctx context.Context, source, who string) (any, error) {
	return r.hold(ctx, source, func() error { return r.box.Hold(ctx, source, outbox.ReasonOperator, who) })
}

// Resume implements [admin.Writes]: it returns an [outbox.SourceState].
func (r recorded) Resume(ctx context.Context, source, who string) (any, error) {
	return r.hold(ctx, source, func() error { return r.box.Resume(ctx, source, who) })
}

// ResumeAll implements [admin.Writes]: it returns an [outbox.Status].
func (r recorded) ResumeAll(ctx context.Context, who string) (any, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	if err := r.box.ResumeAll(ctx, who); err != nil {
		return nil, inWords(err)
	}
	return r.box.Status(), nil
}

func (r recorded) hold(ctx context.Context, source string, do func() error) (any, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	if err := r.check(source); err != nil {
		return nil, err
	}
	if err := do(); err != nil {
		return nil, inWords(err)
	}
	return r.box.Source(source), nil
}

// check refuses a source that neither the SDL has nor a write.
func (r recorded) check(source string) error {
	known := sourceNames(r.sdl)
	for _, s := range r.box.Status().Sources {
		known = append(known, s.Source)
	}
	if slices.Contains(known, source) {
		return nil
	}
	slices.Sort(known)
	return admin.BadInput(fmt.Sprintf("unknown source %q: expected %s", source, field.Either(slices.Compact(known))))
}

func (r recorded) operate(ctx context.Context, id string, do func(outbox.ID) error) error {
	name, err := r.name(ctx, id)
	if err != nil {
		return err
	}
	return inWords(do(name))
}

// name is what id names, once all that there is is known.
func (r recorded) name(ctx context.Context, id string) (outbox.ID, error) {
	name, err := outbox.ParseID(id)
	if err != nil {
		return name, admin.BadInput(err.Error() + ": it has 26 characters of a-z and 2-7, as they are listed")
	}
	return name, r.ready(ctx)
}

func (r recorded) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, mostReady)
	defer cancel()
	return inWords(r.box.Ready(ctx))
}

// inWords is an error of an outbox as who operates it is told.
func inWords(err error) error {
	e, ok := errors.AsType[*outbox.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case outbox.NotFound:
		return admin.NotFound(e.Error())
	case outbox.Impossible:
		return admin.Conflict(e.Error())
	}
	return admin.Unavailable(e.Error())
}
