package gateway

import (
	"encoding/json"
	"io"
	"net/http"
)

// Status is what GET /status answers. Its parts are whatever tells most about
// them as JSON; they must not hold secrets.
type Status struct {
	Version string         `json:"version"`
	State   string         `json:"state"`             // ok, or degraded: see Reasons
	Reasons []string       `json:"reasons,omitempty"` // what of ours is out of order, though everything is served
	Sources map[string]any `json:"sources"`           // by name: breaker, last answer, quota, drift
	Cache   any            `json:"cache"`             // by layer: hits, misses, entries, bytes
	Writes  any            `json:"writes"`            // changes that are recorded: by source and state
	Events  any            `json:"events"`            // webhooks: by source, received, refused and why, worked off
	Follows any            `json:"subscriptions"`     // how much is followed
}

// StatusFunc returns the state of the gateway now. It is called for every GET
// /status, concurrently, and should not wait for anything.
type StatusFunc func() Status

func (f StatusFunc) serve(w http.ResponseWriter, _ *http.Request) {
	var s Status
	if f != nil {
		s = f()
	}
	body, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // answered with 500 and logged
	}
	reply(w, http.StatusOK, "application/json; charset=utf-8", string(body))
}

// alive answers while the process can answer anything at all.
func alive(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, "text/plain; charset=utf-8", "ok")
}

// ready answers 200 until [Gateway.Drain]. Upstreams that are down do not make
// the gateway unready: it is there to answer in their place.
func (g *Gateway) ready(w http.ResponseWriter, _ *http.Request) {
	if g.draining.Load() {
		reply(w, http.StatusServiceUnavailable, "text/plain; charset=utf-8", "draining")
		return
	}
	reply(w, http.StatusOK, "text/plain; charset=utf-8", "ok")
}

func reply(w http.ResponseWriter, status int, media, body string) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body+"\n")
}
