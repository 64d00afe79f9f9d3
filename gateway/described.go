package gateway

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

// described is what metrics know of a request, of its operation, or of its wait for a
// turn. There are few of them: a client can make up none.
type described struct {
	method  string // "" for the others
	secure  bool
	pattern string // of the route; "": none serves it, or none did yet
	status  int    // 0: none yet, as for pattern

	outcome, kind string // of an operation
	result        string // of waiting for a turn
}

// list returns the attributes that describe it.
func (d described) list() []attribute.KeyValue {
	var all []attribute.KeyValue
	if d.method != "" {
		scheme := "http"
		if d.secure {
			scheme = "https"
		}
		all = append(all, semconv.HTTPRequestMethodKey.String(d.method), semconv.URLScheme(scheme))
	}
	if route, ok := routeOf(d.pattern); ok {
		all = append(all, semconv.HTTPRoute(route))
	}
	if d.status != 0 {
		all = append(all, semconv.HTTPResponseStatusCode(d.status))
	}
	if d.outcome != "" {
		all = append(all, attribute.String("outcome", d.outcome))
	}
	if d.result != "" {
		all = append(all, attribute.String("result", d.result))
	}
	if d.kind != "" {
		all = append(all, attribute.String("type", d.kind))
	}
	return all
}

// attributes are sets of attributes as instruments take them, each made once. The
// zero value is ready for use, concurrently.
type attributes struct {
	first [3]atomic.Pointer[measured] // those that were made first are those of most requests
	mu    sync.RWMutex
	made  map[described]*measured
}

// measured is one set, for the instruments that add and for those that record.
type measured struct {
	of     described
	add    []metric.AddOption
	record []metric.RecordOption
}

func (a *attributes) of(d described) *measured {
	for i := range a.first {
		if m := a.first[i].Load(); m != nil && m.of == d {
			return m
		}
	}
	a.mu.RLock()
	m, ok := a.made[d]
	a.mu.RUnlock()
	if ok {
		return m
	}
	set := metric.WithAttributeSet(attribute.NewSet(d.list()...))
	m = &measured{d, []metric.AddOption{set}, []metric.RecordOption{set}}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.made == nil {
		a.made = map[described]*measured{}
	}
	a.made[d] = m
	for i := range a.first {
		if a.first[i].CompareAndSwap(nil, m) {
			break
		}
	}
	return m
}

// methodOf returns the method of r, or _OTHER for one that a client made up.
func methodOf(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodPost, http.MethodHead, http.MethodOptions:
		return r.Method
	}
	return otherMethod
}

const otherMethod = "_OTHER"

// routeOf returns the route of a pattern; there is none before a request was served,
// and for paths that are nowhere.
func routeOf(pattern string) (string, bool) {
	_, route, ok := strings.Cut(pattern, "/")
	return "/" + strings.TrimSuffix(route, "{$}"), ok
}
