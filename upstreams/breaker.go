package upstreams

import (
	"log/slog"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"
)

// health is what one try says of a connector.
type health uint8

const (
	abandoned health = iota // nothing: the caller went away
	alive                   // it answers, with a no or a "not so fast"
	fine                    // it answers well
	failing                 // it does not
	useless                 // it answers what cannot be used, or is too large, to this one at least
)

// probes is how many calls must go well before a half-open breaker closes. They go one after the other, so
// that a source that is still down is asked once for each delay.
const probes = 2

// breaker is a circuit breaker driven by hand: what says nothing about the source is not recorded while
// it is closed, and every probe of a half-open one is, or its permit would be lost.
type breaker struct {
	host   *host
	opened func()
	log    *slog.Logger

	mu   sync.Mutex                         // over every call that may change the state
	b    circuitbreaker.CircuitBreaker[any] // nil: off, everything goes through
	keys *keys
	turn int // grows with every change of state
	out  int // probes under way in this turn
	// booked is until when the next probe is somebody's who has not begun it yet.
	booked time.Time
	// unfit says that it opened because answers were useless: then only better ones close it.
	unfit bool
}

// newBreaker returns the breaker of one connector of h, which is off until it is told to [breaker.obey]. It
// calls opened, under its lock, whenever it opens.
func newBreaker(h *host, opened func(), log *slog.Logger) *breaker {
	return &breaker{host: h, opened: opened, log: log}
}

// obey begins anew, closed, by the rules of cfg.
func (b *breaker) obey(cfg Breaker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.turn, b.out = b.turn+1, 0
	if *cfg.Off {
		b.b = nil
		return
	}
	b.keys, b.unfit = newKeys(cfg), false
	b.b = circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(cfg.Share, uint(cfg.Calls), cfg.Window).
		WithSuccessThreshold(probes).
		WithRandomDelay(cfg.Delay, cfg.Delay+cfg.Delay/4).
		OnStateChanged(func(e circuitbreaker.StateChangedEvent) {
			b.turn, b.out = b.turn+1, 0 // within one of our calls, under mu
			b.log.Info("breaker changed", "from", e.OldState.String(), "to", e.NewState.String())
			if e.NewState == circuitbreaker.ClosedState {
				b.unfit = false
				b.keys.clear()
			}
			if e.NewState != circuitbreaker.OpenState {
				return
			}
			if e.OldState == circuitbreaker.ClosedState {
				b.host.tripped()
			}
			b.opened()
		}).
		Build()
}

// pass is the right to one try. It must be recorded.
type pass struct {
	of    *breaker
	turn  int
	probe bool
}

// admit returns a pass, unless the breaker is open, a probe is out, or the whole source is taken for dead.
func (b *breaker) admit() (pass, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.b == nil:
		return pass{}, true
	case b.b.IsClosed() && !b.host.admit(), b.out > 0, !b.b.TryAcquirePermit():
		return pass{}, false
	}
	p := pass{of: b, turn: b.turn, probe: b.b.IsHalfOpen()}
	b.booked = time.Time{}
	if p.probe {
		b.out++
	}
	return p, true
}

// turnsAway reports whether a call that comes now gets no pass.
func (b *breaker) turnsAway() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out > 0 || b.wait() > 0
}

// probeBooked is how long who booked a probe has to begin it.
const probeBooked = time.Second

// book returns how long it is not worth to send a call: 0 if it would get a pass. Where that is one to probe, it is the
// caller's: to others who book, the breaker is open until he is admitted, or does not come.
func (b *breaker) book() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	wait, now := b.wait(), time.Now()
	switch {
	case wait > 0:
		return wait
	case b.b == nil, b.b.IsClosed() && !b.host.down():
		return 0
	case b.out > 0:
		return probeSoon
	case now.Before(b.booked):
		return min(probeSoon, b.booked.Sub(now))
	}
	b.booked = now.Add(probeBooked)
	return 0
}

// probeSoon is when it is worth looking how a probe ended that is under way.
const probeSoon = 100 * time.Millisecond

// unbook gives a probe back that does not begin.
func (b *breaker) unbook() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.booked = time.Time{}
}

// record tells the breaker what came of the try of r, and reports whether its source is back from the dead. What was admitted in an earlier state says nothing about
// the present one, and holds no permit of it. Useless answers open it when [keys] says so. To a probe they are a sign of
// life, unless they are what opened it: nobody holds it open by asking for a bad record.
func (p pass) record(r *Request, h health) (back bool) {
	if p.of == nil {
		return false
	}
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	if p.turn != p.of.turn {
		return false
	}
	if p.probe {
		p.of.out--
	}
	if h == fine || h == alive {
		back = p.of.host.answered()
	}
	if h != abandoned {
		p.of.keys.note(r, h == useless)
	}
	switch {
	case h == useless && p.probe && !p.of.unfit:
		p.of.b.RecordSuccess()
	case h == useless && !p.probe:
		if p.of.keys.useless() {
			p.of.unfit = true
			p.of.b.Open()
		}
	case h == failing, h == useless, h == abandoned && p.probe: // an unfinished probe must not close it
		p.of.b.RecordFailure()
	case h == fine, h == alive && p.probe:
		p.of.b.RecordSuccess()
	}
	return back
}

// remaining returns how long until the next probe; 0 when it may come now.
func (b *breaker) remaining() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wait()
}

// wait is remaining under mu.
func (b *breaker) wait() time.Duration {
	switch {
	case b.b == nil:
		return 0
	case b.b.IsClosed():
		return b.host.remaining()
	}
	return b.b.RemainingDelay()
}

// state returns CLOSED, OPEN or HALF_OPEN. An open breaker becomes half-open with the first call after
// its delay, so OPEN with nothing remaining means that the next call is a probe.
func (b *breaker) state() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.b == nil {
		return "CLOSED"
	}
	switch b.b.State() {
	case circuitbreaker.OpenState:
		return "OPEN"
	case circuitbreaker.HalfOpenState:
		return "HALF_OPEN"
	default:
		return "CLOSED"
	}
}
