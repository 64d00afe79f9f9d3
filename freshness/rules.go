package freshness

import "time"

// Rules are the rules of RFC 9111 as they bind one cache, to the letter. The zero value is a private
// cache that uses no heuristics.
type Rules struct {
	// Shared says that the cache answers more than one user (RFC 9111 §1).
	Shared bool
	// Heuristics lets an answer that says nothing about its lifetime be fresh for a tenth of the time it
	// had not changed before, 24 hours at most (RFC 9111 §4.2.2).
	Heuristics bool
	// Disconnected is how long past its freshness an answer may be used when its source cannot be
	// reached, although neither side asked for that (RFC 9111 §4.2.4). Zero: not at all. It never
	// outweighs must-revalidate and its kin.
	Disconnected time.Duration
}

// mustRevalidate reports whether d forbids every stale use.
func (r Rules) mustRevalidate(d *Directives) bool { return d.NoCache || d.mustRevalidate(r.Shared) }
