package call

import (
	"maps"
	"net/http"

	"holdfast/upstreams"
)

// Kept are the headers of a request of the connector but for those that are made of settings ($config, $env) alone: they
// may be secrets, and are others when it is sent later. They are put back by [Opened.WithSettings].
func (o *Opened) Kept(h http.Header) http.Header {
	kept := maps.Clone(h)
	for name := range o.request.settings {
		delete(kept, name)
	}
	return kept
}

// WithSettings are headers that were kept, and those that are made of settings, as they are now.
func (o *Opened) WithSettings(kept http.Header) http.Header {
	h := make(http.Header, len(kept)+len(o.request.settings))
	maps.Copy(h, kept)
	for name, values := range o.request.settings {
		if len(values) > 0 {
			h[name] = values
		}
	}
	return h
}

// Frozen is the request of a write as it was made of these inputs before, with the path and query target and the headers
// that were kept: it is sent to where the source is now. What else is to be known of it is the connector's as it is now.
// Whoever sends it sets Accept.
func (o *Opened) Frozen(in *Inputs, method, target string, kept http.Header, body []byte) *upstreams.Request {
	r := &upstreams.Request{
		Connector: string(o.ID), Method: method, URL: o.API.base.Scheme + "://" + o.API.base.Host + target, Template: o.template,
		Header: o.WithSettings(kept), Body: body, Policy: o.policy, Slot: o.slot, Heeds: o.heeds, Priority: in.Priority,
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
