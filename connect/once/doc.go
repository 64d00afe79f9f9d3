// Package once has what a caller wants changed made once, for a key of his own: the change of a connector goes through
// an [outbox.Outbox], which records it before it is sent, and answers whoever comes with the same key from the record.
//
// Read [Writer.Begin], which the engine calls for each change that a connector makes, then [Sender.Send], which sends later
// what was accepted and could not be sent at once. [Keeper.Find] and [Keeper.Cancel] are for whoever knows a change's id.
package once
