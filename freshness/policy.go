// Package freshness is the rules that say how an HTTP answer may be remembered and used: Cache-Control and its
// relatives, conditional requests, Vary: * (RFC 9111, 9110 §13, 5861) on one side, what an operator asked for
// on the other. It is pure functions over headers and clocks; it keeps nothing and knows no cache.
//
// Begin with [Policy] and [Directives.Windows]; [Condition], [Confirms] and [Renewed] are a question whether
// what is remembered is still good, and its answer.
package freshness

import "time"

// Policy is what somebody asked for. All durations are ages of an answer; nil means that nothing was
// said and that the next one in line decides (see [Policy.Or]).
type Policy struct {
	// Fresh is the age up to which an answer is served without asking again.
	Fresh *time.Duration `yaml:"fresh" json:"fresh,omitempty"`
	// Refresh is the age up to which an answer is served at once and asked again behind.
	Refresh *time.Duration `yaml:"refresh" json:"refresh,omitempty"`
	// Stale is the age up to which an answer may stand in when asking fails.
	Stale *time.Duration `yaml:"stale" json:"stale,omitempty"`
}

// Or returns p where p says something and q elsewhere.
func (p Policy) Or(q Policy) Policy {
	if p.Fresh == nil {
		p.Fresh = q.Fresh
	}
	if p.Refresh == nil {
		p.Refresh = q.Refresh
	}
	if p.Stale == nil {
		p.Stale = q.Stale
	}
	return p
}

// Respect says how far an answer's own headers bind us.
type Respect string

// The two ways to read an answer's headers. The zero value means [StandIn].
const (
	// StandIn lets the headers decide freshness where no policy does, but never forbids an old answer
	// to stand in: for sources called with the operator's own credential.
	StandIn Respect = "stand-in"
	// Strict obeys the headers to the letter: a policy may shorten what they allow, never lengthen it.
	Strict Respect = "strict"
)
