package httpcache_test

import (
	"net/http"
	"time"

	"holdfast/upstreams/httpcache"
)

// either answers with yes if it is asked conditionally, else with no.
func either(yes, no http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if conditional(r, nil) {
			yes(w, r)
		} else {
			no(w, r)
		}
	}
}

// failing: what is served when the origin fails (RFC 5861 §4, RFC 9111 §4.2.4), and bodies that break off.
var failing = map[string]flow{
	"stale-if-error stands in for a 503": {rfc: "5861 4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=10, stale-if-error=20"), want: "OK one"},
		{wait: 30 * s, origin: reply(503, "down"), want: "OK one", has: h{"Age: 30"}},
		{wait: s, origin: reply(503, "down"), want: "Service Unavailable down"},
	}},
	"it stands in for 500, 502 and 504": {rfc: "5861 4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, stale-if-error=20"), want: "OK one"},
		{origin: reply(500, "down"), want: "OK one"},
		{origin: reply(502, "down"), want: "OK one"},
		{origin: reply(504, "down"), want: "OK one"},
	}},
	"but for no other": {rfc: "5861 4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, stale-if-error=20"), want: "OK one"},
		{origin: reply(501, "no"), want: "Not Implemented no"},
		{origin: reply(429, "no"), want: "Too Many Requests no"},
		{origin: reply(403, "no"), want: "Forbidden no"},
		{origin: reply(503, "no"), want: "OK one"},
	}},
	"it stands in when the origin is out of reach": {rfc: "5861 4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, stale-if-error=20"), want: "OK one"},
		{down: true, want: "OK one"},
	}},
	"a request may ask for it": {rfc: "5861 4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=10"), want: "OK one"},
		{wait: 20 * s, send: h{"Cache-Control: stale-if-error=10"}, origin: reply(503, "down"), want: "OK one"},
		{wait: s, send: h{"Cache-Control: stale-if-error=10"}, origin: reply(503, "down"), want: "Service Unavailable down"},
	}},
	"without it an error is an error": {rfc: "4.2.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0", `ETag: "1"`), want: "OK one"},
		{origin: reply(503, "down"), want: "Service Unavailable down"},
		{down: true, want: "Bad Gateway"},
	}},
	"must-revalidate outweighs stale-if-error": {rfc: "5.2.2.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, must-revalidate, stale-if-error=20"), want: "OK one"},
		{origin: reply(503, "down"), want: "Service Unavailable down"},
	}},
	"must-revalidate ends in an error when the origin is out of reach": {rfc: "5.2.2.2", opts: httpcache.Options{Disconnected: time.Hour}, steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, must-revalidate", `ETag: "1"`), want: "OK one"},
		{down: true, want: "Bad Gateway"},
	}},
	"no-cache outweighs stale-if-error": {rfc: "4.2.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: no-cache, stale-if-error=20", `ETag: "1"`), want: "OK one"},
		{origin: reply(503, "down"), want: "Service Unavailable down"},
	}},
	"no-cache in the request does, too": {rfc: "5.2.1.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60, stale-if-error=20"), want: "OK one"},
		{send: h{"Cache-Control: no-cache"}, origin: reply(503, "down"), want: "Service Unavailable down"},
	}},
	"s-maxage outweighs it in a shared cache": {rfc: "5.2.2.10", opts: httpcache.Options{Shared: true}, steps: []step{
		{origin: reply(200, "one", "Cache-Control: s-maxage=0, stale-if-error=20"), want: "OK one"},
		{origin: reply(503, "down"), want: "Service Unavailable down"},
	}},
	"what is fresh stands in for a reload that fails": {rfc: "5861 4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60, stale-if-error=20"), want: "OK one"},
		{wait: s, send: h{"Cache-Control: max-age=0"}, origin: reply(503, "down"), want: "OK one"},
	}},
	"out of reach, an operator may allow what nobody else did": {rfc: "4.2.4", opts: httpcache.Options{Disconnected: time.Minute}, steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=10"), want: "OK one"},
		{wait: 70 * s, down: true, want: "OK one"},
		{origin: reply(503, "down"), want: "Service Unavailable down"},
		{wait: s, down: true, want: "Bad Gateway"},
	}},
	"nothing stands in where nothing is stored": {rfc: "5861 4", steps: []step{
		{send: h{"Cache-Control: stale-if-error=60"}, origin: reply(503, "down"), want: "Service Unavailable down"},
		{send: h{"Cache-Control: stale-if-error=60"}, down: true, want: "Bad Gateway"},
	}},
	"a 503 that may be stored takes the place of what is stale": {rfc: "4.3.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0", `ETag: "1"`), want: "OK one"},
		{origin: reply(503, "down", "Cache-Control: max-age=60"), want: "Service Unavailable down"},
		{want: "Service Unavailable down"},
	}},
	"a body that is shorter than it said is passed on and not stored": {rfc: "3.3", steps: []step{
		{origin: broken("on", "Cache-Control: max-age=60", "Content-Length: 3"), want: "OK on broken off"},
		{origin: reply(200, "two", "Cache-Control: max-age=60"), want: "OK two"},
	}},
	"a body whose last chunk never comes is passed on and not stored": {rfc: "3.3", steps: []step{
		{origin: broken("on", "Cache-Control: max-age=60"), want: "OK on broken off"},
		{origin: reply(200, "two", "Cache-Control: max-age=60"), want: "OK two"},
	}},
	"a body that breaks off does not end the one before": {rfc: "3.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, stale-if-error=60"), want: "OK one"},
		{origin: broken("tw", "Cache-Control: max-age=60"), want: "OK tw broken off"},
		{origin: reply(503, "down"), want: "OK one"},
	}},
	"a body in chunks is stored when its last came": {rfc: "3.3", steps: []step{
		{origin: func(w http.ResponseWriter, r *http.Request) {
			reply(200, "on", "Cache-Control: max-age=60")(w, r)
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write([]byte("e"))
		}, want: "OK one"},
		{want: "OK one"},
	}},
	"a body larger than may be kept is passed on and not stored": {rfc: "2", opts: httpcache.Options{MaxBody: 3}, steps: []step{
		{do: "GET /3", origin: reply(200, "one", "Cache-Control: max-age=60"), want: "OK one"},
		{do: "GET /3", want: "OK one"},
		{do: "GET /4", origin: reply(200, "four", "Cache-Control: max-age=60"), want: "OK four"},
		{do: "GET /4", origin: reply(200, "four", "Cache-Control: max-age=60"), want: "OK four"},
	}},
	"an answer without a body is stored": {rfc: "9110 15.3.5", steps: []step{
		{origin: reply(204, "", "Cache-Control: max-age=60", "X-A: 1"), want: "No Content"},
		{want: "No Content", has: h{"X-A: 1"}},
	}},
}
