package call

import (
	"net/http"

	"holdfast/upstreams"
)

// Frozen is the request of a write as it was made of these inputs before, with the path and query target: it is sent to
// where the source is now. What else is to be known of it is the connector's as it is now. Whoever sends it sets Accept.
func (o *Opened) Frozen(in *Inputs, method, target string, header http.Header, body []byte) *upstreams.Request {
	r := &upstreams.Request{
		Connector: string(o.ID), Method: method, URL: o.API.base.Scheme + "://" + o.API.base.Host + target, Template: o.template,
		Header: header, Body: body, Policy: o.policy, Slot: o.slot, Heeds: o.heeds, Priority: in.Priority,
	}
	if changes := o.changes(in); changes != nil {
		r.Changes = changes
	}
	return r
}

// Judged has the answer to a write with these inputs judged, and nothing made of it: it is the Accept of r, whose changes
// hear of a good one.
func (o *Opened) Judged(in *Inputs, r *upstreams.Request) func(upstreams.Reply) (any, error) {
	return func(reply upstreams.Reply) (any, error) {
		body, vars, err := o.Judge(in, reply)
		if err != nil {
			return nil, err
		}
		if changes, ok := r.Changes.(*Changes); ok {
			changes.Heard(body, vars)
		}
		return nil, nil //nolint:nilnil // nobody wants it
	}
}
