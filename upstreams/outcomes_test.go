package upstreams_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams"
	"holdfast/upstreams/quota"
	"holdfast/upstreams/upstreamtest"
)

var update = flag.Bool("update", false, "write the table in docs/operating.md")

// row is one thing a source can do, and what it means: a row of the contract.
type row struct {
	what string
	step upstreamtest.Step
	cfg  upstreams.Config
	as   func(*upstreams.Request) // how the request differs from a plain read
	// ask is how it is asked; nil: Read.
	ask func(context.Context, source, *upstreams.Request) (*upstreams.Answer, error)
	// before happens to the source's client before the call that the row is about; such rows are not
	// played for the breaker.
	before func(*testing.T, source)

	tries    int
	breaker  bool // counts against the source
	standsIn bool
	kind     upstreams.Kind
	reason   upstreams.Reason
}

func outcomes() []row {
	answer := upstreamtest.Answer
	const (
		good        = `{"n":2}`
		unavailable = upstreams.Unavailable
		contract    = upstreams.Contract
		refused     = upstreams.Refused
	)
	should := upstreams.Config{Retry: upstreams.Retry{Header: "X-Should-Retry"}}
	unpaced := upstreams.Config{Quota: quota.Config{Learn: new(false)}}
	post := func(r *upstreams.Request) { r.Method = http.MethodPost }
	keyed := func(r *upstreams.Request) { r.Method, r.Idempotent = http.MethodPost, true }
	write := func(ctx context.Context, s source, r *upstreams.Request) (*upstreams.Answer, error) {
		return s.Write(ctx, r)
	}
	leaves := func(ctx context.Context, s source, r *upstreams.Request) (*upstreams.Answer, error) {
		ctx, leave := context.WithTimeout(ctx, time.Second)
		defer leave()
		return s.Read(ctx, r)
	}
	return []row{
		{what: "a good answer", step: answer(200, good), tries: 1},
		{what: "404 in the API's own format: not there", step: answer(404, `{"code":"none"}`), tries: 1},
		{what: "404 in HTML", step: answer(404, `<html>`, "Content-Type", "text/html"), tries: 1, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "400", step: answer(400, ``), tries: 1, kind: refused},
		{what: "401 to our own credential, or to none", step: answer(401, ``), tries: 1, standsIn: true, kind: unavailable, reason: "CREDENTIAL"},
		{what: "401 to a caller's credential", as: asCaller, step: answer(401, ``), tries: 1, kind: refused},
		{what: "403", step: answer(403, ``), tries: 1, kind: refused},
		{what: "403 in HTML", step: answer(403, `<html>`, "Content-Type", "text/html"), tries: 1, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "403, `Retry-After: 1`", step: answer(403, ``, "Retry-After", "1"), tries: 3, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "403, `X-RateLimit-Remaining: 0`", step: answer(403, ``, "X-RateLimit-Remaining", "0"), tries: 2, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "408, 421 or 425", step: answer(425, ``), tries: 3, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "409", step: answer(409, ``), tries: 1, kind: refused},
		{what: "422", step: answer(422, ``), tries: 1, kind: refused},
		{what: "a redirect for now: it is not followed", step: answer(302, ``, "Location", "https://evil.test/"), tries: 1, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "301 or 308: it has moved for good", step: answer(308, ``, "Location", "https://evil.test/"), tries: 1, kind: refused},
		{what: "304 that nobody asked for", step: answer(304, ``), tries: 1, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "206 that nobody asked for", step: answer(206, good), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "CONTRACT"},

		{what: "429", cfg: unpaced, step: answer(429, ``), tries: 3, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "429, `Retry-After: 1`", step: answer(429, ``, "Retry-After", "1"), tries: 3, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "429, `Retry-After: 0`", cfg: unpaced, step: answer(429, ``, "Retry-After", "0"), tries: 3, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "429, `Retry-After: 86400`", step: answer(429, ``, "Retry-After", "86400"), tries: 1, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "429, `Retry-After` a date in two seconds", step: inSeconds(429, 2), tries: 3, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "429, `Retry-After` a date in 2099", step: answer(429, ``, "Retry-After", "Thu, 01 Jan 2099 00:00:00 GMT"), tries: 1, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "429, `Retry-After: soon`", cfg: unpaced, step: answer(429, ``, "Retry-After", "soon"), tries: 3, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "no call, since a 429 before it said to come back later", before: held, step: answer(429, ``, "Retry-After", "86400"), standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},

		{what: "500", step: answer(500, ``), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "501", step: answer(501, ``), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "502", step: answer(502, ``), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "503", step: answer(503, ``), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "503, `Retry-After: 1`", step: answer(503, ``, "Retry-After", "1"), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "503, `Retry-After: 86400`", step: answer(503, ``, "Retry-After", "86400"), tries: 1, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "503, `Retry-After: -1`", step: answer(503, ``, "Retry-After", "-1"), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "504", step: answer(504, ``), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},

		{what: "503 and the source's own header says that it is no use", cfg: should, step: answer(503, ``, "X-Should-Retry", "false"), tries: 1, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "409 and the source's own header says to repeat it", cfg: should, step: answer(409, ``, "X-Should-Retry", "true"), tries: 3, kind: refused},
		{what: "429 and the source's own header says to repeat it", cfg: should, step: answer(429, ``, "X-Should-Retry", "true"), tries: 2, standsIn: true, kind: unavailable, reason: "RATE_LIMITED"},

		{what: "no connection", step: upstreamtest.Refuse(), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "UNREACHABLE"},
		{what: "a connection that is reset", step: upstreamtest.Fail(io.EOF), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "UNREACHABLE"},
		{what: "no answer at all: two tries fill the timeout", step: upstreamtest.Hang(), tries: 2, breaker: true, standsIn: true, kind: unavailable, reason: "TIMEOUT"},
		{what: "a body that is cut short", step: upstreamtest.Truncate(200, `{"n":2}      `), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "UNREACHABLE"},
		{what: "a body that does not end", step: upstreamtest.Endless(), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "OVERSIZE"},
		{what: "200 that the connector's isSuccess refuses", as: refuses, step: answer(200, `{"error":"maintenance"}`), tries: 1, standsIn: true, kind: refused, reason: "CONTRACT"},
		{what: "200 with an HTML page", step: answer(200, `<html>down</html>`), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "200 with half of the JSON", step: answer(200, `{"n":`), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "200 with a list in place of an object", step: answer(200, `[{"n":2}]`), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "200 with an object that lacks what must be there", step: answer(200, `{}`), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "CONTRACT"},
		{what: "200 with nothing", step: answer(200, ``), tries: 1, breaker: true, standsIn: true, kind: contract, reason: "CONTRACT"},

		{what: "a caller who goes away", ask: leaves, step: upstreamtest.Hang(), tries: 1, standsIn: true, kind: unavailable, reason: "TIMEOUT"},
		{what: "no call, since the breaker is open", before: trip, step: answer(503, ``), standsIn: true, kind: unavailable, reason: "BREAKER_OPEN"},
		{what: "no call, since our rate is used up", before: spend, cfg: upstreams.Config{Quota: quota.Config{Rate: 1e-6, Burst: 2}}, step: answer(200, good), standsIn: true, kind: upstreams.Limit, reason: "QUOTA"},
		{what: "no call, since the source said that nothing is left", before: spend, step: answer(200, good, "RateLimit-Remaining", "0", "RateLimit-Reset", "60"), standsIn: true, kind: upstreams.Limit, reason: "QUOTA"},
		{what: "no call, since too many are under way", before: crowd, cfg: upstreams.Config{Quota: quota.Config{Concurrent: 1, Wait: time.Second}}, step: upstreamtest.Hang(), standsIn: true, kind: upstreams.Limit, reason: "QUOTA"},
		{what: "no call, since the operation has made as many as it may", ask: exhausted, cfg: upstreams.Config{Quota: quota.Config{PerOperation: 1}}, step: answer(200, good), tries: 1, standsIn: true, kind: upstreams.Limit, reason: "QUOTA"},
		{what: "a request that cannot be built", as: func(r *upstreams.Request) { r.URL = "https://shop.test/%zz" }, step: answer(200, good), kind: upstreams.BadInput},

		{what: "a read by POST: 503", as: post, step: answer(503, ``), tries: 3, breaker: true, standsIn: true, kind: unavailable, reason: "STATUS"},
		{what: "a write: 503", as: post, ask: write, step: answer(503, ``), tries: 1, breaker: true, kind: unavailable, reason: "STATUS"},
		{what: "a write: no connection", as: post, ask: write, step: upstreamtest.Refuse(), tries: 1, breaker: true, kind: unavailable, reason: "UNREACHABLE"},
		{what: "a write: no answer at all", as: post, ask: write, step: upstreamtest.Hang(), tries: 1, breaker: true, kind: unavailable, reason: "TIMEOUT"},
		{what: "a write: 429, `Retry-After: 1`", as: post, ask: write, step: answer(429, ``, "Retry-After", "1"), tries: 1, kind: unavailable, reason: "RATE_LIMITED"},
		{what: "a write: 409 and the source's own header says to repeat it", as: post, ask: write, cfg: should, step: answer(409, ``, "X-Should-Retry", "true"), tries: 1, kind: refused},
		{what: "a write: 200 with an HTML page", as: post, ask: write, step: answer(200, `<html>`), tries: 1, breaker: true, kind: contract, reason: "CONTRACT"},
		{what: "a write with an idempotency key: 503", as: keyed, ask: write, step: answer(503, ``), tries: 3, breaker: true, kind: unavailable, reason: "STATUS"},
		{what: "a write with an idempotency key: no connection", as: keyed, ask: write, step: upstreamtest.Refuse(), tries: 3, breaker: true, kind: unavailable, reason: "UNREACHABLE"},
		{what: "a write with an idempotency key: 422", as: keyed, ask: write, step: answer(422, ``), tries: 1, kind: refused},
	}
}

