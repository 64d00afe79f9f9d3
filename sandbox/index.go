package sandbox

import (
	"maps"
	"net/http"
	"slices"
)

// index serves GET /: what there is and how to break it.
func (s *Sandbox) index(w http.ResponseWriter, _ *http.Request) {
	type source struct {
		URL    string   `json:"url"`
		Auth   string   `json:"auth"`
		Try    []string `json:"try"`
		Routes []string `json:"routes"`
	}
	sources := map[string]source{}
	for name, v := range s.vendors {
		at := "/" + name + v.base
		is := source{URL: at, Auth: v.auth, Routes: slices.Sorted(maps.Keys(v.routes))}
		for _, path := range v.try {
			is.Try = append(is.Try, at+path)
		}
		sources[name] = is
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"about":   "Stand-ins for vendors' APIs: same wire format, made-up data, faults you can switch on.",
		"sources": sources,
		"faults": map[string]any{
			"PUT /_faults/{source}":    "break one source with one of the examples, or several keys together",
			"PUT /_faults":             "break all of them",
			"DELETE /_faults/{source}": "mend one",
			"DELETE /_faults":          "mend all",
			"GET /_faults":             "what is broken now",
			"examples": []string{
				`{"status":503}`, `{"latency":"2s"}`, `{"hang":true}`, `{"reset":true}`, `{"truncate":true}`, `{"cutAfter":true}`,
				`{"rate":{"limit":5,"per":"1s"}}`, `{"body":"<html></html>","contentType":"text/html"}`,
				`{"status":503,"path":"/orders","share":0.5}`,
			},
		},
		"calls": map[string]string{
			"GET /_calls":    "how often each route was asked",
			"DELETE /_calls": "count from zero again",
		},
		"effects": map[string]string{
			"GET /_effects":    "how many writes were made, and how many of them had been made before",
			"DELETE /_effects": "count from zero again",
		},
		"webhooks": map[string]any{
			"PUT /_webhooks/{source}":    "say who is told of a source's changes, as in the example, and how much goes wrong on the way",
			"DELETE /_webhooks/{source}": "nobody is any more",
			"GET /_webhooks":             "who is, and what came of it",
			"POST /_events/{source}":     "tell of something as it is now, as in the example",
			"examples": map[string]string{
				"PUT /_webhooks/{source}": `{"url":"http://127.0.0.1:8080/webhooks/stripe","secret":"whsec_sandbox","delay":"50ms","shuffle":true,"copies":2,"drop":0.1}`,
				"POST /_events/{source}":  `{"topic":"order.updated","id":1001}`,
			},
		},
		"keys": map[string]string{
			"GET /_keys":             "how many idempotency keys are known, and for how long",
			"DELETE /_keys/{source}": "end the window of one source's keys: what comes under one is new",
			"DELETE /_keys":          "end the windows of all",
		},
	})
}
