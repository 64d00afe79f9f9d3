// Package outbox makes writes that are neither lost nor doubled: changes of a source that are recorded before they are
// sent, sent once for one key, sent again only where that cannot double them, and never called done before they are. It
// knows bytes, keys and times, and nothing of GraphQL, HTTP clients or stores.
//
// It is a store-and-forward queue of commands, not a transactional outbox: exactly once needs a key that the vendor
// honours, and only within the time that he does. What cannot be known is UNKNOWN: a state, not a retry.
//
// Read [State] first, which is the machine, then [Write] and [Record], which are all that is kept, [Outbox.Do], which is
// what callers call, and [Journal], which is what a store implements and passes holdfast/outbox/outboxtest.
package outbox
