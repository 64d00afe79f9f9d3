package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast/admin"
	"holdfast/outbox"
	"holdfast/upstreams/field"
)

// recorded is what an outbox has, as who operates it sees it.
type recorded struct{ box *outbox.Outbox }

var _ admin.Writes = recorded{}

// mostReady is how long who operates an outbox waits until it is known what is in it.
const mostReady = 5 * time.Second

// List implements [admin.Writes].
func (r recorded) List(ctx context.Context, f admin.WriteFilter) ([]admin.Write, error) {
	var states []string
	for _, s := range outbox.States() {
		states = append(states, string(s))
	}
	if f.State != "" && !slices.Contains(states, f.State) {
		return nil, admin.BadInput(fmt.Sprintf("unknown state %q: expected %s", f.State, field.Either(states)))
	}
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	now := time.Now()
	asked := outbox.Filter{Source: f.Source, Field: f.Field, Limit: f.Limit}
	if f.State != "" {
		asked.States = []outbox.State{outbox.State(f.State)}
	}
	if f.Age > 0 {
		asked.Before = now.Add(-f.Age)
	}
	found := []admin.Write{}
	for _, w := range r.box.List(asked) {
		found = append(found, listedWrite(w, w.State, now))
	}
	return found, nil
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
	shown := listedWrite(w, r.box.Shown(w), time.Now())
	shown.Key, shown.Lane = w.Write.Key, w.Write.Lane
	shown.FirstSent, shown.NextTry, shown.Expires = w.FirstSent.Round(0), w.NextTry.Round(0), w.Write.Expires.Round(0)
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
	return shown, nil
}

// listedWrite is a write as it is listed, in the state that people see.
func listedWrite(w *outbox.Record, state outbox.State, now time.Time) admin.Write {
	last := w.Last()
	return admin.Write{
		ID: w.Write.ID.String(), State: string(state), Source: w.Write.Source, Field: w.Write.Field, Caller: w.Write.Caller,
		Accepted: w.Write.Accepted.Round(0), AgeSeconds: now.Sub(w.Write.Accepted).Seconds(), Since: last.At.Round(0),
		Attempts: w.Attempts, Reason: last.Reason,
	}
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
