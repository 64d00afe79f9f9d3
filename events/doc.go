// Package events takes in what vendors tell by webhooks: it believes what is signed, keeps it before it says so, and works
// it off behind. An event is a hint that something has changed: what is served always comes from a read, so that events
// that come twice, late or in disorder cost nothing but that.
//
// Read [Receiver] first, which answers deliveries, then [Inbox], which works events off, and [Journal], which is what a
// store implements and passes holdfast/events/eventstest. Who signs how is in holdfast/events/signature.
package events