// asCaller has a credential of the caller in the request.
func asCaller(r *upstreams.Request) {
	r.AsCaller, r.Scope, r.Header = true, "somebody", http.Header{"Authorization": {"Bearer somebody"}}
}

// refuses takes an error in a good answer for what it is, as isSuccess does.
func refuses(r *upstreams.Request) {
	r.Accept = func(reply upstreams.Reply) (any, error) {
		if reply.Status == http.StatusOK && bytes.Contains(reply.Body, []byte("error")) {
			return nil, &upstreams.Error{Kind: upstreams.Refused, Reason: upstreams.ReasonContract}
		}
		return number(reply)
	}
}

// exhausted asks for an operation that has made its one call.
func exhausted(ctx context.Context, s source, r *upstreams.Request) (*upstreams.Answer, error) {
	first := unremembered()
	first.Operation = &upstreams.Operation{}
	if _, err := s.Read(ctx, first); err != nil {
		return nil, err
	}
	r.Operation = first.Operation
	return s.Read(ctx, r)
}

// inSeconds answers with a date that many seconds from now in Retry-After.
func inSeconds(status, seconds int) upstreamtest.Step {
	return func(req *http.Request) (*http.Response, error) {
		at := time.Now().Add(time.Duration(seconds) * time.Second).UTC().Format(http.TimeFormat)
		return upstreamtest.Answer(status, ``, "Retry-After", at)(req)
	}
}

