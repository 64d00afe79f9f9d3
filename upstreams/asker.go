package upstreams

import (
	"net/http"
)

// Asker is what one request to us tells all calls that are made for it: what
// [WithReport], [WithCaller] and [WithWaiting] say one by one. It is not changed once
// a call can see it.
type Asker struct {
	Report  *Report
	Header  http.Header
	Waiting func() (done func()) // nil: nobody wants to know
}

// From returns what a context of this request has under key, if it is a key of this
// package: for the Value of a [context.Context] that carries more than that.
func (a *Asker) From(key any) (value any, ours bool) {
	switch key.(type) {
	case reportKey:
		return a.Report, true
	case callerKey:
		return a.Header, true
	case waitingKey:
		if a.Waiting != nil {
			return a.Waiting, true
		}
	}
	return nil, false
}
