package connect

import (
	"strings"

	"holdfast/connect/call"
)

// A spot says where a page of a chain is: at a position, or where a link leads. The
// zero spot is the first page.
type spot struct {
	position string // of the parameter at
	target   string // path and query of the whole request
}

// following is the spot of the page after s. A target that is our own request with
// another position is that position, which a client may make up as well.
func (w *walk[T]) following(s *sheet[T], size int) (spot, error) {
	if s.target == "" || w.paging.At == "" {
		return spot{s.next, s.target}, nil
	}
	own, err := w.api.Opened(&w.page.Call).Address(w.inputs(spot{}, size))
	if err != nil {
		return spot{}, err
	}
	if at, ok := call.Position(s.target, own, w.paging.At); ok {
		return spot{position: at}, nil
	}
	return spot{target: s.target}, nil
}

// cursorAt is the cursor of what comes after a spot. A target may hold what clients
// must neither read, such as a key in the base URL, nor change, such as a filter by
// who they are; so it is sealed, for the same request of our own.
func (w *walk[T]) cursorAt(at spot, size int) cursor {
	c := cursor{Page: at.position, Index: -1, Size: size}
	if at.target != "" {
		c.Sealed = seal(w.api.SealKey(), at.target, w.purpose())
	}
	return c
}

// spotOf is where a cursor points.
func (w *walk[T]) spotOf(c cursor) (spot, error) {
	if c.Sealed == "" {
		return spot{position: c.Page}, nil
	}
	target, ok := unseal(w.api.SealKey(), c.Sealed, w.purpose())
	if !ok {
		return spot{}, errSealed
	}
	target, err := w.api.Target(w.api.Base(), target)
	if err != nil {
		return spot{}, errSealed
	}
	return spot{target: target}, nil
}

// errSealed is a cursor that is good for something else, or was good for a while.
var errSealed = call.BadInput("the cursor is not one that this list gave out for these arguments: begin again without it")

// purpose is what a cursor of this list is good for: all that the connector's URL
// is made of. Headers go along with the target, so they need no seal.
func (w *walk[T]) purpose() string {
	url, err := w.api.Opened(&w.page.Call).Address(inputs(w.ctx, w.args, w.this))
	if err != nil {
		return "" // then there is no page to go on from
	}
	return strings.Join([]string{w.api.Name(), string(w.page.ID), url}, "\x00")
}
