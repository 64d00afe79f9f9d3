package sandbox

import (
	"math"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// hit is a fault that strikes one request.
type hit struct {
	fault
	lifted  <-chan struct{}
	limited bool          // the request is one too many for the rate
	left    time.Duration // until the rate allows requests again
}

// hit returns the fault that strikes a request to source, nil if none does.
// The paths are those below the source and below its base.
func (f *faults) hit(source string, paths ...string) *hit {
	f.mu.Lock()
	defer f.mu.Unlock()
	is := f.bySource[source]
	if is == nil || !is.meets(paths) {
		return nil
	}
	if is.Share != nil && is.dice.Float64() >= *is.Share {
		return nil
	}
	h := &hit{fault: is.fault, lifted: is.lifted}
	h.left, h.limited = is.limits(time.Now())
	return h
}

func (a *active) meets(paths []string) bool {
	for _, path := range paths {
		if strings.HasPrefix(path, a.Path) {
			return true
		}
	}
	return false
}

// limits counts one request and says whether it is above the rate, and for how long.
func (a *active) limits(now time.Time) (left time.Duration, limited bool) {
	if a.Rate == nil {
		return 0, false
	}
	if now.Sub(a.window) >= time.Duration(a.Rate.Per) {
		a.window, a.used = now, 0
	}
	a.used++
	return time.Duration(a.Rate.Per) - now.Sub(a.window), a.used > a.Rate.Limit
}

// serveBroken answers r, or does not, as h demands.
func (s *Sandbox) serveBroken(v *vendor, w http.ResponseWriter, r *http.Request, h *hit) {
	if h.Hang {
		s.wait(r, h.lifted, nil)
		cut()
	}
	var a *answer
	if !h.Reset {
		a = s.answerBroken(v, r, h)
	}
	if h.Latency > 0 {
		late := time.NewTimer(time.Duration(h.Latency))
		defer late.Stop()
		s.wait(r, h.lifted, late.C)
	}
	switch {
	case h.Reset:
		reset(w)
	case h.CutAfter:
		cut()
	case h.Truncate:
		a.sendHalf(w, r)
	default:
		a.send(w)
	}
}

// answerBroken is the answer before it is delayed or cut.
func (s *Sandbox) answerBroken(v *vendor, r *http.Request, h *hit) *answer {
	switch {
	case h.limited:
		a := s.askToFail(v, r, http.StatusTooManyRequests)
		if a.header.Get("Retry-After") != "" { // of a vendor that sends it
			a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(h.left.Seconds()))))
		}
		return a
	case h.Body != "":
		a := newAnswer()
		if h.Status != 0 {
			a.status = h.Status
		}
		a.header["Content-Type"] = nil // net/http would guess one
		if h.ContentType != "" {
			a.header.Set("Content-Type", h.ContentType)
		}
		a.body.WriteString(h.Body)
		return a
	case h.Status != 0:
		return s.askToFail(v, r, h.Status)
	default:
		return s.ask(v, r)
	}
}

// wait holds a request until the time is up, the fault is lifted or the client
// leaves. A sandbox that closes cuts it.
func (s *Sandbox) wait(r *http.Request, lifted <-chan struct{}, up <-chan time.Time) {
	select {
	case <-up:
	case <-lifted:
	case <-r.Context().Done():
	case <-s.closed:
		cut()
	}
}

// sendHalf promises the whole body, sends half of it and cuts the connection.
func (a *answer) sendHalf(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead && a.body.Len() > 0 {
		a.sendHeader(w)
		_, _ = w.Write(a.body.Bytes()[:a.body.Len()/2])
		_ = http.NewResponseController(w).Flush()
	}
	cut()
}

// cut closes the connection without (the rest of) an answer.
func cut() {
	panic(http.ErrAbortHandler)
}

// reset closes the connection so that the client sees a reset, where the
// connection is ours to reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		cut()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
