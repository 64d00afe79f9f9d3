package httpcache_test

import (
	"net/http"
	"testing"

	"holdfast/upstreams/httpcache"
)

// kept is what the origin answers to a GET in what follows.
func kept(body string, lines ...string) http.HandlerFunc {
	return reply(200, body, append(lines, "Cache-Control: max-age=60")...)
}

// writing: what a write makes of what is stored (RFC 9111 §4.4).
var writing = map[string]flow{
	"POST ends what is stored of its URI": {rfc: "4.4", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "POST /", origin: reply(200, "done"), want: "OK done"},
		{origin: kept("two"), want: "OK two"},
	}},
	"PUT does, and what redirects, too": {rfc: "4.4", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "PUT /", origin: reply(303, ""), want: "See Other"},
		{origin: kept("two"), want: "OK two"},
		{do: "DELETE /", origin: reply(204, ""), want: "No Content"},
		{origin: kept("three"), want: "OK three"},
	}},
	"a method nobody knows does": {rfc: "4.4", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "FROB /", origin: reply(200, "done"), want: "OK done"},
		{origin: kept("two"), want: "OK two"},
	}},
	"a write that is refused does not": {rfc: "4.4", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "POST /", origin: reply(403, "no"), want: "Forbidden no"},
		{do: "POST /", origin: reply(500, "no"), want: "Internal Server Error no"},
		{want: "OK one"},
	}},
	"nor one that never arrives": {rfc: "4.4", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "POST /", down: true, want: "Bad Gateway"},
		{want: "OK one"},
	}},
	"nor does OPTIONS, which is passed on": {rfc: "9110 9.2.1", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "OPTIONS /", origin: kept("options"), want: "OK options"},
		{want: "OK one"},
		{do: "OPTIONS /", origin: kept("options"), want: "OK options"},
	}},
	"a write ends all variants": {rfc: "4.4", steps: []step{
		{send: h{"X-A: 1"}, origin: kept("one", "Vary: X-A"), want: "OK one"},
		{send: h{"X-A: 2"}, origin: kept("two", "Vary: X-A"), want: "OK two"},
		{do: "POST /", origin: reply(200, "done"), want: "OK done"},
		{send: h{"X-A: 1"}, origin: kept("three", "Vary: X-A"), want: "OK three"},
		{send: h{"X-A: 2"}, origin: kept("four", "Vary: X-A"), want: "OK four"},
	}},
	"a write leaves other URIs": {rfc: "4.4", steps: []step{
		{do: "GET /a?b=1", origin: kept("one"), want: "OK one"},
		{do: "POST /a?b=2", origin: reply(200, "done"), want: "OK done"},
		{do: "GET /a?b=1", want: "OK one"},
	}},
	"Location ends what it names": {rfc: "4.4", steps: []step{
		{do: "GET /a", origin: kept("one"), want: "OK one"},
		{do: "POST /", origin: reply(201, "", "Location: /a"), want: "Created"},
		{do: "GET /a", origin: kept("two"), want: "OK two"},
	}},
	"Content-Location does, too": {rfc: "4.4", steps: []step{
		{do: "GET /a/b", origin: kept("one"), want: "OK one"},
		{do: "POST /a/", origin: reply(200, "", "Content-Location: b"), want: "OK"},
		{do: "GET /a/b", origin: kept("two"), want: "OK two"},
	}},
	"not on another origin": {rfc: "4.4", steps: []step{
		{do: "GET /a", origin: kept("one"), want: "OK one"},
		{do: "POST /", origin: reply(201, "", "Location: http://elsewhere.test/a"), want: "Created"},
		{do: "GET /a", want: "OK one"},
	}},
	"not of a write that was refused": {rfc: "4.4", steps: []step{
		{do: "GET /a", origin: kept("one"), want: "OK one"},
		{do: "POST /", origin: reply(409, "", "Location: /a"), want: "Conflict"},
		{do: "GET /a", want: "OK one"},
	}},
	"an answer to POST is not stored, whatever it says": {rfc: "9110 9.3.3", steps: []step{
		{do: "POST /", origin: kept("one"), want: "OK one"},
		{do: "POST /", origin: kept("two"), want: "OK two"},
		{origin: kept("three"), want: "OK three"},
	}},
	"scopes have each their own": {rfc: "7.1", opts: httpcache.Options{Scope: func(r *http.Request) string { return r.Header.Get("X-User") }}, steps: []step{
		{send: h{"X-User: a"}, origin: kept("one"), want: "OK one"},
		{send: h{"X-User: b"}, origin: kept("two"), want: "OK two"},
		{send: h{"X-User: a"}, want: "OK one"},
		{do: "POST /", send: h{"X-User: a"}, origin: reply(200, ""), want: "OK"},
		{send: h{"X-User: b"}, want: "OK two"},
		{send: h{"X-User: a"}, origin: kept("three"), want: "OK three"},
	}},
}

