package upstreams

import (
	"sync/atomic"
	"time"
)

// WithRecovery has well called whenever the source answers well after it did not, with its name: at most every five seconds,
// but when it was taken for dead. It runs on the goroutine of whoever asked, before he has his answer.
func WithRecovery(well func(source string)) Option {
	return func(u *Client) { u.recovered = well }
}

// recoveries is how far apart those of one source are that fails now and then.
const recoveries = 5 * time.Second

// recovery notices that a source answers again. The zero value is ready for use.
type recovery struct {
	failing atomic.Bool
	next    moment
}

// after takes in what a try says of the source, and reports whether that is well again.
func (r *recovery) after(h health) bool {
	switch h {
	case failing, useless:
		r.failing.Store(true)
	case fine:
		return r.failing.Load() && r.next.move(time.Now(), recoveries) && r.failing.Swap(false)
	case abandoned, alive:
	}
	return false
}
