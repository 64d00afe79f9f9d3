package upstreams

import (
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// hostTrips is how many connectors must trip before their source is taken for dead.
const hostTrips = 3

// host is what the breakers of one source know together. When three have opened and the source has given
// no sign of life since the first of them did, the others need not find out each for itself: it is dead.
// From then on the tripped connectors go on probing, each as its own breaker says; of all others one call
// goes out for each delay. The first answer of any kind, a no included, brings the source back.
type host struct {
	log *slog.Logger

	mu    sync.Mutex
	delay time.Duration
	trips int       // since the last sign of life
	until time.Time // dead: when the next call may probe; zero: alive
}

func newHost(log *slog.Logger) *host { return &host{log: log} }

// obey begins anew, by the rules of cfg.
func (h *host) obey(cfg Breaker) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trips, h.until, h.delay = 0, time.Time{}, cfg.Delay
}

// tripped counts a breaker that opened after it was closed. A connector cannot do so twice without a sign
// of life.
func (h *host) tripped() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.trips++
	if h.trips == hostTrips {
		h.until = h.next()
		h.log.Warn("source is down", "tripped", h.trips)
	}
}

// answered is the sign of life. It reports whether the source was taken for dead.
func (h *host) answered() (back bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if back = h.trips >= hostTrips; back {
		h.log.Info("source is back")
	}
	h.trips, h.until = 0, time.Time{}
	return back
}

// admit reports whether a call of a connector that has not tripped may go out.
func (h *host) admit() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until.IsZero() {
		return true
	}
	if time.Now().Before(h.until) {
		return false
	}
	h.until = h.next()
	return true
}

// remaining returns how long a connector that has not tripped must wait.
func (h *host) remaining() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.until.IsZero() {
		return 0
	}
	return max(0, time.Until(h.until))
}

// down reports whether the source is taken for dead.
func (h *host) down() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.until.IsZero()
}

// next is when the next probe may go out: after the delay and up to a quarter of it by chance.
func (h *host) next() time.Time {
	return time.Now().Add(h.delay + rand.N(h.delay/4+1)) //nolint:gosec // not a secret
}