// held is told by the source to come back later.
func held(t *testing.T, s source) {
	t.Helper()
	if _, err := s.Read(t.Context(), unremembered()); reasonOf(err) != upstreams.ReasonRateLimited {
		t.Fatal(err)
	}
}

// trip opens the breaker.
func trip(t *testing.T, s source) {
	t.Helper()
	for range 20 {
		_, _ = s.Read(t.Context(), unremembered())
	}
	if breakerOf(s) != "OPEN" {
		t.Fatal("the breaker did not open")
	}
}

// spend asks as long as it may.
func spend(t *testing.T, s source) {
	t.Helper()
	for range 2 {
		_, _ = s.Read(t.Context(), unremembered())
	}
}

// crowd leaves a call under way.
func crowd(t *testing.T, s source) {
	t.Helper()
	go func() { _, _ = s.Read(t.Context(), distinct(2)[1]) }()
	synctest.Wait()
}

// TestOutcomes is the contract of the pipe: what each thing a source can do means. Every row is played
// three times: to a client that knows nothing, to one with an old answer, and often, for the breaker.
func TestOutcomes(t *testing.T) {
	for _, o := range outcomes() {
		t.Run(o.what, func(t *testing.T) {
			synctest.Test(t, o.playToOneWhoKnowsNothing)
			synctest.Test(t, o.playToOneWithAnOldAnswer)
			synctest.Test(t, o.playOften)
		})
	}
}