// heads: HEAD is answered from GET, and updates it (RFC 9111 §4.3.5).
var heads = map[string]flow{
	"HEAD is answered from a stored GET": {rfc: "9110 9.3.2", steps: []step{
		{origin: kept("one", "X-A: 1"), want: "OK one"},
		{do: "HEAD /", want: "OK", has: h{"Content-Length: 3", "X-A: 1", "Age: 0"}},
	}},
	"GET is not answered from HEAD": {rfc: "3", steps: []step{
		{do: "HEAD /", origin: kept(""), want: "OK"},
		{origin: kept("one"), want: "OK one"},
	}},
	"HEAD that agrees makes the stored GET fresh": {rfc: "4.3.5", steps: []step{
		{origin: kept("one", `ETag: "1"`), want: "OK one"},
		{wait: 61 * s, do: "HEAD /", origin: kept("", `ETag: "1"`, "Content-Length: 3", "X-A: 2"), want: "OK"},
		{wait: 59 * s, want: "OK one", has: h{"X-A: 2", "Age: 59"}},
	}},
	"HEAD with another tag ends it": {rfc: "4.3.5", steps: []step{
		{origin: kept("one", `ETag: "1"`), want: "OK one"},
		{do: "HEAD /", send: h{"Cache-Control: no-cache"}, origin: kept("", `ETag: "2"`), want: "OK"},
		{origin: kept("two"), want: "OK two"},
	}},
	"HEAD with another length ends it": {rfc: "4.3.5", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "HEAD /", send: h{"Cache-Control: no-cache"}, origin: kept("", "Content-Length: 4"), want: "OK"},
		{origin: kept("two"), want: "OK two"},
	}},
	"HEAD that fails changes nothing": {rfc: "4.3.5", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{do: "HEAD /", send: h{"Cache-Control: no-cache"}, origin: reply(500, ""), want: "Internal Server Error"},
		{do: "HEAD /", send: h{"Cache-Control: no-cache"}, origin: reply(404, ""), want: "Not Found"},
		{want: "OK one"},
	}},
	"a condition with HEAD is judged": {rfc: "4.3.2", steps: []step{
		{origin: kept("one", `ETag: "1"`), want: "OK one"},
		{do: "HEAD /", send: h{`If-None-Match: "1"`}, want: "Not Modified"},
	}},
	"HEAD behind is asked for as GET": {rfc: "5861 3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1, stale-while-revalidate=60"), want: "OK one"},
		{wait: 2 * s, do: "HEAD /", origin: kept("two"), want: "OK"},
		{want: "OK two"},
	}},
}

// ranges: parts are never stored, nor made (RFC 9111 §3.3).
var ranges = map[string]flow{
	"a part is not stored": {rfc: "3.3", steps: []step{
		{send: h{"Range: bytes=0-0"}, origin: reply(206, "o", "Cache-Control: max-age=60", "Content-Range: bytes 0-0/3"), want: "Partial Content o"},
		{origin: kept("one"), want: "OK one"},
	}},
	"a part is asked for though the whole is stored": {rfc: "3.3", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{send: h{"Range: bytes=0-0"}, origin: reply(206, "o", "Content-Range: bytes 0-0/3"), want: "Partial Content o"},
		{want: "OK one"},
	}},
	"a 416 is not stored over the whole": {rfc: "3.3", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{send: h{"Range: bytes=9-"}, origin: reply(416, "", "Cache-Control: max-age=60"), want: "Requested Range Not Satisfiable"},
		{want: "OK one"},
	}},
	"If-Range is for the origin": {rfc: "9110 13.1.5", steps: []step{
		{origin: kept("one", `ETag: "1"`), want: "OK one"},
		{send: h{"Range: bytes=0-0", `If-Range: "1"`}, origin: reply(206, "o"), want: "Partial Content o"},
	}},
}

func TestCases(t *testing.T) {
	n := 0
	for _, table := range []map[string]pair{storing, lifetimes, requests, stale, varying, validation} {
		n += len(table)
	}
	for _, table := range []map[string]flow{validating, clients, failing, writing, heads, ranges, variants, reports} {
		n += len(table)
	}
	if n < 150 {
		t.Errorf("%d cases, want 150 at least", n)
	}
	t.Logf("%d cases", n)
}
