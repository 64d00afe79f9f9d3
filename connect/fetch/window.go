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

// windowOf reads the arguments of a connection, for the list of the connector called
// id: counted as [Refuses] has it. assumed says that first is the argument's default,
// which nobody asked for.
func windowOf(args mapping.Value, assumed, counted bool, id string) (window, error) {
	win, text, err := windowAt(args, assumed, counted)
	if err != nil || !isSet(text) {
		return win, err
	}
	cursor, _ := text.Str()
	c, err := parseCursor(cursor, id)
	if err != nil {
		return window{}, err
	}
	win.from = &c
	return win, nil
}

// Refuses is why the arguments of a connection whose pages are p are refused; nil: they
// are not, unless for a cursor. assumed says that first is the argument's default, which
// nobody asked for.
func Refuses(args mapping.Value, assumed bool, p *call.Paging) error {
	_, _, err := windowAt(args, assumed, isCounted(p))
	return err
}

// windowAt is the window that arguments of the Relay cursor connections specification ask
// for, and the cursor that it begins at. Counted lists can be read backwards.
func windowAt(args mapping.Value, assumed, counted bool) (win window, at mapping.Value, err error) {
	first, hasFirst := count(args.Get("first"))
	last, hasLast := count(args.Get("last"))
	after, before := args.Get("after"), args.Get("before")
	if hasLast && assumed {
		hasFirst = false
	}
	switch {
	case hasFirst && hasLast:
		err = call.BadInput("first and last: give one of them")
	case hasLast && !isSet(before), !hasLast && isSet(before):
		err = call.BadInput("last and before go together")
	case hasLast && isSet(after), hasFirst && isSet(before):
		err = call.BadInput("first goes with after, last with before")
	case hasFirst && (first < 1 || first > MaxFirst):
		err = call.BadInput("first: expected 1 to %d", MaxFirst)
	case hasLast && (last < 1 || last > MaxFirst):
		err = call.BadInput("last: expected 1 to %d", MaxFirst)
	case hasLast && !counted:
		err = call.BadInput("this list can only be read forward: use first and after")
	case hasLast:
		return window{n: int(last), backward: true}, before, nil
	case hasFirst:
		return window{n: int(first)}, after, nil
	default:
		return window{n: DefaultFirst}, after, nil
	}
	return window{}, mapping.Value{}, err
}

func isSet(v mapping.Value) bool { return !v.IsMissing() && !v.IsNull() }

func count(v mapping.Value) (int64, bool) {
	if !isSet(v) {
		return 0, false
	}
	return v.Int64()
}
