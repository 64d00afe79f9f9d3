package fetch

import (
	"strconv"
	"strings"
	"sync"

	"holdfast/connect/call"
)

// following is the spot of the page after s. A target that is our own request with
// another position is that position, which a client may make up as well.
func (p *pages) following(s *sheet) (spot, error) {
	if s.target == "" || p.c.Paging.At == "" {
		return spot{s.next, s.target}, nil
	}
	own, err := p.c.Address(p.inputsAt(spot{}, p.walk.size))
	if err != nil {
		return spot{}, err
	}
	return s.beside(own, p.c.Paging.At), nil
}

// A neighbour is the spot of the page after a sheet, for one of our own requests.
type neighbour struct {
	own  string
	next spot
}

// beside is the spot of the page after s for who asks for own, with its position in the
// parameter at. It is remembered, for most ask for the same.
func (s *sheet) beside(own, at string) spot {
	if known := s.after.Load(); known != nil && known.own == own {
		return known.next
	}
	next := spot{target: s.target}
	if position, ok := call.Position(s.target, own, at); ok {
		next = spot{position: position}
	}
	s.after.Store(&neighbour{own, next})
	return next
}

// cursor is the cursor of an item, without its seal.
func (e *end) cursor(index int) cursor {
	if e.counted {
		return cursor{Page: strconv.Itoa(index), Size: e.size}
	}
	return cursor{Page: e.at.position, Index: index, Size: e.size}
}

// spotOf is where a cursor points.
func (p *pages) spotOf(c cursor) (spot, error) {
	if c.Sealed == "" {
		return spot{position: c.Page}, nil
	}
	purpose, base := p.purpose()
	target, ok := unseal(p.c.API.SealKey(), c.Sealed, purpose)
	if !ok {
		return spot{}, errSealed
	}
	target, err := p.c.API.Target(base, target)
	if err != nil {
		return spot{}, errSealed
	}
	return spot{target: target}, nil
}

// errSealed is a cursor that is good for something else, or was good for a while.
var errSealed = call.BadInput("the cursor is not one that this list gave out for these arguments: begin again without it")

// purpose is what a cursor of this list is good for: all that the connector's URL
// is made of. Headers go along with the target, so they need no seal.
func (p *pages) purpose() (purpose, address string) {
	address, err := p.c.Address(p.in)
	if err != nil {
		return "", "" // then there is no page to go on from
	}
	return strings.Join([]string{p.c.API.Name(), string(p.c.ID), address}, "\x00"), address
}

// seals are the sealed targets of a list. A target may hold what clients must neither
// read, such as a key in the base URL, nor change, such as a filter by who they are; so
// it is sealed, for the same request of our own.
type seals struct {
	p *pages

	mu      sync.Mutex
	purpose string
	made    map[string]string // by target
}

// of is a target, sealed.
func (s *seals) of(target string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.purpose, _ = s.p.purpose()
		s.made = map[string]string{}
	}
	sealed, ok := s.made[target]
	if !ok {
		sealed = seal(s.p.c.API.SealKey(), target, s.purpose)
		s.made[target] = sealed
	}
	return sealed
}
