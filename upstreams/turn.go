package upstreams

import (
	"errors"
	"time"

	"holdfast/upstreams/quota"
)

// turnSoon is when it is worth asking again for a turn of which nobody knows when it comes.
const turnSoon = 100 * time.Millisecond

// Turn returns 0 if a write of a connector can be sent now with the service's own credential, or how long it is not worth
// asking again: the source is known to be out, wants to be left alone, or nothing of its quota is left for that priority. It
// waits for nothing. What it lets out should go out within a second: of a source that was out it is the one that tries
// it; and where it is no person's, it has what that costs already, which [Request.Booked] says.
func (u *Client) Turn(connector string, p quota.Priority) time.Duration {
	b := u.connector(connector).breaker
	if wait := b.book(); wait > 0 {
		return wait
	}
	err := u.turns.Book(quota.Call{Connector: connector, Priority: p})
	if err == nil {
		return 0
	}
	b.unbook()
	if e, ok := errors.AsType[*quota.Error](err); ok && e.After > 0 {
		return e.After
	}
	return turnSoon
}
