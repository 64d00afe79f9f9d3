package httpcache_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"holdfast/upstreams/httpcache"
)

// step is one request of several.
type step struct {
	wait   time.Duration    // before it
	do     string           // "GET /" when empty
	send   h                // its headers
	origin http.HandlerFunc // what the origin answers; nil and not down: it must not be asked
	down   bool             // the origin is out of reach, and that is noticed

	want  string // status and body
	has   h      // headers that the response has; "Name: none" that it has not
	asked h      // headers that the origin was sent
}

// flow is a story of several requests.
type flow struct {
	rfc   string
	opts  httpcache.Options
	steps []step
}

func TestFlows(t *testing.T) {
	all := map[string]flow{}
	for _, table := range []map[string]flow{validating, clients, failing, writing, heads, ranges, variants, reports} {
		for name, f := range table {
			if _, twice := all[name]; twice {
				t.Errorf("two cases are called %q", name)
			}
			all[name] = f
		}
	}
	for name, f := range all {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f.run(newWorld(t, f.opts, inMemory), synctest.Wait, nil) })
		})
		if f.timeless() {
			t.Run(name+", over sockets", func(t *testing.T) {
				f.run(newWorld(t, f.opts, sockets), func() {}, []string{"Age", "Cache-Status"}) // which tell the time
			})
		}
	}
}

// timeless says that nothing waits.
func (f flow) timeless() bool {
	for _, s := range f.steps {
		if s.wait > 0 {
			return false
		}
	}
	return true
}

// run goes through the steps. Settle waits for what goes on behind; headers in unsure are not compared.
func (f flow) run(w *world, settle func(), unsure []string) {
	w.t.Helper()
	unasked := reply(http.StatusTeapot, "the origin was asked")
	for n, step := range f.steps {
		time.Sleep(step.wait)
		say := step.origin
		if say == nil && !step.down {
			say = unasked
		}
		w.origin.tell(say)
		do := step.do
		if do == "" {
			do = "GET /"
		}
		status, got, body := w.ask(do, step.send)
		settle()
		if answer := strings.TrimSpace(http.StatusText(status) + " " + body); answer != step.want {
			w.t.Errorf("RFC %s, step %d: %q, want %q", f.rfc, n+1, answer, step.want)
		}
		check(w.t, n+1, "response", got, step.has, unsure)
		asked := w.origin.asked()
		switch {
		case (len(asked) > 0) != (step.origin != nil):
			w.t.Errorf("RFC %s, step %d: the origin was asked %d times", f.rfc, n+1, len(asked))
		case step.asked != nil:
			check(w.t, n+1, "request", asked[0].Header, step.asked, nil)
		}
	}
}

// check compares headers with lines "Name: value"; "none" is a header that is not there.
func check(t *testing.T, step int, what string, got http.Header, lines, unsure []string) {
	t.Helper()
	for name, values := range headers(lines) {
		if slices.Contains(unsure, name) {
			continue
		}
		want := strings.Join(values, ", ")
		if have := strings.Join(got[name], ", "); have != want {
			t.Errorf("step %d: the %s has %s %q, want %q", step, what, name, have, want)
		}
	}
}
