package sandbox

import (
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
)

// effects counts the writes that were made, per source and route template: not
// those that a vendor refused, answered again or never saw.
type effects struct {
	mu       sync.Mutex
	sources  map[string]*vendor
	bySource map[string]*made
}

// made is the writes that one source made.
type made struct {
	tally

	Repeated int `json:"repeated"` // as one before: the same method, path and body

	seen map[[sha256.Size]byte]bool
}

func newEffects(sources map[string]*vendor) *effects {
	e := &effects{sources: sources}
	e.clear()
	return e
}

func (e *effects) clear() {
	e.bySource = map[string]*made{}
	for name := range e.sources {
		e.bySource[name] = &made{tally: newTally(), seen: map[[sha256.Size]byte]bool{}}
	}
}

// counted counts the writes that a route of source makes: those that it answers
// with success.
func (e *effects) counted(source, pattern string, route http.HandlerFunc) http.HandlerFunc {
	if strings.HasPrefix(pattern, http.MethodGet+" ") {
		return route
	}
	return func(w http.ResponseWriter, r *http.Request) {
		is := &noted{ResponseWriter: w}
		if route(is, r); is.status < http.StatusMultipleChoices {
			e.count(source, pattern, r)
		}
	}
}

func (e *effects) count(source, route string, r *http.Request) {
	what := sha256.Sum256(append([]byte(r.Method+" "+r.URL.Path+"\n"), bodyOf(r)...))
	e.mu.Lock()
	defer e.mu.Unlock()
	m := e.bySource[source]
	m.add(route)
	if m.seen[what] {
		m.Repeated++
	}
	m.seen[what] = true
}

// list serves GET /_effects.
func (e *effects) list(w http.ResponseWriter, _ *http.Request) {
	a := newAnswer()
	e.mu.Lock()
	writeJSON(a, http.StatusOK, e.bySource)
	e.mu.Unlock()
	a.send(w)
}

// reset serves DELETE /_effects.
func (e *effects) reset(w http.ResponseWriter, _ *http.Request) {
	e.mu.Lock()
	e.clear()
	e.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// noted is a response of which the status is known.
type noted struct {
	http.ResponseWriter

	status int
}

func (n *noted) WriteHeader(status int) {
	n.status = status
	n.ResponseWriter.WriteHeader(status)
}
