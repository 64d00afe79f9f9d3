package httpcache_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/httpcache"
)

const (
	s    = time.Second
	hour = time.Hour
)

// h are header lines, "Name: value".
type h []string

// outcome is what becomes of the second of two requests.
type outcome string

const (
	reused    outcome = "answered from the cache"
	behind    outcome = "answered from the cache, and asked for behind"
	validated outcome = "answered from the cache after a 304"
	fetched   outcome = "answered by the origin"
	refused   outcome = "504"
)

// kind is which cache it is.
type kind int

const (
	private kind = iota
	shared
	guessing
)

func (k kind) options() httpcache.Options {
	return httpcache.Options{Shared: k == shared, Heuristics: k == guessing}
}

// pair is two requests for one URI.
type pair struct {
	rfc    string // where it says so; 9111 unless it begins with another
	kind   kind
	ask    h   // the first request
	status int // its answer; 200
	answer h
	wait   time.Duration
	again  h // the second request
	want   outcome
}

func TestPairs(t *testing.T) {
	all := map[string]pair{}
	for _, table := range []map[string]pair{storing, lifetimes, requests, stale, varying, validation} {
		for name, p := range table {
			if _, twice := all[name]; twice {
				t.Errorf("two cases are called %q", name)
			}
			all[name] = p
		}
	}
	for name, p := range all {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { p.run(newWorld(t, p.kind.options(), inMemory), synctest.Wait) })
		})
		if p.wait == 0 && p.want != behind {
			t.Run(name+", over sockets", func(t *testing.T) {
				p.run(newWorld(t, p.kind.options(), sockets), func() {})
			})
		}
	}
}

func (p pair) run(w *world, settle func()) {
	w.t.Helper()
	status := p.status
	if status == 0 {
		status = http.StatusOK
	}
	w.origin.tell(reply(status, "one", p.answer...))
	w.ask("GET /", p.ask)
	first := headers(p.answer)
	w.origin.tell(func(rw http.ResponseWriter, r *http.Request) {
		if conditional(r, first) {
			if modified := first.Get("Last-Modified"); modified != "" { // it stays when it was
				rw.Header().Set("Last-Modified", modified)
			}
			reply(http.StatusNotModified, "", slices.DeleteFunc(slices.Clone(p.answer), isModified)...)(rw, r)
			return
		}
		reply(status, "two", p.answer...)(rw, r)
	})
	time.Sleep(p.wait)
	got, _, body := w.ask("GET /", p.again)
	settle()
	if outcome := p.outcome(w, got, body); outcome != p.want {
		w.t.Errorf("RFC %s: %s, want %s", p.rfc, outcome, p.want)
	}
}

func isModified(line string) bool { return strings.HasPrefix(line, "Last-Modified: ") }

// outcome names what happened.
func (p pair) outcome(w *world, status int, body string) outcome {
	asked := w.origin.asked()
	stored := body == "one" || status == http.StatusNoContent && len(asked) == 0
	switch {
	case stored && len(asked) == 0:
		return reused
	case status == http.StatusGatewayTimeout && len(asked) == 0 && body == "":
		return refused
	case stored && len(asked) == 1 && p.again == nil && p.want == behind:
		return behind
	case stored && len(asked) == 1 && conditional(asked[0], nil):
		return validated
	case body == "two" && len(asked) == 1 && !conditional(asked[0], nil):
		return fetched
	}
	return outcome(fmt.Sprintf("%d %q after %d requests", status, body, len(asked)))
}

// conditional reports whether r asks if something changed; with the headers of an answer, whether that did
// not.
func conditional(r *http.Request, answer http.Header) bool {
	etag, since := r.Header.Get("If-None-Match"), r.Header.Get("If-Modified-Since")
	if answer == nil {
		return etag != "" || since != ""
	}
	if etag != "" {
		return etag == answer.Get("Etag")
	}
	return since != "" && answer.Get("Last-Modified") != ""
}
