package admin

import (
	"fmt"
	"slices"
)

// WritesMeant is the body of POST /v1/writes/VERB: those are meant that have all of what is said, and at least one of
// Source, Field, State, Lane and Older is.
type WritesMeant struct {
	Source string `json:"source,omitempty"`
	Field  string `json:"field,omitempty"`
	State  string `json:"state,omitempty"` // or several, with commas between them; "": all those that what is asked for is for
	Lane   string `json:"lane,omitempty"`
	Older  string `json:"older,omitempty"`  // accepted at least so long ago, such as 10m
	Made   *bool  `json:"made,omitempty"`   // of resolve
	DryRun bool   `json:"dryRun,omitempty"` // only count
	Limit  int    `json:"limit,omitempty"`  // how many it is done about at most, in this call; 0: 100
	After  string `json:"after,omitempty"`  // behind this one, as WritesDone.Next says
}

// WritesDone is what came of many writes that somebody did something about.
type WritesDone struct {
	Found    int           `json:"found"` // are meant, and were before
	Done     int           `json:"done"`
	Failures int           `json:"failures"`         // it could not be done about
	Failed   []WriteFailed `json:"failed,omitempty"` // some of those
	DryRun   bool          `json:"dryRun,omitempty"` // nothing was done
	More     bool          `json:"more,omitempty"`   // there are more than were asked for
	Next     string        `json:"next,omitempty"`   // behind which they are
}

// WriteFailed is why something could not be done about a write.
type WriteFailed struct {
	ID      string `json:"id"`
	Message string `json:"message"`
}

// And is what came of both: of d, and of next, which went on where d had ended.
func (d WritesDone) And(next WritesDone) WritesDone {
	next.Found = max(d.Found, next.Found+d.Done+d.Failures)
	next.Done += d.Done
	next.Failures += d.Failures
	next.Failed = append(slices.Clone(d.Failed), next.Failed...)
	next.Failed = next.Failed[:min(len(next.Failed), mostFailed)]
	return next
}

// mostFailed is of how many it is told why.
const mostFailed = 20

// filter says which are meant.
func (m WritesMeant) filter() (f WriteFilter, err error) {
	if m.Source == "" && m.Field == "" && m.State == "" && m.Lane == "" && m.Older == "" {
		return f, BadInput("expected source, field, state, lane or older: nothing says which are meant")
	}
	if m.Limit < 0 || m.Limit > mostEntries {
		return f, BadInput(fmt.Sprintf("limit: expected a number from 1 to %d", mostEntries))
	}
	f = WriteFilter{Source: m.Source, Field: m.Field, States: states(m.State), Lane: m.Lane, DryRun: m.DryRun, Limit: m.Limit, After: m.After}
	if f.Limit == 0 {
		f.Limit = 100
	}
	f.Age, err = age(m.Older)
	return f, err
}

// many does something about many writes, and answers what came of it.
func (w writeRoutes) many(verb Verb) func(*Call) (any, error) {
	return func(c *Call) (any, error) {
		var meant WritesMeant
		if err := c.Input(&meant); err != nil {
			return nil, err
		}
		if meant.Made != nil {
			return nil, BadInput("made: only what is resolved was made, or was not")
		}
		return w.about(c, verb, meant)
	}
}

func (w writeRoutes) resolveMany(c *Call) (any, error) {
	var meant WritesMeant
	if err := c.Input(&meant); err != nil {
		return nil, err
	}
	if meant.Made == nil {
		return nil, errMade
	}
	c.Note("made", *meant.Made)
	verb := NotMade
	if *meant.Made {
		verb = Made
	}
	return w.about(c, verb, meant)
}

func (w writeRoutes) about(c *Call, verb Verb, meant WritesMeant) (any, error) {
	f, err := meant.filter()
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"source": meant.Source, "field": meant.Field, "state": meant.State, "older": meant.Older} {
		if value != "" {
			c.Note("of_"+name, value)
		}
	}
	if meant.DryRun {
		c.Note("dry_run", true)
	}
	ctx, cancel := untilDone(c)
	defer cancel()
	done, err := w.writes.Many(ctx, verb, f, c.Who)
	if err != nil {
		return nil, failed(err)
	}
	c.Note("found", done.Found)
	c.Note("done", done.Done)
	c.Note("failures", done.Failures)
	return done, nil
}

// Holding is the body of POST /v1/writes/hold and /v1/writes/resume.
type Holding struct {
	Source string `json:"source,omitempty"`
	All    bool   `json:"all,omitempty"` // of resume: what holds all sources is over
}

func (w writeRoutes) hold(c *Call) (any, error) {
	var asked Holding
	if err := c.Input(&asked); err != nil {
		return nil, err
	}
	if asked.Source == "" || asked.All {
		return nil, BadInput("expected source: sources are held one by one")
	}
	c.Note("source", asked.Source)
	ctx, cancel := untilDone(c)
	defer cancel()
	is, err := w.writes.Hold(ctx, asked.Source, c.Who)
	if err != nil {
		return nil, failed(err)
	}
	return is, nil
}

func (w writeRoutes) resume(c *Call) (any, error) {
	var asked Holding
	if err := c.Input(&asked); err != nil {
		return nil, err
	}
	if (asked.Source == "") != asked.All {
		return nil, BadInput("expected either source, or all: true")
	}
	ctx, cancel := untilDone(c)
	defer cancel()
	var is any
	var err error
	if asked.All {
		c.Note("all", true)
		is, err = w.writes.ResumeAll(ctx, c.Who)
	} else {
		c.Note("source", asked.Source)
		is, err = w.writes.Resume(ctx, asked.Source, c.Who)
	}
	if err != nil {
		return nil, failed(err)
	}
	return is, nil
}
