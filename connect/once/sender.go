package once

import (
	"context"
	"net/http"
	"time"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/outbox"
	"holdfast/upstreams/quota"
)

// Newest returns the connectors of the newest generation of what is served, and what is called when they are not used any
// more; nil if there is none yet. It waits for nothing, and is safe for concurrent use.
type Newest func() (r *call.Registry, done func())

// A Sender sends changes that nobody waits for, as they were recorded, with the connectors of the newest generation: where
// their source is now, and with its credential as it is now. It is safe for concurrent use.
type Sender struct{ newest Newest }

// NewSender returns one that asks for the newest generation each time.
func NewSender(newest Newest) *Sender { return &Sender{newest} }

var _ outbox.Gate = (*Sender)(nil)

const (
	// notYet is when it is worth asking again while there is no generation yet.
	notYet = 100 * time.Millisecond
	// mostAsked is for how long a source is left alone at most that asks for that: a longer wish may be a mistake, and is
	// asked about again.
	mostAsked = 5 * time.Minute
)

// reasonGone is why a change cannot be sent whose connector is not what it was.
const reasonGone = "CONNECTOR_GONE"

// Turn implements [outbox.Gate]: the breaker of the connector and the quota of its source say when. What is not direct
// leaves room to people.
func (s *Sender) Turn(source, connector string, direct bool) time.Duration {
	registry, done := s.newest()
	if registry == nil {
		return notYet
	}
	defer done()
	c := registry.Connector(call.ID(connector))
	switch {
	case c == nil || c.API.Name() != source: // it will be said when it is tried
		return 0
	case direct:
		return c.API.Turn(connector, quota.Person)
	}
	return c.API.Turn(connector, quota.Background)
}

// Send implements [outbox.Send] for what the gate let out: it makes one try of what was recorded. Whether it was made, the
// connector says as it is now; nothing is mapped.
func (s *Sender) Send(ctx context.Context, a outbox.Attempt) outbox.Result {
	registry, done := s.newest()
	if registry == nil { // the gate lets nothing out
		return outbox.Result{Verdict: outbox.NotMade, RetryAfter: notYet}
	}
	defer done()
	c, why := sendable(registry, a.Write)
	if c == nil {
		return outbox.Result{Verdict: outbox.Broken, Reason: reasonGone, Message: why}
	}
	in := inputs(c, a.Write, a.Request.VendorKey)
	if !a.Direct {
		in.Priority = quota.Background
	}
	r := c.Frozen(in, a.Request.Method, a.Request.PathAndQuery, http.Header(a.Request.Header), a.Request.Body)
	r.Accept, r.Booked = c.Judged(in, r), !a.Direct
	_, result := attempt(ctx, c.API.Client, r, a)
	return result
}

// sendable is the connector that sends w now; nil: why there is none.
func sendable(registry *call.Registry, w *outbox.Write) (c *call.Opened, why string) {
	c = registry.Connector(call.ID(w.Connector))
	switch {
	case registry.Source(w.Source) == nil:
		return nil, "there is no source " + w.Source + " any more"
	case c == nil:
		return nil, "there is no connector " + w.Connector + " any more"
	case c.API.Name() != w.Source:
		return nil, "the connector " + w.Connector + " is not one of the source " + w.Source + " any more"
	case !c.Writes:
		return nil, "the connector " + w.Connector + " does not change anything any more"
	case c.API.Forwards() != nil:
		return nil, "the source " + w.Source + " is called with its callers' credentials now, and they are not kept"
	}
	return c, ""
}

// inputs are those that w was made of, as far as they are kept: of its caller nothing is.
func inputs(c *call.Opened, w *outbox.Write, vendorKey string) *call.Inputs {
	in := &call.Inputs{}
	if args, _, err := mapping.ParseJSON(w.Args, mapping.JSONLimits{}); err == nil {
		in.Args = args
	}
	if c.ReadsWrite {
		in.Write = new(mapping.ObjectValue(written(w.ID, vendorKey, w.Accepted)...))
	}
	return in
}

// Settled is for [outbox.Config].Settled: what is known to have been made, or may have been, without a try that has ended
// here has changed what it changes. A try says so itself, before it and after. Where there is no such connector, or no
// generation yet, it says nothing, and is false.
func (s *Sender) Settled(ctx context.Context, r *outbox.Record) bool {
	if tried(r) {
		return true
	}
	registry, done := s.newest()
	if registry == nil {
		return false
	}
	defer done()
	c := registry.Connector(call.ID(r.Write.Connector))
	if c == nil {
		return false
	}
	in := inputs(c, &r.Write, r.Write.Request.VendorKey)
	c.API.Changed(ctx, c.Frozen(in, r.Write.Request.Method, "", nil, nil))
	return true
}

// tried reports whether r is what came of a try that has ended here.
func tried(r *outbox.Record) bool {
	n := len(r.History)
	return n > 1 && r.History[n-2].State == outbox.Sending && r.Last().Reason != outbox.ReasonLost
}
