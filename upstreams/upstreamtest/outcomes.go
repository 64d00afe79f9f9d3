package upstreamtest

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Outcome is one thing that a source can do, and what it means: a row of the table in docs/operating.md. The rows are
// played to the pipe with its clock in hand, and to the whole program over sockets.
type Outcome struct {
	What string
	// Step is what the source does; nil: nobody listens. In its bodies "id":"1" stands for what is asked for.
	Step     Step
	How      How
	Alone    bool // it says nothing of batches
	Before   Before
	Settings string // of the source, as in the settings file
	Bodies   int64  // how much room there is for bodies; 0: as much as unless set

	Tries    int
	Breaker  bool   // counts against the source
	StandsIn bool   // an old answer does
	Code     string // without one; "": it is an answer
	Reason   string
	Effect   string // of a write
}

// How is how a source is asked. The zero value is a plain read.
type How uint8

// The ways to ask.
const (
	ByPost    How = iota + 1 // a read whose method is POST
	AsCaller                 // a read with the caller's credential
	IsSuccess                // a read by a connector whose isSuccess takes no error
	Leaves                   // a read whose caller goes away
	Exhausted                // a read by an operation that has made its one call
	Malformed                // a read that cannot be built
	Write                    // a write
	Keyed                    // a write with an idempotency key
)

// Before is what happens before the call that a row is about.
type Before uint8

// What can happen before.
const (
	Held    Before = iota + 1 // the source said to come back later
	Tripped                   // the breaker opened
	Spent                     // two other calls were made
	Crowded                   // another call is under way
)

