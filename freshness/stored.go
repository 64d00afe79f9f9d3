package freshness

import (
	"net/http"
	"time"
)

// longestGuess bounds a heuristic lifetime.
const longestGuess = 24 * time.Hour

// Stored is an answer as a cache keeps it. It must not be changed once it is made, and is then safe for
// concurrent use.
type Stored struct {
	Status     int
	Header     http.Header // without what belongs to the connection; with a Date
	Asked      time.Time   // when the request left
	Received   time.Time   // when the answer began to arrive
	Directives Directives  // what Header says
}

// NewStored returns an answer as it is to be kept: headers that belong to the connection are left out
// (RFC 9111 §3.1), and one that came without a Date gets the time it was received (RFC 9110 §6.6.1).
// H is not changed.
func NewStored(status int, h http.Header, asked, received time.Time) *Stored {
	kept := storable(h)
	if _, err := http.ParseTime(kept.Get("Date")); err != nil {
		kept.Set("Date", received.UTC().Format(http.TimeFormat))
	}
	return Restored(status, kept, asked, received)
}

// Restored returns an answer whose headers were already made ready by [NewStored].
func Restored(status int, h http.Header, asked, received time.Time) *Stored {
	return &Stored{Status: status, Header: h, Asked: asked, Received: received, Directives: Parse(h)}
}

// Age returns how old the answer is at now (RFC 9111 §4.2.3), never below zero. Unlike [Directives.Age]
// it takes the Date at its word, however far it is off. The longer of the time both clocks saw pass
// counts, for one stands still while a machine sleeps and the other may be set.
func (s *Stored) Age(now time.Time) time.Duration {
	age := s.Directives.AgeAtSource + max(0, s.Received.Sub(s.Asked))
	if date := s.Directives.Date; !date.IsZero() {
		age = max(age, s.Received.Truncate(time.Second).Sub(date)) // a Date has whole seconds
	}
	resident := max(now.Sub(s.Received), now.Round(0).Sub(s.Received.Round(0)))
	return age + max(0, resident)
}

// Lifetime returns how long s is fresh, counted from when its source made it (RFC 9111 §4.2.1, §4.2.2).
func (r Rules) Lifetime(s *Stored) time.Duration {
	if lifetime, said := s.Directives.lifetime(r.Shared, s.Received); said {
		return lifetime
	}
	if !r.Heuristics || !s.Directives.Public && !HeuristicallyCacheable(s.Status) {
		return 0
	}
	modified, err := http.ParseTime(s.Header.Get("Last-Modified"))
	if err != nil {
		return 0
	}
	date := s.Directives.Date
	if date.IsZero() {
		date = s.Received
	}
	return min(max(0, date.Sub(modified)/10), longestGuess)
}
