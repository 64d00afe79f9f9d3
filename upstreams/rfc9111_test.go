package upstreams_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/cache"
	"holdfast/freshness"
	"holdfast/upstreams"
)

// This is RFC 9111, 5861 and 8246 case by case, through a client that follows the headers to the letter and
// has no windows of its own. Where the pipe does something else on purpose, the case says what and why.

// h are header lines, "Name: value". A value like +60s or -1h is the date so far from now, "none" is no header.
type h []string

// header reads the lines.
func (h h) header() http.Header {
	all := http.Header{}
	for _, line := range h {
		name, value, _ := strings.Cut(line, ": ")
		if d, err := time.ParseDuration(value); err == nil && value != "0" && name != "Age" {
			value = time.Now().Add(d).UTC().Format(http.TimeFormat)
		}
		if value != "none" {
			all.Add(name, value)
		}
	}
	return all
}

// origin answers as it was told, and remembers what it was asked since then.
type origin struct {
	mu   sync.Mutex
	seen []*http.Request
	say  func(*http.Request) said // nil: it is out of reach
}

type said struct {
	status int
	body   string
	header http.Header
}

// tells is an answer, whatever is asked.
func tells(status int, body string, lines ...string) func(*http.Request) said {
	return func(*http.Request) said { return said{status, body, h(lines).header()} }
}

func (o *origin) RoundTrip(req *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen = append(o.seen, req)
	if o.say == nil {
		return nil, io.ErrUnexpectedEOF
	}
	r := o.say(req)
	if len(r.header["Date"]) == 0 {
		r.header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	return &http.Response{
		StatusCode: r.status, Header: r.header, ContentLength: int64(len(r.body)), Request: req,
		Body: io.NopCloser(strings.NewReader(r.body)),
	}, nil
}

// tell says what to answer from now on.
func (o *origin) tell(say func(*http.Request) said) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.say, o.seen = say, nil
}

func (o *origin) asked() []*http.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.seen
}

// letter is a client that obeys the headers of o.
func letter(t *testing.T, o *origin) source {
	t.Helper()
	return openOver(t, upstreams.Config{
		Retry: upstreams.Retry{Max: new(0)}, Breaker: upstreams.Breaker{Off: new(true)},
		Cache: upstreams.Lifetimes{Respect: freshness.Strict},
	}, o)
}

