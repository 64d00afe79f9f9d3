package httpcache_test

import "holdfast/upstreams/httpcache"

// validating: what a 304, or another answer to a condition, does to what is stored (RFC 9111 §4.3).
var validating = map[string]flow{
	"a 304 makes it fresh again": {rfc: "4.3.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{wait: 61 * s, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one", asked: h{`If-None-Match: "1"`}},
		{wait: 59 * s, want: "OK one", has: h{"Age: 59"}},
		{wait: s, origin: reply(200, "two"), want: "OK two"},
	}},
	"a 304 brings new headers, and leaves the others": {rfc: "3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`, "X-A: 1", "X-B: 1"), want: "OK one"},
		{wait: s, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`, "X-B: 2", "X-C: 2"), want: "OK one", has: h{"X-A: 1", "X-B: 2", "X-C: 2"}},
		{wait: 59 * s, want: "OK one", has: h{"X-A: 1", "X-B: 2", "X-C: 2", "Cache-Control: max-age=60"}},
	}},
	"a 304 does not change what describes the bytes": {rfc: "3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`, "Content-Type: a/b"), want: "OK one", has: h{"Content-Length: 3"}},
		{wait: s, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`, "Content-Type: c/d", "Content-Encoding: gzip", "Content-Length: 9"), want: "OK one", has: h{"Content-Type: a/b", "Content-Encoding: none", "Content-Length: 3"}},
		{want: "OK one", has: h{"Content-Type: a/b", "Content-Encoding: none", "Content-Length: 3"}},
	}},
	"the Age of the message before does not outlive a 304": {rfc: "4.2.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`, "Age: 50"), want: "OK one"},
		{wait: 11 * s, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{wait: 50 * s, want: "OK one", has: h{"Age: 50"}},
	}},
	"a 304 with no-store ends what is stored": {rfc: "5.2.2.5", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, origin: reply(304, "", "Cache-Control: no-store", `ETag: "1"`), want: "OK one"},
		{origin: reply(200, "two"), want: "OK two", asked: h{"If-None-Match: none"}},
	}},
	"a 304 to a request with no-store leaves what is stored as it was": {rfc: "5.2.1.5", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, send: h{"Cache-Control: no-store"}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{origin: reply(304, "", `ETag: "1"`), want: "OK one", asked: h{`If-None-Match: "1"`}},
	}},
	"a 304 with another strong tag is about something else: all is asked anew": {rfc: "4.3.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, origin: either(reply(304, "", `ETag: "2"`), reply(200, "two", "Cache-Control: max-age=60", `ETag: "2"`)), want: "OK two"},
		{want: "OK two"},
	}},
	"a 304 without validators is about nothing that has one": {rfc: "4.3.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, origin: either(reply(304, ""), reply(200, "two")), want: "OK two"},
	}},
	"a 304 with a weak tag is about the one that has it": {rfc: "4.3.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: W/"1"`), want: "OK one"},
		{wait: s, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: W/"1"`), want: "OK one"},
		{wait: 59 * s, want: "OK one"},
	}},
	"a 304 with a strong tag is not about a weak one": {rfc: "4.3.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: W/"1"`), want: "OK one"},
		{wait: s, origin: either(reply(304, "", `ETag: "1"`), reply(200, "two")), want: "OK two"},
	}},
	"a 304 with the date of the last change is about the one that has it": {rfc: "4.3.4", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "OK one"},
		{wait: s, origin: reply(304, "", "Cache-Control: max-age=60", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "OK one", asked: h{"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"}},
		{wait: 59 * s, want: "OK one"},
	}},
	"a full answer takes the place of the old one": {rfc: "4.3.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, origin: reply(200, "two", "Cache-Control: max-age=60", `ETag: "2"`), want: "OK two"},
		{want: "OK two"},
	}},
	"a full answer that may not be stored ends the old one, too": {rfc: "4.3.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1, stale-if-error=60", `ETag: "1"`), want: "OK one"},
		{wait: s, origin: reply(200, "two", "Cache-Control: no-store"), want: "OK two"},
		{origin: reply(503, "down"), want: "Service Unavailable down", asked: h{"If-None-Match: none"}},
	}},
	"an error in place of a validation is passed on": {rfc: "4.3.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, origin: reply(500, "down"), want: "Internal Server Error down"},
		{origin: reply(304, "", `ETag: "1"`), want: "OK one"},
	}},
	"what is asked behind is there for the next": {rfc: "5861 3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=10, stale-while-revalidate=10"), want: "OK one"},
		{wait: 11 * s, origin: reply(200, "two", "Cache-Control: max-age=10, stale-while-revalidate=10"), want: "OK one", has: h{"Age: 11"}},
		{want: "OK two", has: h{"Age: 0"}},
	}},
	"a 304 behind makes it fresh, too": {rfc: "5861 3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=10, stale-while-revalidate=10", `ETag: "1"`), want: "OK one"},
		{wait: 11 * s, send: h{"If-None-Match: none"}, origin: reply(304, "", `ETag: "1"`), want: "OK one", asked: h{`If-None-Match: "1"`}},
		{wait: 9 * s, want: "OK one", has: h{"Age: 9"}},
	}},
	"an error behind leaves the old one": {rfc: "5861 3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=10, stale-while-revalidate=10"), want: "OK one"},
		{wait: 11 * s, origin: reply(500, "down"), want: "OK one"},
		{wait: s, origin: reply(200, "two"), want: "OK one"},
	}},
	"headers of the connection are not kept": {rfc: "3.1", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", "Connection: x-hop", "X-Hop: 1", "Proxy-Authenticate: x", "X-End: 1"), want: "OK one"},
		{want: "OK one", has: h{"X-Hop: none", "Proxy-Authenticate: none", "X-End: 1"}},
	}},
	"an answer without a Date gets the time it came": {rfc: "9110 6.6.1", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", "Date: none"), want: "OK one"},
		{wait: s, want: "OK one", has: h{"Date: -1s", "Age: 1"}},
	}},
	"a shared cache keeps what it has when a user's own 304 comes": {rfc: "3.5", opts: httpcache.Options{Shared: true}, steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, send: h{"Authorization: a"}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
	}},
}

