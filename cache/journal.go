package cache

import (
	"context"
	"time"
)

// Place is one in a journal. The zero value is in none.
type Place struct {
	// Incarnation is another one when anything that was in the journal may have been lost, and never 0: places of
	// two incarnations say nothing of each other.
	Incarnation uint64
	Sequence    uint64 // grows with every bump, not always by one
}

// reaches reports whether all that is known at p, of one incarnation, includes all that is at other.
func (p Place) reaches(other Place) bool {
	return p.Incarnation != 0 && p.Incarnation == other.Incarnation && p.Sequence >= other.Sequence
}

// Bump says that what has one of its tags has changed.
type Bump struct {
	Place // where it is in the journal; set by that

	Tags []Tag
	// Forget says that what has one of the tags may not even stand in.
	Forget bool
	// At is when it was made, by the clock of who made it: for reports, and for nothing that is decided.
	At time.Time
	// By and Number are who made it and which of his it is; a journal keeps them.
	By, Number uint64
	// Writing is all that By is changing now: he bumped it, and will again. Nil says nothing of that.
	Writing []Tag
}

// Journal is the durable sequence of bumps, of one process or of many. It is safe for concurrent use, and passes
// cachetest.RunJournal.
type Journal interface {
	// Append keeps b, at a place after all that were appended before, and returns that: where the journal is once
	// all of b is in it, its Tags before its Writing, which takes the place of what By was changing. An error means that b,
	// or a part of it, may be in it or not: it is appended again.
	Append(ctx context.Context, b Bump) (Place, error)
	// Follow calls each, one call at a time, with what is kept, in order, and then with what comes, until ctx ends,
	// which is no error, or the journal cannot be followed, which is one. Every call brings a place that includes all
	// that was told so far and nothing that is there and was not, and current: nothing after it is known of now. As long as the journal can be heard, each
	// is called once a second at least: with a bump without tags where there is no other, at first also in an empty
	// journal.
	//
	// A bump of several tags may be told in parts, each at a place of its own, after that of what was told before. Of the
	// bumps of one tag the newest is told, and the newest that forgets; older ones may be. They are kept however old they
	// are, but of too many the oldest may go: then more than [MostBumped] tags are told, and where it is one that forgets,
	// as many of those. What somebody is changing is told in a part of its own.
	Follow(ctx context.Context, each func(b Bump, current bool)) error
	// Reached takes note that somebody was told of p. A journal that was put back from a backup is not as far any more, and
	// goes on in another incarnation. It waits for nothing.
	Reached(p Place)
}

// Leases has one of several processes do what all of them want done. It is safe for concurrent use, and passes
// cachetest.RunLeases.
type Leases interface {
	// Take takes the lease of that name, for ttl or until release is called, which is called once and waits for
	// nothing. It is not ok where somebody has it. One whose holder has died ends earlier, as far as others have it too.
	Take(ctx context.Context, name string, ttl time.Duration) (release func(), ok bool, err error)
}
