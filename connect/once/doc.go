// Package once has what a caller wants changed made once, for a key of his own: the change of a connector goes through
// an [outbox.Outbox], which records it before it is sent, and answers whoever comes with the same key from the record.
//
// Read [Keeper.Write], which is what the engine calls in place of [upstreams.Client.Write].
package once