// clients: conditions of the client's own (RFC 9111 §4.3.2).
var clients = map[string]flow{
	"a client that has it is told so": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`, "X-A: 1"), want: "OK one"},
		{send: h{`If-None-Match: "0", W/"1"`}, want: "Not Modified", has: h{`ETag: "1"`, "Cache-Control: max-age=60", "X-A: none", "Age: 0"}},
	}},
	"a client that has another gets it": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{send: h{`If-None-Match: "2"`}, want: "OK one"},
	}},
	"a client that has anything at all is told so": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60"), want: "OK one"},
		{send: h{"If-None-Match: *"}, want: "Not Modified"},
	}},
	"a client that has it by date is told so": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "OK one"},
		{send: h{"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"}, want: "Not Modified"},
		{send: h{"If-Modified-Since: Fri, 31 Dec 1999 23:59:59 GMT"}, want: "OK one"},
	}},
	"without Last-Modified its Date counts": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60"), want: "OK one"},
		{wait: s, send: h{"If-Modified-Since: +0s"}, want: "Not Modified"},
		{send: h{"If-Modified-Since: -5s"}, want: "OK one"},
	}},
	"a tag outweighs a date": {rfc: "9110 13.2.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`, "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "OK one"},
		{send: h{`If-None-Match: "2"`, "If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"}, want: "OK one"},
	}},
	"an error is never not modified": {rfc: "9110 13.2.1", steps: []step{
		{origin: reply(404, "none", "Cache-Control: max-age=60", `ETag: "1"`), want: "Not Found none"},
		{send: h{`If-None-Match: "1"`}, want: "Not Found none"},
	}},
	"the client's tag goes along with ours, and a 304 about ours answers both": {rfc: "4.3.1", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, send: h{`If-None-Match: "0"`}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one", asked: h{`If-None-Match: "0", "1"`}},
		{want: "OK one"},
	}},
	"a 304 about the client's is the client's": {rfc: "4.3.3", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, send: h{`If-None-Match: "2"`}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "2"`), want: "Not Modified", has: h{`ETag: "2"`}},
		{origin: reply(200, "two", "Cache-Control: max-age=60", `ETag: "2"`), want: "OK two", asked: h{`If-None-Match: "1"`}},
	}},
	"a client that has what was just validated is told so": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=1", `ETag: "1"`), want: "OK one"},
		{wait: s, send: h{`If-None-Match: "1"`}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "Not Modified"},
		{want: "OK one"},
	}},
	"a condition goes through where nothing is stored, and its 304 stores nothing": {rfc: "4.3.3", steps: []step{
		{send: h{`If-None-Match: "1"`}, origin: reply(304, "", "Cache-Control: max-age=60", `ETag: "1"`), want: "Not Modified", asked: h{`If-None-Match: "1"`}},
		{origin: reply(200, "one", "Cache-Control: max-age=60"), want: "OK one"},
	}},
	"a full answer to a condition is stored": {rfc: "4.3.3", steps: []step{
		{send: h{`If-None-Match: "0"`}, origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{want: "OK one"},
	}},
	"If-Match is for the origin": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60", `ETag: "1"`), want: "OK one"},
		{send: h{`If-Match: "0"`}, origin: reply(412, "no", "Cache-Control: max-age=60"), want: "Precondition Failed no"},
		{want: "OK one"},
	}},
	"If-Unmodified-Since is for the origin": {rfc: "4.3.2", steps: []step{
		{origin: reply(200, "one", "Cache-Control: max-age=60"), want: "OK one"},
		{send: h{"If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT"}, origin: reply(412, "no"), want: "Precondition Failed no"},
		{want: "OK one"},
	}},
}