func (o *row) open(t *testing.T, retries, breakerOff bool, steps ...upstreamtest.Step) source {
	t.Helper()
	cfg := o.cfg
	cfg.MaxBody, cfg.Patience = 1<<16, new(time.Minute)
	cfg.Breaker = upstreams.Breaker{Window: time.Hour, Delay: time.Hour, Probe: new(false), Off: &breakerOff}
	if !retries {
		cfg.Retry.Max = new(0)
	}
	return open(t, cfg, upstreamtest.Play(steps...))
}

func (o *row) play(t *testing.T, s source, r *upstreams.Request) (*upstreams.Answer, error) {
	t.Helper()
	if o.as != nil {
		o.as(r)
	}
	if o.ask == nil {
		return s.Read(t.Context(), r)
	}
	return o.ask(t.Context(), s, r)
}

func (o *row) playToOneWhoKnowsNothing(t *testing.T) {
	s := o.open(t, true, o.before == nil, o.step)
	if o.before != nil {
		o.before(t, s)
	}
	earlier := s.api.Calls()
	_, err := o.play(t, s, order())
	if kindOf(err) != o.kind || reasonOf(err) != o.reason {
		t.Errorf("knowing nothing: %v, want %v %s", err, o.kind, o.reason)
	}
	if tries := s.api.Calls() - earlier; tries != o.tries {
		t.Errorf("%d tries, want %d", tries, o.tries)
	}
}

func (o *row) playToOneWithAnOldAnswer(t *testing.T) {
	s := o.open(t, true, false, upstreamtest.Answer(200, `{"n":1}`), o.step)
	first := order()
	if o.as != nil {
		o.as(first)
	}
	if _, err := s.Read(t.Context(), first); err != nil && o.standsIn {
		t.Fatal(err)
	}
	time.Sleep(time.Hour)
	if o.before != nil {
		o.before(t, s)
	}
	got, err := o.play(t, s, order())
	standsIn := err == nil && got.State == upstreams.StateStandingIn
	if standsIn != o.standsIn {
		t.Fatalf("with an old answer: %+v, %v; stands in should be %v", got, err, o.standsIn)
	}
	if standsIn && (got.Reason != o.reason || got.Value != 1 || got.TTL != 0) {
		t.Errorf("stands in with %+v, want reason %s", got, o.reason)
	}
}

// playOften asks with a credential for each call, so that no hold is in the way, and for something else: one bad
// record is none of the source's fault.
func (o *row) playOften(t *testing.T) {
	if o.before != nil {
		return
	}
	s := o.open(t, false, false, o.step)
	for i := range 30 {
		r := unremembered()
		r.Scope, r.Header = strconv.Itoa(i), http.Header{"Authorization": {strconv.Itoa(i)}}
		r.URL += strconv.Itoa(i)
		_, _ = o.play(t, s, r)
	}
	if open := breakerOf(s) == "OPEN"; open != o.breaker {
		t.Errorf("breaker open: %v, want %v", open, o.breaker)
	}
}

// TestOutcomesAreInTheDocs keeps the operator's table to what is tested above.
func TestOutcomesAreInTheDocs(t *testing.T) {
	const file, from, to = "../docs/operating.md", "<!-- outcomes -->\n", "<!-- /outcomes -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := bytes.Cut(text, []byte(from))
	_, after, ok2 := bytes.Cut(rest, []byte(to))
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks %s and %s", file, from, to)
	}
	want := string(before) + from + table() + to + string(after)
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("%s is not current: go test ./upstreams -run Outcomes -update", file)
	}
}

func table() string {
	var b strings.Builder
	b.WriteString("| what happens | tried again | breaker counts it | an old answer stands in | without one |\n|---|---|---|---|---|\n")
	for _, o := range outcomes() {
		without := "an answer"
		if o.kind != 0 {
			without = strings.TrimSpace("`" + codeOf(o.kind) + "` " + string(o.reason))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", o.what, mark(o.tries > 1), mark(o.breaker), mark(o.standsIn), without)
	}
	return b.String()
}

func mark(yes bool) string {
	if yes {
		return "yes"
	}
	return ""
}

// codeOf is the extensions.code that the gateway gives to errors of a kind.
func codeOf(k upstreams.Kind) string {
	switch k {
	case upstreams.Unavailable:
		return "UPSTREAM_UNAVAILABLE"
	case upstreams.Refused:
		return "UPSTREAM_REFUSED"
	case upstreams.Contract:
		return "UPSTREAM_CONTRACT"
	case upstreams.Limit:
		return "UPSTREAM_LIMIT"
	default:
		return "BAD_USER_INPUT"
	}
}
