package httpcache_test

import (
	"holdfast/upstreams/httpcache"
)

// variants: several answers for one URI (RFC 9111 §4.1).
var variants = map[string]flow{
	"each has its own": {rfc: "4.1", steps: []step{
		{send: h{"X-A: 1"}, origin: kept("one", "Vary: X-A"), want: "OK one"},
		{send: h{"X-A: 2"}, origin: kept("two", "Vary: X-A"), want: "OK two"},
		{send: h{"X-A: 1"}, want: "OK one"},
		{send: h{"X-A: 2"}, want: "OK two"},
	}},
	"the newest Date is chosen where two fit": {rfc: "4.1", steps: []step{
		{send: h{"X-A: 1", "X-B: 2"}, origin: kept("new", "Vary: X-A"), want: "OK new"},
		{send: h{"X-A: 2", "X-B: 1"}, origin: kept("old", "Vary: X-B", "Date: -10s"), want: "OK old"},
		{send: h{"X-A: 1", "X-B: 1"}, want: "OK new"},
	}},
	"one without Vary among others is not chosen": {rfc: "4.1", steps: []step{
		{origin: kept("default"), want: "OK default"},
		{send: h{"X-A: 1", "Cache-Control: no-cache"}, origin: kept("one", "Vary: X-A"), want: "OK one"},
		{send: h{"X-A: 1"}, want: "OK one"},
		{send: h{"X-A: 2"}, origin: kept("two", "Vary: X-A"), want: "OK two"},
	}},
	"a 304 may change what an answer varies by": {rfc: "3.2", steps: []step{
		{send: h{"X-A: 1"}, origin: reply(200, "one", "Cache-Control: max-age=0", `ETag: "1"`), want: "OK one"},
		{send: h{"X-A: 1"}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`, "Vary: X-A"), want: "OK one"},
		{send: h{"X-A: 1"}, want: "OK one"},
		{send: h{"X-A: 2"}, origin: kept("two", "Vary: X-A"), want: "OK two"},
	}},
	"a 304 with a strong tag is about all that fit and have it": {rfc: "4.3.4", steps: []step{
		{send: h{"X-A: 1", "X-B: 2"}, origin: reply(200, "same", "Cache-Control: max-age=1", `ETag: "1"`, "Vary: X-A"), want: "OK same"},
		{send: h{"X-A: 2", "X-B: 1"}, origin: reply(200, "same", "Cache-Control: max-age=1", `ETag: "1"`, "Vary: X-B"), want: "OK same"},
		{wait: s, send: h{"X-A: 1", "X-B: 1"}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK same"},
		{send: h{"X-A: 1", "X-B: 2"}, want: "OK same"},
		{send: h{"X-A: 2", "X-B: 1"}, want: "OK same"},
	}},
	"a query is part of the URI": {rfc: "2", steps: []step{
		{do: "GET /?a=1", origin: kept("one"), want: "OK one"},
		{do: "GET /?a=2", origin: kept("two"), want: "OK two"},
		{do: "GET /?a=1", want: "OK one"},
		{do: "GET /", origin: kept("none"), want: "OK none"},
	}},
	"the case of a path matters": {rfc: "9110 4.2.3", steps: []step{
		{do: "GET /a", origin: kept("one"), want: "OK one"},
		{do: "GET /A", origin: kept("two"), want: "OK two"},
	}},
}

// reports: what a response says of how it came about (RFC 9111 §5.1, RFC 9211).
var reports = map[string]flow{
	"a miss, a hit, and how long it is good for": {rfc: "9211 2", steps: []step{
		{origin: kept("one"), want: "OK one", has: h{"Cache-Status: holdfast; fwd=uri-miss; stored", "Age: none"}},
		{wait: 10 * s, want: "OK one", has: h{"Cache-Status: holdfast; hit; ttl=50", "Age: 10"}},
	}},
	"what is not stored does not say so": {rfc: "9211 2.6", opts: httpcache.Options{Name: "my cache"}, steps: []step{
		{origin: reply(200, "one", "Cache-Control: no-store"), want: "OK one", has: h{`Cache-Status: "my cache"; fwd=uri-miss`}},
	}},
	"caches on the way are named before us": {rfc: "9211 2", steps: []step{
		{origin: kept("one", "Cache-Status: far; hit"), want: "OK one", has: h{"Cache-Status: far; hit, holdfast; fwd=uri-miss; stored"}},
		{want: "OK one", has: h{"Cache-Status: far; hit, holdfast; hit; ttl=60"}},
	}},
	"a stale hit has a ttl below zero": {rfc: "9211 2.4", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{wait: 70 * s, send: h{"Cache-Control: max-stale"}, want: "OK one", has: h{"Cache-Status: holdfast; hit; ttl=-10"}},
	}},
	"a validation names the 304": {rfc: "9211 2.3", steps: []step{
		{origin: kept("one", `ETag: "1"`), want: "OK one"},
		{wait: 61 * s, origin: reply(304, "", `ETag: "1"`), want: "OK one", has: h{"Cache-Status: holdfast; fwd=stale; fwd-status=304; ttl=60"}},
	}},
	"a reload was the request's wish": {rfc: "9211 2.2", steps: []step{
		{origin: kept("one"), want: "OK one"},
		{send: h{"Cache-Control: no-cache"}, origin: kept("two"), want: "OK two", has: h{"Cache-Status: holdfast; fwd=request; stored"}},
	}},
	"no variant fits": {rfc: "9211 2.2", steps: []step{
		{origin: kept("one", "Vary: X-A"), want: "OK one"},
		{send: h{"X-A: 1"}, origin: kept("two", "Vary: X-A"), want: "OK two", has: h{"Cache-Status: holdfast; fwd=vary-miss; stored"}},
	}},
	"an old answer in place of an error names the error": {rfc: "9211 2.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=0, stale-if-error=60"), want: "OK one"},
		{origin: reply(503, "down"), want: "OK one", has: h{"Cache-Status: holdfast; fwd=stale; fwd-status=503; ttl=0"}},
		{down: true, want: "OK one", has: h{"Cache-Status: holdfast; fwd=stale; ttl=0; detail=unreachable"}},
	}},
	"methods and ranges pass through": {rfc: "9211 2.2", steps: []step{
		{do: "POST /", origin: reply(200, ""), want: "OK", has: h{"Cache-Status: holdfast; fwd=method"}},
		{do: "OPTIONS /", origin: reply(200, ""), want: "OK", has: h{"Cache-Status: holdfast; fwd=method"}},
		{send: h{"Range: bytes=0-"}, origin: reply(200, "one"), want: "OK one", has: h{"Cache-Status: holdfast; fwd=bypass"}},
	}},
	"Age of a cache before us goes on growing": {rfc: "5.1", steps: []step{
		{origin: kept("one", "Age: 20"), want: "OK one", has: h{"Age: 20"}},
		{wait: 10 * s, want: "OK one", has: h{"Age: 30"}},
	}},
}
