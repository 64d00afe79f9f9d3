// Package executor runs operations: it fetches what a plan says, place by place, and
// writes the answer from the records that came, in one pass.
//
// Read [New] first, then run.go, which schedules, and write.go, which writes.
// Introspection is in meta.go.
package executor
