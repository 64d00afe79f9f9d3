package quota

import (
	"context"
	"net/http"
	"time"
)

// Quota lets calls to one source out when it is their turn: no more than Config.Concurrent at once, and with
// one credential no more than our own rate and the source's word allow. It is safe for concurrent use.
type Quota struct {
	cfg   Config
	state *State
}

// New returns a quota under cfg that goes on from state; nil is one of its own. From now on cfg holds for all
// who share state.
func New(cfg Config, state *State) *Quota {
	cfg = cfg.WithDefaults()
	cfg.Header = http.CanonicalHeaderKey(cfg.Header)
	if state == nil {
		state = &State{}
	}
	state.keep(cfg)
	return &Quota{cfg: cfg, state: state}
}

// Call is what the quota knows of a call.
type Call struct {
	Connector  string // the source may ask to be left alone by one connector
	Credential string // names the credential it goes out with; "": the service's own
	Priority   Priority
	// Patience is how long it is worth to wait for what is known to come later; nil: Config.Wait.
	Patience *time.Duration
}

// Error says that a call must not go out.
type Error struct {
	After time.Duration // when it may; 0: unknown
	Said  error         // what [Quota.Hold] was given; nil: nothing is left, by our own or the source's count
}

// Error returns a text for logs.
func (e *Error) Error() string {
	if e.Said != nil {
		return "held: " + e.Said.Error()
	}
	return "the quota is spent"
}

// Unwrap returns what the source said.
func (e *Error) Unwrap() error { return e.Said }

// Acquire waits for c's turn. After nil, [Quota.Release] gives it back. The error is an *[Error], at once
// where waiting would not help, or ctx's.
func (q *Quota) Acquire(ctx context.Context, c Call) error {
	now := time.Now()
	a := q.state.account(c.Credential, now)
	if c.Priority == Person {
		ends := now.Add(q.cfg.Wait)
		paid, err := a.wait(ctx, c.Connector, now, soon(c, now, ends))
		if err != nil {
			return err
		}
		if err := q.state.slots.take(ctx, ends); err != nil {
			a.undo(paid)
			return err
		}
		return nil
	}
	if !q.state.slots.takeNow(c.Priority) {
		return &Error{}
	}
	if err := a.takeNow(c, now); err != nil {
		q.Release()
		return err
	}
	return nil
}

// soon is when it is no longer worth it to wait for what is known to come later: who has an old answer is
// better served with that at once.
func soon(c Call, now, ends time.Time) time.Time {
	if c.Patience == nil {
		return ends
	}
	if patient := now.Add(*c.Patience); patient.Before(ends) {
		return patient
	}
	return ends
}

// Book takes now what sending c costs, for who sends it in a moment, with [Quota.AcquireBooked]; a call of a person, who
// waits for his turn, only asks whether that is worth it. The error is an *[Error].
func (q *Quota) Book(c Call) error {
	now := time.Now()
	a := q.state.account(c.Credential, now)
	if c.Priority == Person {
		return a.look(c.Connector, now, soon(c, now, now.Add(q.cfg.Wait)))
	}
	if !q.state.slots.hasRoom(c.Priority) {
		return &Error{}
	}
	return a.takeNow(c, now)
}

// AcquireBooked is [Quota.Acquire] of a call whose cost is booked: it only waits until there are not too many at once.
func (q *Quota) AcquireBooked(ctx context.Context) error {
	return q.state.slots.take(ctx, time.Now().Add(q.cfg.Wait))
}

// Release gives back the turn of a call that ended.
func (q *Quota) Release() { q.state.slots.giveBack() }

// Retry takes what it costs to send c once more after wait, if that is there by then; undo gives it back. The
// retry keeps the turn of its call.
func (q *Quota) Retry(c Call, wait time.Duration) (undo func(), ok bool) {
	now := time.Now()
	return q.state.account(c.Credential, now).again(now, wait)
}

// Learn takes in what an answer to c says of the limits, and whether it was one to asking too often.
func (q *Quota) Learn(c Call, limited bool, h http.Header) {
	if !*q.cfg.Learn {
		return
	}
	now := time.Now()
	a := q.state.account(c.Credential, now)
	if told, ok := readTold(h, q.cfg.Header, now); ok {
		a.told(told, now)
	}
	if limited {
		a.slower(now)
	}
}

// Hold lets nothing out for c's connector with its credential for a while, five minutes at most, as the
// source asked. Whoever is refused for it is given said.
func (q *Quota) Hold(c Call, wait time.Duration, said error) {
	now := time.Now()
	q.state.account(c.Credential, now).hold(c.Connector, hold{until: now.Add(min(wait, mostHeld)), said: said})
}

// Status is how much of the limits is used.
type Status struct {
	Concurrent int     `json:"concurrent"` // the limit
	UnderWay   int     `json:"underWay"`
	Rate       float64 `json:"rate,omitempty"` // calls per second; 0: no limit

	// What answers to the service's own credential taught; nothing else is shown.
	Left    *int                 `json:"left,omitempty"`    // calls until ResetAt, as the source counts
	ResetAt *time.Time           `json:"resetAt,omitempty"` // when its count begins again; nil: its window rolls
	Pace    float64              `json:"pace,omitempty"`    // calls per second after a 429
	Held    map[string]time.Time `json:"held,omitempty"`    // connectors that are not asked before then
}

// Status returns what is used, and what is known of the service's own credential.
func (q *Quota) Status() Status {
	s := Status{Rate: q.cfg.Rate}
	s.UnderWay, s.Concurrent = q.state.slots.status()
	if a := q.state.known(""); a != nil {
		a.status(&s, time.Now())
	}
	return s
}
