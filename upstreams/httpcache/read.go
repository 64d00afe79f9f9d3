package httpcache

import (
	"io"
	"net/http"
	"time"

	"holdfast/freshness"
)

// read answers a GET or HEAD.
func (t *Transport) read(x *exchange) (*http.Response, error) {
	found, why := t.find(x)
	if len(found) == 0 {
		return t.fetch(x, why)
	}
	best := found[0]
	v := t.rules.Judge(x.wishes, best.Stored, time.Now())
	if v.Use == freshness.Serve || v.Use == freshness.Refresh && t.refresh(x, best) {
		return t.serve(x, best, freshness.CacheStatus{Hit: true, TTL: ttl(v)}), nil
	}
	why = freshness.ForwardStale
	if v.Demanded {
		why = freshness.ForwardRequest
	}
	return t.validate(x, found, why)
}

// fetch asks as if nothing were stored.
func (t *Transport) fetch(x *exchange, why freshness.Forward) (*http.Response, error) {
	if x.wishes.OnlyIfCached {
		return t.unavailable(x, why), nil
	}
	r, err := t.ask(x, x.req)
	if err != nil {
		return nil, err
	}
	return t.take(x, r, nil, why), nil
}

// validate asks whether found[0], or another answer that fits the request, is still good.
func (t *Transport) validate(x *exchange, found []*stored, why freshness.Forward) (*http.Response, error) {
	if x.wishes.OnlyIfCached {
		return t.unavailable(x, why), nil
	}
	req, ours := x.req, false
	if !x.head() {
		req = x.req.WithContext(x.req.Context()) // a shallow copy
		if req.Header = x.req.Header.Clone(); req.Header == nil {
			req.Header = http.Header{}
		}
		ours = found[0].Condition(req.Header)
	}
	r, err := t.ask(x, req)
	switch {
	case err != nil && x.req.Context().Err() == nil && t.rules.MayStandIn(x.wishes, found[0].Stored, time.Now(), false):
		return t.standIn(x, found[0], freshness.CacheStatus{Forward: why, Detail: "unreachable"}), nil
	case err != nil:
		return nil, err
	case freshness.Failed(r.StatusCode) && t.rules.MayStandIn(x.wishes, found[0].Stored, time.Now(), true):
		discard(r.Body)
		return t.standIn(x, found[0], freshness.CacheStatus{Forward: why, ForwardStatus: r.StatusCode}), nil
	case r.StatusCode == http.StatusNotModified && ours:
		return t.confirmed(x, r, found, why)
	}
	return t.take(x, r, found, why), nil
}

// confirmed handles a 304 to a condition of ours. Which answer it is about, its validators say: one that
// is about none of ours may be about the client's own; otherwise it is of no use, and all is asked anew.
func (t *Transport) confirmed(x *exchange, r *reply, found []*stored, why freshness.Forward) (*http.Response, error) {
	var best *stored
	for _, s := range freshened(found, r.Header) {
		updated := t.update(x, s, r)
		if best == nil || s == found[0] {
			best = updated
		}
	}
	switch {
	case best != nil:
		discard(r.Body)
		status := freshness.CacheStatus{Forward: why, ForwardStatus: r.StatusCode, TTL: t.ttl(best)}
		return t.serve(x, best, status), nil
	case freshness.ClientsOwn(r.Header, x.req.Header):
		t.mark(r.Response, freshness.CacheStatus{Forward: why})
		return r.Response, nil
	}
	discard(r.Body)
	return t.fetch(x, why)
}

// standIn serves s although it is stale.
func (t *Transport) standIn(x *exchange, s *stored, status freshness.CacheStatus) *http.Response {
	status.TTL = t.ttl(s)
	return t.serve(x, s, status)
}

// take passes on an answer that stands for itself, and sees to it that it is stored if it may be. If not,
// what it takes the place of goes.
func (t *Transport) take(x *exchange, r *reply, found []*stored, why freshness.Forward) *http.Response {
	status := freshness.CacheStatus{Forward: why}
	switch {
	case x.head():
		t.headed(x, r)
	case t.record(x, r):
		status.Stored = true
	case len(found) > 0 && replaces(r.StatusCode) && !x.wishes.NoStore:
		t.drop(x, found[0].entry.Key)
	}
	t.mark(r.Response, status)
	return r.Response
}

// replaces reports whether an answer of this status says what there is now, rather than that this caller
// gets nothing at this moment.
func replaces(status int) bool {
	switch status {
	case http.StatusNotModified:
		return false
	case http.StatusNotFound, http.StatusGone:
		return true
	}
	return status < 400
}

// headed lets an answer to HEAD update what is stored of GET, or drop it (RFC 9111 §4.3.5).
func (t *Transport) headed(x *exchange, r *reply) {
	if r.StatusCode != http.StatusOK || x.wishes.NoStore {
		return
	}
	found, _ := t.find(x)
	for _, s := range found {
		if s.SameAsHead(r.Header, len(s.entry.Body)) {
			t.update(x, s, r)
		} else {
			t.drop(x, s.entry.Key)
		}
	}
}

// discard reads the rest of a short body, so that its connection can be used again.
func discard(body io.ReadCloser) {
	const short = 64 << 10
	_, _ = io.CopyN(io.Discard, body, short)
	_ = body.Close()
}
