package upstreams

import (
	"context"
	"net/http"
	"slices"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
)

// validAtLeast is how long an answer that can be asked about is kept, however short its windows are.
const validAtLeast = 24 * time.Hour

// validFor returns how long e is worth to be kept for its validator alone.
func validFor(e *cache.Entry) time.Duration {
	if freshness.Validatable(e.Header) {
		return validAtLeast
	}
	return 0
}

// revalidate asks whether what is remembered is still good, if it has a validator, and makes of a 304 the
// answer that this stands for (RFC 9111 §4.3): the body and what was made of it, under new headers. A 304
// about something else, and a 412, which a GET like ours cannot get, are followed by a second exchange
// without the condition. A connector that sends conditions of its own, or asks for a part, gets what comes.
func (u *Client) revalidate(next answerFunc) answerFunc {
	return func(ctx context.Context, r *Request) (*Answer, error) {
		header, ok := u.condition(r)
		if !ok {
			return next(ctx, r)
		}
		ask := *r
		ask.Header = header
		a, err := next(ctx, &ask)
		switch {
		case err != nil:
			return nil, err
		case a.Status == http.StatusNotModified && freshness.Confirms(a.entry.Header, r.old.Header):
			u.connector(r.Connector).tally.Confirmed()
			h := freshness.Renewed(r.old.Header, a.entry.Header)
			renewed := r.old.Renew(a.entry, h)
			renewed.Tags = r.old.Tags
			return &Answer{Status: r.old.Status, entry: renewed}, nil
		case a.Status != http.StatusNotModified && a.Status != http.StatusPreconditionFailed:
			return a, nil
		}
		if _, ok := u.turns.Retry(callOf(r), 0); !ok {
			return a, nil // it is unusable
		}
		again := *r
		again.try++
		return next(ctx, &again)
	}
}

// condition returns the header of r that asks whether what is remembered is still good; false where it cannot.
func (u *Client) condition(r *Request) (http.Header, bool) {
	if r.old == nil || u.verdict(r.old) == cache.Forgotten || r.Method != http.MethodGet || !freshness.Validatable(r.old.Header) || u.hasPrecondition(r) {
		return nil, false
	}
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	return h, freshness.Condition(h, r.old.Header)
}

// hasPrecondition reports whether r, as it leaves, has conditions or a range that are not ours.
func (u *Client) hasPrecondition(r *Request) bool {
	for _, h := range []http.Header{r.Header, r.caller} {
		for name := range h {
			if freshness.Precondition(name) {
				return true
			}
		}
	}
	for name := range u.cfg.Headers {
		if freshness.Precondition(name) {
			return true
		}
	}
	return false
}

// slotOn names what r's Accept makes of e. The name changes with the headers that it heeds, for the values of
// a body outlive its headers.
func (r *Request) slotOn(e *cache.Entry) string {
	if len(r.Heeds) == 0 {
		return r.Slot
	}
	if slices.Contains(r.Heeds, "*") {
		return string(appendHeader([]byte(r.Slot), e.Header, false))
	}
	heeded := make(http.Header, len(r.Heeds))
	for _, name := range r.Heeds {
		name = http.CanonicalHeaderKey(name)
		heeded[name] = e.Header[name]
	}
	return string(appendHeader([]byte(r.Slot), heeded, false))
}

// came says how the answer in e came: as a whole, or as word that it is still good.
func came(e *cache.Entry) string {
	if e.Confirmed {
		return "revalidated"
	}
	return "miss"
}
