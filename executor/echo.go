package executor

import (
	"unsafe"

	"holdfast/connect/plan"
	"holdfast/connect/record"
)

// An echo is an object as it was written once. Many orders have few customers: whose are
// the same, of which the same is asked, is copied.
type echo struct {
	node     *plan.Node
	ref      record.Ref
	from, to int // in what is being written
}

// echoes is how many are known at a time.
const echoes = 16

// echoOf is where an object is known, if it is.
func (w *writer) echoOf(ref record.Ref) *echo {
	at := uintptr(unsafe.Pointer(ref.Answer))>>7 ^ uintptr(ref.Cell) //nolint:gosec // a hash
	return &w.echoes[(at^at>>4)%echoes]
}

// echo writes an object as it was written before. It returns false where it was not.
func (w *writer) echo(n *plan.Node, ref record.Ref) bool {
	e := w.echoOf(ref)
	if e.node != n || e.ref != ref {
		return false
	}
	w.buf = append(w.buf, w.buf[e.from:e.to]...)
	w.measure()
	return true
}

// remember notes that an object was written from start on, without an error. One with
// lists is none to copy, for their items count each time.
func (w *writer) remember(n *plan.Node, ref record.Ref, start int) {
	if !n.Fetches && !n.Lists {
		*w.echoOf(ref) = echo{n, ref, start, len(w.buf)}
	}
}