// Outcomes returns all rows.
func Outcomes() []Outcome {
	const (
		good        = `{"id":"1","n":2}`
		unavailable = "UPSTREAM_UNAVAILABLE"
		contract    = "UPSTREAM_CONTRACT"
		refused     = "UPSTREAM_REFUSED"
		limit       = "UPSTREAM_LIMIT"
		badInput    = "BAD_USER_INPUT"
	)
	return []Outcome{
		{What: "a good answer", Step: Answer(200, good), Tries: 1},
		{What: "404 in the API's own format: not there", Step: Answer(404, `{"code":"none"}`), Tries: 1},
		{What: "404 in HTML", Step: Answer(404, `<html>`, "Content-Type", "text/html"), Tries: 1, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "400", Step: Answer(400, ``), Tries: 1, Code: refused},
		{What: "400 in HTML", Step: Answer(400, `<html>`, "Content-Type", "text/html"), Tries: 1, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "400 that `outcomes` calls absent", Step: Answer(400, `{}`), Settings: `outcomes: {absent: [400]}`, Tries: 1},
		{What: "403 in XML that `outcomes` calls absent", Step: Answer(403, `<Error/>`, "Content-Type", "application/xml"), Settings: `outcomes: {absent: [403]}`, Tries: 1},
		{What: "401 to our own credential, or to none", Step: Answer(401, ``), Tries: 1, StandsIn: true, Code: unavailable, Reason: "CREDENTIAL"},
		{What: "401 to a caller's credential", Step: Answer(401, ``), How: AsCaller, Tries: 1, Code: refused},
		{What: "401 that `outcomes` calls refused", Step: Answer(401, ``), Settings: `outcomes: {refused: [401]}`, Tries: 1, Code: refused},
		{What: "403", Step: Answer(403, ``), Tries: 1, Code: refused},
		{What: "403 in HTML", Step: Answer(403, `<html>`, "Content-Type", "text/html"), Tries: 1, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "403, `Retry-After: 1`", Step: Answer(403, ``, "Retry-After", "1"), Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "403, `X-RateLimit-Remaining: 0`", Step: Answer(403, ``, "X-RateLimit-Remaining", "0"), Tries: 2, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "403, nothing left by the source's own header", Step: Answer(403, ``, "X-Vendor-Remaining", "0"), Settings: "quota: {header: X-Vendor, learn: false}", Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "403 that `outcomes` calls limited", Step: Answer(403, ``, "X-Why", "rate"), Settings: "outcomes: {limited: [403 X-Why=rate]}\nquota: {learn: false}", Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "418 that `outcomes` calls down", Step: Answer(418, ``), Settings: `outcomes: {down: [4xx]}`, Tries: 3, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "408", Step: Answer(408, ``), Tries: 3, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "421", Step: Answer(421, ``), Tries: 3, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "425", Step: Answer(425, ``), Tries: 3, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "409", Step: Answer(409, ``), Tries: 1, Code: refused},
		{What: "422", Step: Answer(422, ``), Tries: 1, Code: refused},
		{What: "a redirect for now: it is not followed", Step: Answer(302, ``, "Location", "https://evil.test/"), Tries: 1, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "301 or 308: it has moved for good", Step: Answer(308, ``, "Location", "https://evil.test/"), Tries: 1, Code: refused},
		{What: "304 that nobody asked for", Step: Answer(304, ``), Tries: 1, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "206 that nobody asked for", Step: Answer(206, good), Tries: 1, Breaker: true, StandsIn: true, Code: contract, Reason: "CONTRACT"},

		{What: "429", Step: Answer(429, ``), Settings: `quota: {learn: false}`, Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "429, `Retry-After: 1`", Step: Answer(429, ``, "Retry-After", "1"), Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "429, `Retry-After: 0`", Step: Answer(429, ``, "Retry-After", "0"), Settings: `quota: {learn: false}`, Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "429, `Retry-After: 86400`", Step: Answer(429, ``, "Retry-After", "86400"), Tries: 1, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "429, `Retry-After` a date in two seconds", Step: inSeconds(429, 2), Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "429, `Retry-After` a date in 2099", Step: Answer(429, ``, "Retry-After", "Thu, 01 Jan 2099 00:00:00 GMT"), Tries: 1, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "429, `Retry-After: soon`", Step: Answer(429, ``, "Retry-After", "soon"), Settings: `quota: {learn: false}`, Tries: 3, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},
		{What: "no call, since a 429 before it said to come back later", Step: Answer(429, ``, "Retry-After", "86400"), Before: Held, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},

		{What: "500", Step: Answer(500, ``), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "501", Step: Answer(501, ``), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "502", Step: Answer(502, ``), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "503", Step: Answer(503, ``), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "503, `Retry-After: 1`", Step: Answer(503, ``, "Retry-After", "1"), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "503, `Retry-After: 86400`", Step: Answer(503, ``, "Retry-After", "86400"), Tries: 1, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "503, `Retry-After: -1`", Step: Answer(503, ``, "Retry-After", "-1"), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "504", Step: Answer(504, ``), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},

		{What: "503 and the source's own header says that it is no use", Step: Answer(503, ``, "X-Should-Retry", "false"), Settings: `retry: {header: X-Should-Retry}`, Tries: 1, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "409 and the source's own header says to repeat it", Step: Answer(409, ``, "X-Should-Retry", "true"), Settings: `retry: {header: X-Should-Retry}`, Tries: 3, Code: refused},
		{What: "429 and the source's own header says to repeat it", Step: Answer(429, ``, "X-Should-Retry", "true"), Settings: `retry: {header: X-Should-Retry}`, Tries: 2, StandsIn: true, Code: unavailable, Reason: "RATE_LIMITED"},

		{What: "no connection", Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "UNREACHABLE"},
		{What: "a connection that is reset", Step: Fail(io.EOF), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "UNREACHABLE"},
		{What: "no answer at all: two tries fill the timeout", Step: Hang(), Tries: 2, Breaker: true, StandsIn: true, Code: unavailable, Reason: "TIMEOUT"},
		{What: "a body that is cut short", Step: Truncate(200, good+"      "), Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "UNREACHABLE"},
		{What: "a body that does not end", Step: Endless(), Tries: 1, Breaker: true, StandsIn: true, Code: contract, Reason: "OVERSIZE"},
		{What: "a body for which there is no room beside others", Step: Answer(200, good+strings.Repeat(" ", 5000)), Bodies: 8 << 10, Tries: 1, StandsIn: true, Code: unavailable, Reason: "OVERLOAD"},
		{What: "200 that the connector's isSuccess refuses", Step: Answer(200, `{"error":"maintenance"}`), How: IsSuccess, Tries: 1, StandsIn: true, Code: refused, Reason: "CONTRACT"},
		{What: "200 with an HTML page", Step: Answer(200, `<html>down</html>`), Tries: 1, Breaker: true, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "200 with half of the JSON", Step: Answer(200, `{"n":`), Tries: 1, Breaker: true, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "200 with a list in place of an object", Step: Answer(200, `[{"n":2}]`), Tries: 1, Breaker: true, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "200 with an object that lacks what must be there", Step: Answer(200, `{}`), Tries: 1, Breaker: true, StandsIn: true, Code: contract, Reason: "CONTRACT"},
		{What: "200 with nothing: null", Step: Answer(200, ``), Alone: true, Tries: 1},

		{What: "a caller who goes away", Step: Hang(), How: Leaves, Tries: 1, StandsIn: true, Code: unavailable, Reason: "TIMEOUT"},
		{What: "no call, since the breaker is open", Step: Answer(503, ``), Before: Tripped, StandsIn: true, Code: unavailable, Reason: "BREAKER_OPEN"},
		{What: "no call, since our rate is used up", Step: Answer(200, good), Before: Spent, Settings: `quota: {rate: 0.000001, burst: 2}`, StandsIn: true, Code: limit, Reason: "QUOTA"},
		{What: "no call, since the source said that nothing is left", Step: Answer(200, good, "RateLimit-Remaining", "0", "RateLimit-Reset", "60"), Before: Spent, StandsIn: true, Code: limit, Reason: "QUOTA"},
		{What: "no call, since too many are under way", Step: Hang(), Before: Crowded, Settings: `quota: {concurrent: 1, wait: 1s}`, StandsIn: true, Code: limit, Reason: "QUOTA"},
		{What: "no call, since the operation has made as many as it may", Step: Answer(200, good), How: Exhausted, Settings: `quota: {perOperation: 1}`, Tries: 1, StandsIn: true, Code: limit, Reason: "QUOTA"},
		{What: "a request that cannot be built", Step: Answer(200, good), How: Malformed, Code: badInput},

		{What: "a read by POST: 503", Step: Answer(503, ``), How: ByPost, Tries: 3, Breaker: true, StandsIn: true, Code: unavailable, Reason: "STATUS"},
		{What: "a write: 503", Step: Answer(503, ``), How: Write, Tries: 1, Breaker: true, Code: unavailable, Reason: "STATUS", Effect: "UNKNOWN"},
		{What: "a write: 503, `Retry-After: 1`", Step: Answer(503, ``, "Retry-After", "1"), How: Write, Tries: 1, Breaker: true, Code: unavailable, Reason: "STATUS", Effect: "NONE"},
		{What: "a write: 500 that `outcomes` calls not made", Step: Answer(500, ``), How: Write, Settings: `outcomes: {notMade: [500]}`, Tries: 1, Breaker: true, Code: unavailable, Reason: "STATUS", Effect: "NONE"},
		{What: "a write: 403 in HTML", Step: Answer(403, `<html>`), How: Write, Tries: 1, Code: contract, Reason: "CONTRACT", Effect: "UNKNOWN"},
		{What: "a write: no connection", How: Write, Tries: 1, Breaker: true, Code: unavailable, Reason: "UNREACHABLE", Effect: "NONE"},
		{What: "a write: no answer at all", Step: Hang(), How: Write, Tries: 1, Breaker: true, Code: unavailable, Reason: "TIMEOUT", Effect: "UNKNOWN"},
		{What: "a write: 429, `Retry-After: 1`", Step: Answer(429, ``, "Retry-After", "1"), How: Write, Tries: 1, Code: unavailable, Reason: "RATE_LIMITED", Effect: "NONE"},
		{What: "a write: 409 and the source's own header says to repeat it", Step: Answer(409, ``, "X-Should-Retry", "true"), How: Write, Settings: `retry: {header: X-Should-Retry}`, Tries: 1, Code: refused, Effect: "NONE"},
		{What: "a write: 200 with an HTML page", Step: Answer(200, `<html>`), How: Write, Tries: 1, Breaker: true, Code: contract, Reason: "CONTRACT", Effect: "UNKNOWN"},
		{What: "a write: 200 with an object that lacks what must be there", Step: Answer(200, `{}`), How: Write, Tries: 1, Breaker: true, Code: contract, Reason: "CONTRACT", Effect: "APPLIED"},
		{What: "a write with an idempotency key: 503", Step: Answer(503, ``), How: Keyed, Tries: 3, Breaker: true, Code: unavailable, Reason: "STATUS", Effect: "UNKNOWN"},
		{What: "a write with an idempotency key: no connection", How: Keyed, Tries: 3, Breaker: true, Code: unavailable, Reason: "UNREACHABLE", Effect: "NONE"},
		{What: "a write with an idempotency key: 422", Step: Answer(422, ``), How: Keyed, Tries: 1, Code: refused, Effect: "NONE"},
	}
}

// inSeconds answers with a date that many seconds from now in Retry-After.
func inSeconds(status, seconds int) Step {
	return func(req *http.Request) (*http.Response, error) {
		at := time.Now().Add(time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)
		return Answer(status, ``, "Retry-After", at)(req)
	}
}
