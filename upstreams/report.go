package upstreams

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Part is what is known about the freshness of one part of a response.
type Part struct {
	Path              []any // of string and int
	Source, Connector string
	State             State
	Reason            Reason
	Age, TTL          time.Duration
	Shared            bool
	Cache             string
}

// Report collects what one request to us learnt on its way: the freshness of its parts and the calls
// that were made for it. It travels in the context. All methods may be used concurrently, and on a nil
// Report, which keeps nothing.
type Report struct {
	mu    sync.Mutex
	parts []Part
	calls map[string]int
}

// NewReport returns an empty report.
func NewReport() *Report { return &Report{} }

type reportKey struct{}

// WithReport returns a context that carries r.
func WithReport(ctx context.Context, r *Report) context.Context {
	return context.WithValue(ctx, reportKey{}, r)
}

// ReportFrom returns the report in ctx, nil when there is none.
func ReportFrom(ctx context.Context) *Report {
	r, _ := ctx.Value(reportKey{}).(*Report)
	return r
}

// Note adds a part.
func (r *Report) Note(p Part) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts = append(r.parts, p)
}

// Parts returns the parts noted so far in the order they were noted. The slice is the caller's.
func (r *Report) Parts() []Part {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.parts)
}

// Called counts one HTTP attempt that was sent to source on behalf of this request.
func (r *Report) Called(source string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls == nil {
		r.calls = map[string]int{}
	}
	r.calls[source]++
}

// Calls returns the number of HTTP attempts by source. The map is the caller's; nil when there are none.
func (r *Report) Calls() map[string]int {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.calls)
}
