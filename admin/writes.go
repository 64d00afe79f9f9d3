package admin

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// Writes are the changes that are recorded: of a running gateway, or of a directory that no gateway has open. It is safe
// for concurrent use. Errors that are no [*RefusedError] are the store's.
type Writes interface {
	// Status is how many there are, by source and state, and what is held.
	Status(ctx context.Context) (any, error)
	// List returns those that fit, those that were recorded first first, or last, without what only Show has.
	List(ctx context.Context, f WriteFilter) (WriteList, error)
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
	// Many does the same about those that fit, at most f.Limit of them, until ctx ends.
	Many(ctx context.Context, verb Verb, f WriteFilter, who string) (WritesDone, error)

	// Hold has nothing sent to a source, on any gateway of the store, until Resume. They return how it is then.
	Hold(ctx context.Context, source, who string) (any, error)
	Resume(ctx context.Context, source, who string) (any, error)
	// ResumeAll ends what holds all sources. One that is held by itself stays so.
	ResumeAll(ctx context.Context, who string) (any, error)
}

// Verb is what is done about writes. The set is closed.
type Verb string

// The verbs.
const (
	Retry   Verb = "retry"
	Cancel  Verb = "cancel"
	Made    Verb = "made"     // resolve: it was
	NotMade Verb = "not-made" // resolve: it was not
	Erase   Verb = "erase"
)

// WriteFilter says which writes are meant. The zero value means all.
type WriteFilter struct {
	Source string
	Field  string
	States []string      // none: any
	Lane   string        // "": any, or none
	Age    time.Duration // at least
	After  string        // behind this one, as WriteList.Next says; "": all
	Newest bool          // the list begins with the newest
	Limit  int           // 0: all

	Full   bool // with what only Show has, but for values
	Values bool // and with those
	DryRun bool // of Many: only count
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
	Lane       string    `json:"lane,omitempty"`
	NextTry    time.Time `json:"nextTry,omitzero"`
	NextLook   time.Time `json:"nextLook,omitzero"` // when it is looked for, if it is UNKNOWN and can be
	Expires    time.Time `json:"expires,omitzero"`

	// Of Show alone:
	Connector string    `json:"connector,omitempty"`
	Key       string    `json:"key,omitempty"` // the caller's own
	Made      time.Time `json:"eta,omitzero"`  // when it is made, if its source goes on as of late; zero: nobody knows
	FirstSent time.Time `json:"firstSent,omitzero"`
	// KnownUntil is how long the API knows it again by its key, so that to send it once more does not double it; zero: it
	// does not, or it was not sent.
	KnownUntil time.Time    `json:"knownUntil,omitzero"`
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
	Next   string  `json:"next,omitempty"` // behind which they are: the parameter after of the next call
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
		{Pattern: "GET /v1/writes/status", Answer: r.status, Quiet: true},
		{Pattern: "GET /v1/writes/{id}", Answer: r.show},
		{Pattern: "POST /v1/writes/{id}/resolve", Answer: r.resolve},
		{Pattern: "POST /v1/writes/{id}/cancel", Answer: r.done(w.Cancel)},
		{Pattern: "POST /v1/writes/{id}/retry", Answer: r.done(w.Retry)},
		{Pattern: "POST /v1/writes/{id}/erase", Answer: r.erase},
		{Pattern: "POST /v1/writes/resolve", Answer: r.resolveMany},
		{Pattern: "POST /v1/writes/cancel", Answer: r.many(Cancel)},
		{Pattern: "POST /v1/writes/retry", Answer: r.many(Retry)},
		{Pattern: "POST /v1/writes/erase", Answer: r.many(Erase)},
		{Pattern: "POST /v1/writes/hold", Answer: r.hold},
		{Pattern: "POST /v1/writes/resume", Answer: r.resume},
	}
}

type writeRoutes struct{ writes Writes }

func (w writeRoutes) list(c *Call) (any, error) {
	query := c.URL.Query()
	f := WriteFilter{
		Source: query.Get("source"), Field: query.Get("field"), States: states(query.Get("state")), Lane: query.Get("lane"),
		After: query.Get("after"),
	}
	var err error
	if f.Age, err = age(query.Get("older")); err != nil {
		return nil, err
	}
	if f.Limit, err = limitOf(c); err != nil {
		return nil, err
	}
	if f.Newest, err = newest(query.Get("order")); err != nil {
		return nil, err
	}
	if f.Full, err = flag(c, "full"); err != nil {
		return nil, err
	}
	if f.Values, err = flag(c, "values"); err != nil {
		return nil, err
	}
	if f.Values {
		c.Note("values", true)
	}
	list, err := w.writes.List(c.Context(), f)
	if err != nil {
		return nil, failed(err)
	}
	c.Note("found", len(list.Writes))
	return list, nil
}

// states are those in a list with commas.
func states(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// age is how old writes are at least.
func age(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil || age < 0 {
		return 0, BadInput("older: expected a duration, such as 10m")
	}
	return age, nil
}

// newest reports whether a list in that order begins with the newest.
func newest(order string) (bool, error) {
	switch order {
	case "", "oldest":
		return false, nil
	case "newest":
		return true, nil
	}
	return false, BadInput("order: expected oldest or newest")
}

func (w writeRoutes) status(c *Call) (any, error) {
	status, err := w.writes.Status(c.Context())
	if err != nil {
		return nil, failed(err)
	}
	return status, nil
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
		return nil, errMade
	}
	c.Note("made", *asked.Made)
	return w.done(func(ctx context.Context, id, who string) error {
		return w.writes.Resolve(ctx, id, *asked.Made, who)
	})(c)
}

var errMade = BadInput("expected made: true or false")

// done does something about the write in the path, and answers how it is then.
func (w writeRoutes) done(do func(ctx context.Context, id, who string) error) func(*Call) (any, error) {
	return func(c *Call) (any, error) {
		id := c.PathValue("id")
		ctx, cancel := untilDone(c)
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

func (w writeRoutes) erase(c *Call) (any, error) {
	id := c.PathValue("id")
	ctx, cancel := untilDone(c)
	defer cancel()
	if err := w.writes.Erase(ctx, id, c.Who); err != nil {
		return nil, failed(err)
	}
	return WriteDone{ID: id, Erased: true}, nil
}

// mostDone is how long something may take that is done about writes: it waits for tries that are under way.
const mostDone = 10 * time.Second

// untilDone is for what is done although who asked leaves.
func untilDone(c *Call) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(c.Context()), mostDone)
}
