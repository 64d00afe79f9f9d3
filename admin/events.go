package admin

import (
	"context"
	"encoding/json"
	"time"
)

// Events are what sources told of by webhooks: of a running gateway, or of a directory that no gateway has open. It is safe
// for concurrent use. Errors that are no [*RefusedError] are the store's.
type Events interface {
	// Status is what was received, and what became of it.
	Status() any
	// List returns those that are meant, the newest first, without what only Show has, and whether there are more than the
	// limit.
	List(ctx context.Context, f EventFilter, limit int) (found []Event, more bool, err error)
	// Show returns the one of that ID.
	Show(ctx context.Context, id string) (Event, error)
	// Replay works those that are meant off once more, or only says what would come of it.
	Replay(ctx context.Context, f EventFilter, dry bool) (any, error)
}

// EventFilter says which events are meant. The zero value means all.
type EventFilter struct {
	ID     string
	Source string
	Type   string
	Since  time.Duration // that came so long ago at most; 0: whenever
	Failed bool          // only those that could not be worked off
}

// An Event is one thing that a source told of.
type Event struct {
	ID         string    `json:"id"`
	Source     string    `json:"source,omitempty"`
	Type       string    `json:"type,omitempty"`
	Received   time.Time `json:"received,omitzero"`
	AgeSeconds float64   `json:"ageSeconds"`
	Bytes      int       `json:"bytes"`            // of its body
	Failed     string    `json:"failed,omitempty"` // why it could not be worked off

	// Of Show alone:
	SourceID string       `json:"sourceId,omitempty"` // by which the source tells its events apart
	Tags     []string     `json:"tags,omitempty"`     // that it changes, as the newest settings say
	Values   *EventValues `json:"values,omitempty"`   // nil unless they were asked for
}

// EventValues are what was delivered, which may be secret. A body that is no UTF-8 is shown as far as it is.
type EventValues struct {
	Header map[string][]string `json:"header,omitempty"`
	Body   string              `json:"body"`
}

// EventList is what GET /v1/events answers.
type EventList struct {
	Events []Event `json:"events"`
	More   bool    `json:"more,omitempty"` // there are more than were asked for
}

// EventReplay is the body of POST /v1/events/replay: an ID, or since, and what else they have in common.
type EventReplay struct {
	ID     string `json:"id,omitempty"`
	Since  string `json:"since,omitempty"` // such as 2h
	Source string `json:"source,omitempty"`
	Type   string `json:"type,omitempty"`
	Failed bool   `json:"failed,omitempty"`
	DryRun bool   `json:"dryRun,omitempty"`
}

// OfEvents are the routes about what sources told of.
func OfEvents(e Events) []Route {
	r := eventRoutes{e}
	return []Route{
		{Pattern: "GET /v1/events", Answer: r.list},
		{Pattern: "GET /v1/events/status", Answer: func(*Call) (any, error) { return e.Status(), nil }, Quiet: true},
		{Pattern: "GET /v1/events/{id}", Answer: r.show},
		{Pattern: "POST /v1/events/replay", Answer: r.replay},
	}
}

type eventRoutes struct{ events Events }

// mostListing is how long it may take to look through what is kept.
const mostListing = time.Minute

func (e eventRoutes) list(c *Call) (any, error) {
	query := c.URL.Query()
	f := EventFilter{Source: query.Get("source"), Type: query.Get("type")}
	var err error
	if f.Since, err = sinceOf(query.Get("since")); err != nil {
		return nil, err
	}
	if f.Failed, err = flag(c, "failed"); err != nil {
		return nil, err
	}
	limit, err := limitOf(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context(), mostListing)
	defer cancel()
	found, more, err := e.events.List(ctx, f, limit)
	if err != nil {
		return nil, failed(err)
	}
	c.Note("found", len(found))
	return EventList{Events: found, More: more}, nil
}

func sinceOf(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, BadInput("since: expected how long ago, such as 2h")
	}
	return d, nil
}

func (e eventRoutes) show(c *Call) (any, error) {
	values, err := flag(c, "values")
	if err != nil {
		return nil, err
	}
	if values {
		c.Note("values", true)
	}
	found, err := e.events.Show(c.Context(), c.PathValue("id"))
	if err != nil {
		return nil, failed(err)
	}
	if !values {
		found.Values = nil
	}
	return found, nil
}

// mostReplay is how long it may take to work events off once more.
const mostReplay = 10 * time.Minute

func (e eventRoutes) replay(c *Call) (any, error) {
	var asked EventReplay
	if err := c.Input(&asked); err != nil {
		return nil, err
	}
	f := EventFilter{ID: asked.ID, Source: asked.Source, Type: asked.Type, Failed: asked.Failed}
	var err error
	if f.Since, err = sinceOf(asked.Since); err != nil {
		return nil, err
	}
	if f.ID == "" && f.Since == 0 {
		return nil, BadInput("expected id or since: nothing says what is meant")
	}
	if about, err := json.Marshal(asked); err == nil {
		c.Note("asked", string(about))
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), mostReplay)
	defer cancel()
	done, err := e.events.Replay(ctx, f, asked.DryRun)
	if err != nil {
		return nil, failed(err)
	}
	return done, nil
}
