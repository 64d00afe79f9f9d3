package sandbox

import (
	"net/http"
	"sync"
)

// calls counts requests per source and route template, so it stays small
// whatever is asked.
type calls struct {
	mu       sync.Mutex
	sources  map[string]*vendor
	bySource map[string]*tally
}

type tally struct {
	Total   int            `json:"total"`
	ByRoute map[string]int `json:"byRoute"`
}

func newTally() tally { return tally{ByRoute: map[string]int{}} }

func (t *tally) add(route string) {
	t.Total++
	t.ByRoute[route]++
}

func newCalls(sources map[string]*vendor) *calls {
	c := &calls{sources: sources}
	c.clear()
	return c
}

func (c *calls) clear() {
	c.bySource = map[string]*tally{}
	for name := range c.sources {
		t := newTally()
		c.bySource[name] = &t
	}
}

func (c *calls) count(source, route string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bySource[source].add(route)
}

// list serves GET /_calls.
func (c *calls) list(w http.ResponseWriter, _ *http.Request) {
	a := newAnswer()
	c.mu.Lock()
	writeJSON(a, http.StatusOK, c.bySource)
	c.mu.Unlock()
	a.send(w)
}

// reset serves DELETE /_calls.
func (c *calls) reset(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	c.clear()
	c.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}
