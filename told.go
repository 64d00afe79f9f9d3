package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"holdfast/admin"
	"holdfast/events"
)

// told is what an inbox has, as who operates it sees it.
type told struct {
	inbox  *events.Inbox
	newest func() *hooks
}

var _ admin.Events = told{}

// Status implements [admin.Events]: it is an [events.Status].
func (t told) Status() any { return t.inbox.Status() }

func eventFilter(f admin.EventFilter, now time.Time) events.Filter {
	asked := events.Filter{Source: f.Source, Type: f.Type, Failed: f.Failed}
	if f.Since > 0 {
		asked.Since = now.Add(-f.Since)
	}
	return asked
}

// List implements [admin.Events].
func (t told) List(ctx context.Context, f admin.EventFilter, limit int) (found []admin.Event, more bool, err error) {
	now := time.Now()
	found = []admin.Event{}
	err = t.inbox.Walk(ctx, eventFilter(f, now), func(r events.Recorded) bool {
		if found = append(found, listedEvent(r, now)); len(found) >= 2*limit { // only the last are shown
			more = true
			found = slices.Delete(found, 0, len(found)-limit)
		}
		return true
	})
	if len(found) > limit {
		found, more = found[len(found)-limit:], true
	}
	slices.Reverse(found)
	return found, more, err
}

func listedEvent(r events.Recorded, now time.Time) admin.Event {
	e := admin.Event{ID: r.Name.String(), Failed: r.Failed}
	if r.Event != nil {
		e.Source, e.Type, e.Received = r.Source, r.Type, r.Received.Round(0)
		e.AgeSeconds, e.Bytes = max(0, now.Sub(r.Received).Seconds()), len(r.Body)
	}
	return e
}

// Show implements [admin.Events].
func (t told) Show(ctx context.Context, id string) (admin.Event, error) {
	name, err := events.ParseName(id)
	if err != nil {
		return admin.Event{}, admin.BadInput(err.Error() + ": it has 22 characters, as they are listed")
	}
	r, ok, err := t.inbox.Show(ctx, name)
	if err != nil {
		return admin.Event{}, err
	}
	if !ok {
		return admin.Event{}, noEvent()
	}
	shown := listedEvent(r, time.Now())
	if r.Event != nil {
		shown.SourceID = r.ID
		shown.Values = &admin.EventValues{Header: r.Header, Body: string(r.Body)}
		if r.Problem == "" {
			shown.Tags, _, _ = t.newest().changes(r.Event) // where it cannot be said, nothing is
		}
	}
	return shown, nil
}

func noEvent() error { return admin.NotFound("there is no such event: they are kept for seven days") }

// Replay implements [admin.Events].
func (t told) Replay(ctx context.Context, f admin.EventFilter, dry bool) (any, error) {
	if f.ID == "" {
		done, err := t.inbox.Replay(ctx, eventFilter(f, time.Now()), dry)
		return done, err
	}
	name, err := events.ParseName(f.ID)
	if err != nil {
		return nil, admin.BadInput(err.Error())
	}
	done, ok, err := t.inbox.ReplayOne(ctx, name, dry)
	if err == nil && !ok {
		err = noEvent()
	}
	return done, err
}

// usableEvents waits until what is kept of events can be read, or is known not to be.
func usableEvents(ctx context.Context, x *events.Inbox) error {
	ctx, cancel := context.WithTimeout(ctx, mostReady)
	defer cancel()
	for {
		s := x.Status().Journal
		if s.Open {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("what is kept of events cannot be read: " + s.Reason)
		case <-time.After(10 * time.Millisecond):
		}
	}
}
