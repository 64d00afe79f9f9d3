package admin

import (
	"context"
	"encoding/json"
	"time"
)

// Writes are the changes that are recorded: of a running gateway, or of a directory that no gateway has open. It is safe
// for concurrent use. Errors that are no [*RefusedError] are the store's.
type Writes interface {
	// List returns those that fit, the oldest first, without what only Show has.
	List(ctx context.Context, f WriteFilter) ([]Write, error)
	// Show returns the one of that ID.
	Show(ctx context.Context, id string) (Write, error)
	// Resolve says of one that is UNKNOWN whether it was made, in the name of who.
	Resolve(ctx context.Context, id string, made bool, who string) error
	// Cancel has one not sent that waits to be.
	Cancel(ctx context.Context, id, who string) error
	// Retry has one sent that waits to be, or could not be.
	Retry(ctx context.Context, id, who string) error
	// Erase leaves no trace of one that is over.
	Erase(ctx context.Context, id, who string) error
}

// WriteFilter says which writes are listed. The zero value lists all.
type WriteFilter struct {
	Source string
	Field  string
	State  string
	Age    time.Duration // at least
	Limit  int           // 0: all
}

// A Write is one change that is recorded.
type Write struct {
	ID         string    `json:"id"`
	State      string    `json:"state"`
	Source     string    `json:"source"`
	Field      string    `json:"field"`
	Caller     string    `json:"caller,omitempty"`
	Accepted   time.Time `json:"accepted"`
	AgeSeconds float64   `json:"ageSeconds"` // since then
	Since      time.Time `json:"since"`      // that it is in its state
	Attempts   int       `json:"attempts"`
	Reason     string    `json:"reason,omitempty"` // for its state, as one word

	// Of Show alone:
	Key       string    `json:"key,omitempty"` // the caller's own
	Lane      string    `json:"lane,omitempty"`
	FirstSent time.Time `json:"firstSent,omitzero"`
	// KnownUntil is how long the API knows it again by its key, so that to send it once more does not double it; zero: it
	// does not, or it was not sent.
	KnownUntil time.Time    `json:"knownUntil,omitzero"`
	NextTry    time.Time    `json:"nextTry,omitzero"`
	Expires    time.Time    `json:"expires,omitzero"`
	Status     int          `json:"status,omitempty"` // of the newest answer; 0: none came
	History    []WriteStep  `json:"history,omitempty"`
	Values     *WriteValues `json:"values,omitempty"` // nil unless they were asked for
}

// A WriteStep is one state that a write came to.
type WriteStep struct {
	State   string    `json:"state"`
	At      time.Time `json:"at"`
	Attempt int       `json:"attempt"` // how often it had been tried
	Reason  string    `json:"reason,omitempty"`
	Who     string    `json:"who,omitempty"` // wanted it, as "uid 1000"; "": the gateway by itself, or a caller
}

// WriteValues are what was sent and answered, which may be secrets.
type WriteValues struct {
	Args    json.RawMessage `json:"args,omitempty"`
	Request WriteMessage    `json:"request"`
	Answer  *WriteMessage   `json:"answer,omitempty"`  // the newest; nil: none came, or it was too large to be kept
	Message string          `json:"message,omitempty"` // what the caller was told of its state
}

// A WriteMessage is a request without credentials, or an answer. A body that is no UTF-8 is shown as far as it is.
type WriteMessage struct {
	Method string              `json:"method,omitempty"`
	Path   string              `json:"path,omitempty"` // with its query, behind the host
	Status int                 `json:"status,omitempty"`
	Header map[string][]string `json:"header,omitempty"`
	Body   string              `json:"body,omitempty"`
}

// WriteList is what GET /v1/writes answers.
type WriteList struct {
	Writes []Write `json:"writes"`
	More   bool    `json:"more,omitempty"` // there are more than were asked for
}

// Resolution is the body of POST /v1/writes/ID/resolve.
type Resolution struct {
	Made *bool `json:"made"`
}

// WriteDone is what came of a write that somebody did something about.
type WriteDone struct {
	ID     string `json:"id"`
	State  string `json:"state,omitempty"` // as it is now; "" if it was erased
	Erased bool   `json:"erased,omitempty"`
}

// OfWrites are the routes about changes that are recorded.
func OfWrites(w Writes) []Route {
	r := writeRoutes{w}
	return []Route{
		{Pattern: "GET /v1/writes", Answer: r.list},
		{Pattern: "GET /v1/writes/{id}", Answer: r.show},
		{Pattern: "POST /v1/writes/{id}/resolve", Answer: r.resolve},
		{Pattern: "POST /v1/writes/{id}/cancel", Answer: r.done(w.Cancel)},
		{Pattern: "POST /v1/writes/{id}/retry", Answer: r.done(w.Retry)},
		{Pattern: "POST /v1/writes/{id}/erase", Answer: r.erase},
	}
}

type writeRoutes struct{ writes Writes }

func (w writeRoutes) list(c *Call) (any, error) {
	query := c.URL.Query()
	f := WriteFilter{Source: query.Get("source"), Field: query.Get("field"), State: query.Get("state")}
	var err error
	if text := query.Get("age"); text != "" {
		if f.Age, err = time.ParseDuration(text); err != nil || f.Age < 0 {
			return nil, BadInput("age: expected a duration, such as 10m")
		}
	}
	limit, err := limitOf(c)
	if err != nil {
		return nil, err
	}
	f.Limit = limit + 1
	found, err := w.writes.List(c.Context(), f)
	if err != nil {
		return nil, failed(err)
	}
	list := WriteList{Writes: found[:min(limit, len(found))], More: len(found) > limit}
	c.Note("found", len(list.Writes))
	return list, nil
}

func (w writeRoutes) show(c *Call) (any, error) {
	values, err := flag(c, "values")
	if err != nil {
		return nil, err
	}
	if values {
		c.Note("values", true)
	}
	found, err := w.writes.Show(c.Context(), c.PathValue("id"))
	if err != nil {
		return nil, failed(err)
	}
	if !values {
		found.Values = nil
	}
	return found, nil
}

func (w writeRoutes) resolve(c *Call) (any, error) {
	var asked Resolution
	if err := c.Input(&asked); err != nil {
		return nil, err
	}
	if asked.Made == nil {
		return nil, BadInput("expected made: true or false")
	}
	c.Note("made", *asked.Made)
	return w.done(func(ctx context.Context, id, who string) error {
		return w.writes.Resolve(ctx, id, *asked.Made, who)
	})(c)
}

// done does something about the write in the path, and answers how it is then. Who asked may leave: it is done all the
// same.
func (w writeRoutes) done(do func(ctx context.Context, id, who string) error) func(*Call) (any, error) {
	return func(c *Call) (any, error) {
		id := c.PathValue("id")
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), mostDone)
		defer cancel()
		if err := do(ctx, id, c.Who); err != nil {
			return nil, failed(err)
		}
		is, err := w.writes.Show(ctx, id)
		if err != nil {
			return nil, failed(err)
		}
		c.Note("state", is.State)
		return WriteDone{ID: id, State: is.State}, nil
	}
}

// mostDone is how long something may take that is done about a write: it waits for a try that is under way.
const mostDone = 10 * time.Second

func (w writeRoutes) erase(c *Call) (any, error) {
	id := c.PathValue("id")
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Context()), mostDone)
	defer cancel()
	if err := w.writes.Erase(ctx, id, c.Who); err != nil {
		return nil, failed(err)
	}
	return WriteDone{ID: id, Erased: true}, nil
}
