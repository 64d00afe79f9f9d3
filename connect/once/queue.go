package once

import (
	"crypto/sha256"
	"encoding/hex"

	"holdfast/connect/call"
	"holdfast/connect/mapping"
	"holdfast/outbox"
)

// queue says of a change how it is queued. The error is that of a change that is not sent.
func queue(change *outbox.Write, q *call.Queue, in *call.Inputs) error {
	change.Queue, change.Later, change.Expires = true, q.Always, change.Accepted.Add(q.Expires)
	if q.Order == nil {
		return nil
	}
	yields := q.Order.Apply(mapping.NullValue(), mapping.Vars{"$args": in.Args})
	for _, p := range yields.Problems {
		if p.Method { // nobody knows after which others it has to come
			return call.BadInput("@queue(order: %q): %s", q.Order.Source, p.Message)
		}
	}
	change.Lane = laneOf(yields.Value)
	return nil
}

const mostLane = 255 // bytes, as people read them

// laneOf is the name of the lane of changes for which that is yielded; "" for none. What is not short text or a number is
// told apart by its sum.
func laneOf(v mapping.Value) string {
	if v.IsMissing() || v.IsNull() {
		return ""
	}
	text, ok := mapping.Text(v)
	if ok && len(text) <= mostLane {
		return text
	}
	sum := sha256.Sum256(v.AppendJSON(nil))
	return hex.EncodeToString(sum[:16])
}

// accepted reports whether a change is queued, or on its way, and nobody has to ask for it any more.
func accepted(r *outbox.Record) bool {
	return r.Write.Queue && (r.State == outbox.Queued || r.State == outbox.Sending)
}
