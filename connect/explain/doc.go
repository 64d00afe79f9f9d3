// Package explain says what an operation will cost before anybody runs it: which
// fields ask which API, how often at most, and what is batched, shared, paged or
// remembered. It counts with the rules by which package connect asks.
//
// Read [Explain] first, then the counting in fetch.go; [Plan] is what comes out,
// and [Plan.Text] how it is shown.
package explain