// openOver is open for any transport.
func openOver(t *testing.T, cfg upstreams.Config, rt http.RoundTripper) source {
	t.Helper()
	c, err := cache.New(cache.Config{Memory: 1 << 20}, cache.NewMemory(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Name = "shop"
	u := upstreams.New(cfg, c, rt)
	t.Cleanup(func() {
		_ = u.Close(t.Context())
		_ = c.Close(context.Background())
	})
	return source{Client: u, cache: c}
}

// page is a read whose value is the body; a 404 or 410 is an answer.
func page(scope string, header http.Header) *upstreams.Request {
	return &upstreams.Request{
		Connector: "Query.text", Method: http.MethodGet, URL: "https://shop.test/text", Header: header, Scope: scope,
		Slot: "text", Accept: func(r upstreams.Reply) (any, error) {
			if r.Status == http.StatusNotFound || r.Status == http.StatusGone {
				return string(r.Body), nil
			}
			if err := r.Err(); err != nil {
				return nil, err
			}
			return string(r.Body), nil
		},
	}
}

// outcome is what becomes of the second of two reads.
type becomes string

const (
	reused    becomes = "answered from memory"
	behind    becomes = "answered from memory, and asked for behind"
	validated becomes = "answered from memory after a 304"
	fetched   becomes = "answered by the origin"
)

// pair is two reads of one URI.
type pair struct {
	rfc    string // where it says so; 9111 unless it begins with another
	kind   kind
	ask    h   // headers of the first
	status int // its answer; 200
	answer h
	wait   time.Duration
	again  h // headers of the second
	want   becomes
	but    string // why the pipe does not do what the RFC would
}

// kind is whose the answer is.
type kind int

const (
	private kind = iota // one caller's
	shared              // all callers'
)

func (k kind) scope() string {
	if k == shared {
		return ""
	}
	return "one caller"
}

func TestRFC9111(t *testing.T) {
	n := 0
	for _, table := range []map[string]pair{storing, lifetimes, stale, varying, validation} {
		for name, p := range table {
			n++
			t.Run(name, func(t *testing.T) { synctest.Test(t, p.run) })
		}
	}
	for name, f := range validating {
		n++
		t.Run(name, func(t *testing.T) { synctest.Test(t, f.run) })
	}
	t.Logf("%d cases", n)
}

func (p pair) run(t *testing.T) {
	t.Helper()
	o := &origin{}
	s := letter(t, o)
	status := max(p.status, http.StatusOK)
	first := p.answer.header()
	o.tell(func(*http.Request) said { return said{status, "one", first.Clone()} })
	_, _ = s.Read(t.Context(), page(p.kind.scope(), p.ask.header())) // some are refused
	o.tell(func(r *http.Request) said {
		header := p.answer.header()
		if modified := first.Get("Last-Modified"); modified != "" { // it stays when it was
			header.Set("Last-Modified", modified)
		}
		if conditional(r) {
			return said{http.StatusNotModified, "", header}
		}
		return said{status, "two", header}
	})
	time.Sleep(p.wait)
	got, err := s.Read(t.Context(), page(p.kind.scope(), p.again.header()))
	synctest.Wait()
	if is := outcomeOf(o.asked(), got, err); is != p.want {
		t.Errorf("RFC %s: %s, want %s", p.rfc, is, p.want)
	}
}

// outcomeOf names what happened.
func outcomeOf(asked []*http.Request, got *upstreams.Answer, err error) becomes {
	old := err == nil && got.Value == "one"
	switch {
	case old && len(asked) == 0 && got.Cache == "hit":
		return reused
	case old && len(asked) == 1 && got.State == upstreams.StateRefreshing:
		return behind
	case old && len(asked) == 1 && conditional(asked[0]) && got.Cache == "revalidated" && got.Age == 0:
		return validated
	case !old && len(asked) == 1 && !conditional(asked[0]):
		return fetched
	}
	return becomes(fmt.Sprintf("%+v, %v after %d requests", got, err, len(asked)))
}

// conditional reports whether r asks if something changed.
func conditional(r *http.Request) bool {
	return r.Header.Get("If-None-Match") != "" || r.Header.Get("If-Modified-Since") != ""
}

// either answers with yes if it is asked conditionally, else with no.
func either(yes, no func(*http.Request) said) func(*http.Request) said {
	return func(r *http.Request) said {
		if conditional(r) {
			return yes(r)
		}
		return no(r)
	}
}

// step is one read of several.
type step struct {
	wait   time.Duration
	origin func(*http.Request) said // nil and not down: it must not be asked
	down   bool
	want   string // the value, or the kind of error
	asked  h      // headers that the last request had; "none" where it had none
	state  upstreams.State
	calls  int // 1 where the origin is asked
}

// flow is a story of several reads.
type flow struct {
	rfc   string
	steps []step
}

func (f flow) run(t *testing.T) {
	t.Helper()
	o := &origin{}
	s := letter(t, o)
	for n, step := range f.steps {
		time.Sleep(step.wait)
		o.tell(step.origin)
		got, err := s.Read(t.Context(), page("one caller", nil))
		synctest.Wait()
		is := kindOf(err).String()
		if err == nil {
			is, _ = got.Value.(string)
			if step.state != "" && got.State != step.state {
				t.Errorf("RFC %s, step %d: %s, want %s", f.rfc, n+1, got.State, step.state)
			}
		}
		if is != step.want {
			t.Errorf("RFC %s, step %d: %q, want %q: %v", f.rfc, n+1, is, step.want, err)
		}
		asked, calls := o.asked(), max(step.calls, 1)
		if step.origin == nil && !step.down {
			calls = 0
		}
		if len(asked) != calls {
			t.Fatalf("RFC %s, step %d: the origin was asked %d times, want %d", f.rfc, n+1, len(asked), calls)
		}
		for _, line := range step.asked {
			name, want, _ := strings.Cut(line, ": ")
			if is := slices.Concat(asked[len(asked)-1].Header[name], []string{"none"})[0]; is != want {
				t.Errorf("RFC %s, step %d: asked with %s %q, want %q", f.rfc, n+1, name, is, want)
			}
		}
	}
}

// validating: what a 304, or another answer to a condition, does to what is remembered (RFC 9111 §4.3), and what
// stands in when there is none (RFC 5861 §4).
var validating = map[string]flow{
	"a 304 makes it fresh again": {rfc: "4.3.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=60", `Etag: "1"`), want: "one"},
		{wait: 61 * s, origin: tells(304, "", "Cache-Control: max-age=60", `Etag: "1"`), want: "one", asked: h{`If-None-Match: "1"`}},
		{wait: 59 * s, want: "one"},
		{wait: s, origin: tells(200, "two"), want: "two", asked: h{`If-None-Match: "1"`}},
	}},
	"a 304 brings a new lifetime": {rfc: "3.2", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(304, "", "Cache-Control: max-age=60", `Etag: "1"`), want: "one"},
		{wait: 59 * s, want: "one"},
	}},
	"a 304 that says nothing of it leaves the lifetime": {rfc: "3.2", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=10", `Etag: "1"`), want: "one"},
		{wait: 10 * s, origin: tells(304, ""), want: "one"},
		{wait: 9 * s, want: "one"},
		{wait: s, origin: tells(304, ""), want: "one", asked: h{`If-None-Match: "1"`}},
	}},
	"a 304 brings a new tag by its weak name": {rfc: "3.2", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: W/"1"`), want: "one"},
		{wait: s, origin: tells(304, "", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(304, ""), want: "one", asked: h{`If-None-Match: "1"`}},
	}},
	"the Age of the message before does not outlive a 304": {rfc: "4.2.3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=60", `Etag: "1"`, "Age: 50"), want: "one"},
		{wait: 11 * s, origin: tells(304, "", "Cache-Control: max-age=60", `Etag: "1"`), want: "one"},
		{wait: 50 * s, want: "one"},
	}},
	"a 304 with no-store ends what is remembered": {rfc: "5.2.2.5", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(304, "", "Cache-Control: no-store", `Etag: "1"`), want: "one"},
		{origin: tells(200, "two"), want: "two", asked: h{"If-None-Match: none"}},
	}},
	"a 304 about something else: all is asked anew": {rfc: "4.3.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: either(tells(304, "", `Etag: "2"`), tells(200, "two", "Cache-Control: max-age=60", `Etag: "2"`)), want: "two", asked: h{"If-None-Match: none"}, calls: 2},
		{want: "two"},
	}},
	"a 304 about another date: all is asked anew": {rfc: "4.3.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "one"},
		{wait: s, origin: either(tells(304, "", "Last-Modified: Sun, 02 Jan 2000 00:00:00 GMT"), tells(200, "two")), want: "two", calls: 2},
	}},
	"a 304 to a request without a condition is unusable": {rfc: "4.3.4", steps: []step{
		{origin: tells(304, "", `Etag: "1"`, "Cache-Control: max-age=60"), want: "unusable answer"},
		{origin: tells(200, "one", `Etag: "1"`, "Cache-Control: max-age=60"), want: "one", asked: h{"If-None-Match: none"}},
	}},
	"a 304 to everything is unusable": {rfc: "4.3.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(304, "", `Etag: "2"`), want: "unusable answer", calls: 2},
	}},
	"a 304 to everything is covered where that is allowed": {rfc: "5861 4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1, stale-if-error=60", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(304, "", `Etag: "2"`), want: "one", state: "STANDING_IN", calls: 2},
	}},
	"a 412 to a condition: all is asked anew": {rfc: "9110 13.1.2", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: either(tells(412, "no"), tells(200, "two")), want: "two", calls: 2},
	}},
	"a 304 with the date of the last change": {rfc: "4.3.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "one"},
		{wait: s, origin: tells(304, "", "Cache-Control: max-age=60", "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT"), want: "one", asked: h{"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT"}},
		{wait: 59 * s, want: "one"},
	}},
	"a full answer takes the place of the old one": {rfc: "4.3.3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(200, "two", "Cache-Control: max-age=60", `Etag: "2"`), want: "two"},
		{want: "two"},
	}},
	"a full answer that may not be stored ends the old one, too": {rfc: "4.3.3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1, stale-if-error=60", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(200, "two", "Cache-Control: no-store"), want: "two"},
		{origin: tells(503, "down"), want: "unavailable", asked: h{"If-None-Match: none"}},
	}},
	"an error in place of a validation changes nothing": {rfc: "4.3.3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(500, "down"), want: "unavailable"},
		{origin: tells(304, "", `Etag: "1"`), want: "one", asked: h{`If-None-Match: "1"`}},
	}},
	"a part that nobody asked for is unusable, and not stored": {rfc: "3.3", steps: []step{
		{origin: tells(206, "on", "Cache-Control: max-age=60", "Content-Range: bytes 0-1/3"), want: "unusable answer"},
		{origin: tells(200, "one", "Cache-Control: max-age=60"), want: "one"},
	}},
	"a part does not end the whole": {rfc: "3.3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=1, stale-if-error=60", `Etag: "1"`), want: "one"},
		{wait: s, origin: tells(206, "on", "Cache-Control: max-age=60", "Content-Range: bytes 0-1/3"), want: "one", state: "STANDING_IN"},
		{origin: tells(304, ""), want: "one", state: "FRESH"},
	}},
	"what is asked behind is there for the next": {rfc: "5861 3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=10, stale-while-revalidate=10"), want: "one"},
		{wait: 11 * s, origin: tells(200, "two", "Cache-Control: max-age=10, stale-while-revalidate=10"), want: "one", state: "REFRESHING"},
		{want: "two"},
	}},
	"a 304 behind makes it fresh, too": {rfc: "5861 3", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=10, stale-while-revalidate=10", `Etag: "1"`), want: "one"},
		{wait: 11 * s, origin: tells(304, ""), want: "one", state: "REFRESHING", asked: h{`If-None-Match: "1"`}},
		{wait: 9 * s, want: "one", state: "FRESH"},
	}},
	"stale-if-error stands in for a 503": {rfc: "5861 4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=10, stale-if-error=20"), want: "one"},
		{wait: 29 * s, origin: tells(503, "down"), want: "one", state: "STANDING_IN"},
		{wait: s, origin: tells(503, "down"), want: "unavailable"},
	}},
	"it stands in when the origin is out of reach": {rfc: "5861 4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=0, stale-if-error=20"), want: "one"},
		{down: true, want: "one", state: "STANDING_IN"},
	}},
	"without it an error is an error": {rfc: "4.2.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=0", `Etag: "1"`), want: "one"},
		{origin: tells(503, "down"), want: "unavailable"},
		{down: true, want: "unavailable"},
	}},
	"must-revalidate outweighs stale-if-error": {rfc: "5.2.2.2", steps: []step{
		{origin: tells(200, "one", "Cache-Control: max-age=0, must-revalidate, stale-if-error=20"), want: "one"},
		{origin: tells(503, "down"), want: "unavailable"},
	}},
	"no-cache outweighs stale-if-error": {rfc: "4.2.4", steps: []step{
		{origin: tells(200, "one", "Cache-Control: no-cache, stale-if-error=20", `Etag: "1"`), want: "one"},
		{origin: tells(503, "down"), want: "unavailable"},
		{origin: tells(304, ""), want: "one", asked: h{`If-None-Match: "1"`}},
	}},
}
