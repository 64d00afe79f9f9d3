package httpcache

import (
	"net/http"

	"holdfast/freshness"
)

// write passes on a request that may change something, and forgets what it changed.
func (t *Transport) write(req *http.Request) (*http.Response, error) {
	resp, err := t.pass(req, freshness.ForwardMethod)
	if err != nil {
		return nil, err
	}
	if req.URL == nil || req.URL.Opaque != "" {
		return resp, nil
	}
	scope := t.opts.Scope(req)
	for _, u := range freshness.Invalidated(req, resp.StatusCode, resp.Header) {
		t.invalidate(&exchange{req: req, key: t.key(req, u), scope: scope})
	}
	return resp, nil
}
