package fetch

import (
	"holdfast/connect/call"
	"holdfast/connect/mapping"
)

// Limits of what one connection may ask of an API.
const (
	DefaultFirst = 20   // nodes, where nobody says how many
	MaxFirst     = 1000 // nodes
	MaxPages     = 50   // requests
)

// A window is what the arguments of a connection ask for.
type window struct {
	n        int
	backward bool
	from     *cursor // after, or before
}

// windowOf reads the arguments of the Relay cursor connections specification, for the
// list of the connector called id. Counted lists can be read backwards. assumed says that
// first is the argument's default, which nobody asked for.
func windowOf(args mapping.Value, assumed, counted bool, id string) (window, error) {
	first, hasFirst := count(args.Get("first"))
	last, hasLast := count(args.Get("last"))
	after, before := args.Get("after"), args.Get("before")
	if hasLast && assumed {
		hasFirst = false
	}
	switch {
	case hasFirst && hasLast:
		return window{}, call.BadInput("first and last: give one of them")
	case hasLast && !isSet(before), !hasLast && isSet(before):
		return window{}, call.BadInput("last and before go together")
	case hasLast && isSet(after), hasFirst && isSet(before):
		return window{}, call.BadInput("first goes with after, last with before")
	case hasFirst && (first < 1 || first > MaxFirst):
		return window{}, call.BadInput("first: expected 1 to %d", MaxFirst)
	case hasLast && (last < 1 || last > MaxFirst):
		return window{}, call.BadInput("last: expected 1 to %d", MaxFirst)
	case hasLast && !counted:
		return window{}, call.BadInput("this list can only be read forward: use first and after")
	}
	win := window{n: DefaultFirst, backward: hasLast}
	text, given := after.Str()
	switch {
	case hasLast:
		win.n = int(last)
		text, given = before.Str()
	case hasFirst:
		win.n = int(first)
	}
	if given {
		c, err := parseCursor(text, id)
		if err != nil {
			return window{}, err
		}
		win.from = &c
	}
	return win, nil
}

func isSet(v mapping.Value) bool { return !v.IsMissing() && !v.IsNull() }

func count(v mapping.Value) (int64, bool) {
	if !isSet(v) {
		return 0, false
	}
	return v.Int64()
}
