package freshness

import (
	"net/http"
	"time"
)

// Use is what a cache may do with a stored answer.
type Use uint8

// The uses, in the order of how much they allow.
const (
	Validate Use = iota // only after its source said that it is still good
	Refresh             // serve it, and ask again behind (stale-while-revalidate)
	Serve               // serve it
)

// Verdict is what the rules say of a stored answer for one request.
type Verdict struct {
	Use Use
	// Age is how old the answer is.
	Age time.Duration
	// TTL is how long it stays fresh; negative: for how long it has been stale.
	TTL time.Duration
	// Demanded says that it is the request that wants it validated: it is fresh otherwise.
	Demanded bool
}

// Judge returns how s may be used for a request with directives q at now (RFC 9111 §4). It takes for
// granted that s was stored for the same URI and that its Vary matches.
func (r Rules) Judge(q RequestDirectives, s *Stored, now time.Time) Verdict {
	v := Verdict{Age: s.Age(now)}
	v.TTL = r.Lifetime(s) - v.Age
	d := &s.Directives
	switch {
	case d.NoCache:
	case v.TTL > 0:
		v.Use = Serve
		if q.NoCache || !d.Immutable && !q.accepts(v) {
			v.Use, v.Demanded = Validate, true
		}
	case q.NoCache || r.mustRevalidate(d):
	case q.AnyStale && q.accepts(v), q.MaxStale.covers(-v.TTL) && q.accepts(v):
		v.Use = Serve
	case d.WhileRevalidate.covers(-v.TTL) && !q.MaxAge.Set && !q.MinFresh.Set:
		v.Use = Refresh
	}
	return v
}

// accepts reports whether the age in v is one that q takes.
func (q RequestDirectives) accepts(v Verdict) bool {
	return (!q.MaxAge.Set || v.Age <= q.MaxAge.For) && (!q.MinFresh.Set || v.TTL >= q.MinFresh.For)
}

// covers reports whether an answer stale by so much is within s.
func (s Seconds) covers(stale time.Duration) bool { return s.Set && stale <= s.For }

// Failed reports whether status is one in whose place a stale answer may be served (RFC 5861 §4).
func Failed(status int) bool {
	switch status {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// MayStandIn reports whether s may be served for a request with directives q after its source failed to
// answer (RFC 5861 §4, RFC 9111 §4.2.4, §4.3.3). Reached says that there was an answer, for which
// [Failed] holds; otherwise there was none at all.
func (r Rules) MayStandIn(q RequestDirectives, s *Stored, now time.Time, reached bool) bool {
	d := &s.Directives
	if q.NoCache || r.mustRevalidate(d) {
		return false
	}
	stale := max(0, s.Age(now)-r.Lifetime(s))
	return d.IfError.covers(stale) || q.IfError.covers(stale) || !reached && r.Disconnected > 0 && stale <= r.Disconnected
}
