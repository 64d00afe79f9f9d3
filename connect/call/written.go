package call

import (
	"holdfast/connect/mapping"
	"holdfast/upstreams"
)

// Written is what came of a write that somebody records. It is not changed once it was given away.
type Written struct {
	// Answer is that of the API; nil: there is none yet, or nobody knows it any more.
	Answer *upstreams.Answer
	// Write is the record as the graph's type Write shows it, all of its fields by their names; missing: nothing is
	// to be told of it.
	Write mapping.Value
}
