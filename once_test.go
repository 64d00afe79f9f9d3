package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/graph/scalar"
	"holdfast/internal/jetstream/jetstreamtest"
	"holdfast/outbox"
)

// A till makes what it is asked for each time that it is asked, and counts it.
type till struct {
	*httptest.Server

	mu   sync.Mutex
	keys map[string][]string                            // that things were asked for with, by note; what comes with one again is not made again
	made map[string]int                                 // by note
	how  func(w http.ResponseWriter, n int) (done bool) // answers the n-th in its own way; nil: as usual
}

func openTill(tb testing.TB) *till {
	tb.Helper()
	v := &till{made: map[string]int{}, keys: map[string][]string{}}
	v.Server = httptest.NewServer(v)
	v.Config.SetKeepAlivesEnabled(false) // on a connection that was used before, net/http sends what has a key again by itself
	tb.Cleanup(v.Close)
	return v
}

func (v *till) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Note string }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	v.mu.Lock()
	key := r.Header.Get("Idempotency-Key")
	if key == "" || !slices.Contains(v.keys[asked.Note], key) {
		v.made[asked.Note]++
	}
	v.keys[asked.Note] = append(v.keys[asked.Note], key)
	n, how := len(v.keys[asked.Note]), v.how
	v.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if how != nil && how(w, n) {
		return
	}
	fmt.Fprintf(w, `{"id":"%s-%d","note":%q,"cents":125}`, asked.Note, n, asked.Note)
}

func (v *till) answers(how func(w http.ResponseWriter, n int) (done bool)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.how = how
}

// times is how often something was made, and forgets it.
func (v *till) times(note string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.made[note]
}

// status answers with a status, and says how often.
func status(code int, times int) func(http.ResponseWriter, int) bool {
	return func(w http.ResponseWriter, n int) bool {
		if n > times {
			return false
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, `{"error":"no"}`)
		return true
	}
}

// cut ends the connection after the work is done, without a word.
func cut(w http.ResponseWriter, _ int) bool {
	if c, _, err := w.(http.Hijacker).Hijack(); err == nil { //nolint:errcheck,forcetypeassert // HTTP/1.1
		_ = c.Close()
	}
	return true
}

// first has how answer the first only.
func first(how func(http.ResponseWriter, int) bool) func(http.ResponseWriter, int) bool {
	return func(w http.ResponseWriter, n int) bool { return n == 1 && how(w, n) }
}

// graph is one over the till, with settings.
func (v *till) graph(tb testing.TB, settings string) (folder, []string) {
	tb.Helper()
	return v.serves(tb, `
type Sale { id: ID! note: String cents: Int }
type Query { sale(id: ID!): Sale @connect(source: "till", http: {GET: "/sales/{$args.id}"}, selection: "id note cents") }
type Mutation {
  sell(note: String!, cents: Int): Sale @connect(source: "till", http: {POST: "/sales", body: "note: $args.note cents: $args.cents"}, selection: "id note cents")
  keep(note: String!, key: String): Sale @idempotent(key: "$args.key", required: true, window: "1h")
    @connect(source: "till", http: {POST: "/kept", headers: {name: "Idempotency-Key", value: "{$write.key}"}, body: "note: $args.note"}, selection: "id note cents")
  lend(note: String!): Sale
    @connect(source: "till", http: {POST: "/lent", headers: {name: "Idempotency-Key", value: "{$write.key}"}, body: "note: $args.note"}, selection: "id note cents")
  mine(note: String!): Sale
    @connect(source: "till", http: {POST: "/mine", headers: {name: "X-Token", from: "X-Token"}, body: "note: $args.note"}, selection: "id note cents")
  take(note: String!): Sale @connect(source: "till", http: {POST: "/takings", body: "note: $args.note"}, selection: "id note cents")
}
`, settings)
}

// serves is a graph over the till as SDL says, with settings.
func (v *till) serves(tb testing.TB, sdl, settings string) (folder, []string) {
	tb.Helper()
	dir := tb.TempDir()
	sdl = fmt.Sprintf("extend schema @source(name: \"till\", http: {baseURL: %q})\n", v.URL) + sdl
	config := filepath.Join(dir, "holdfast.yaml")
	for name, text := range map[string]string{filepath.Join(dir, "till.graphqls"): sdl, config: settings} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	g := folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}
	return g, []string{"-config", config, "-sandbox", "off"}
}

// keyed runs an operation with an idempotency key and other headers.
func (p *program) keyed(operation, key string, headers ...string) answer {
	p.t.Helper()
	return p.request(map[string]any{"query": operation}, append(headers, "Idempotency-Key", key)...)
}

// recorded is keyed once changes can be recorded.
func (p *program) recorded(operation, key string) (a answer) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		if a = p.keyed(operation, key); failed(a) != "WRITE_UNAVAILABLE NONE" || time.Now().After(end) {
			return a
		}
	}
}

func (p *program) request(body map[string]any, headers ...string) (a answer) {
	p.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.url+"/graphql", strings.NewReader(string(text)))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		p.t.Fatal(err)
	}
	return a
}

// sell asks for a sale.
func sell(note, selection string) string {
	return fmt.Sprintf(`mutation { sell(note: %q) { %s } }`, note, selection)
}

// failed are code and effect of the only error.
func failed(a answer) string {
	if len(a.Errors) != 1 {
		return fmt.Sprintf("%d errors, %v", len(a.Errors), a.Data)
	}
	return fmt.Sprint(a.Errors[0].Extensions["code"], " ", a.Errors[0].Extensions["effect"])
}

func sale(id string) map[string]any { return map[string]any{"sell": map[string]any{"id": id}} }

func TestAChangeIsMadeOnceForAKey(t *testing.T) {
	v := openTill(t)
	g, args := v.graph(t, "sources: {till: {timeout: 2s, breaker: {off: true}, retry: {max: 0}}}\ngateway: {caller: X-Caller}\n")
	p := startGraph(t, g, args...)
	for name, test := range map[string]struct {
		how  func(http.ResponseWriter, int) bool
		ask  func(t *testing.T, note string)
		made int
	}{
		"without a key it is made each time": {made: 2, ask: func(t *testing.T, note string) {
			t.Helper()
			for n := 1; n <= 2; n++ {
				if a := p.ask(sell(note, "id")); !cmp.Equal(a.Data, sale(fmt.Sprint(note, "-", n))) {
					t.Errorf("%+v", a)
				}
			}
		}},
		"who comes again has the same answer, in what he selects": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			first := p.keyed(sell(note, "id"), "k-"+note)
			again := p.keyed(sell(note, "cents name: note"), "k-"+note)
			want := map[string]any{"sell": map[string]any{"cents": 125.0, "name": note}}
			if !cmp.Equal(first.Data, sale(note+"-1")) || !cmp.Equal(again.Data, want) || first.Errors != nil || again.Errors != nil {
				t.Errorf("%+v, then %+v", first, again)
			}
		}},
		"a key in the extensions, quoted in the header, and with variables is the same": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			for _, a := range []answer{
				p.keyed(sell(note, "id"), "k-"+note),
				p.keyed(sell(note, "id"), `"k-`+note+`"`),
				p.request(map[string]any{"query": sell(note, "id"), "extensions": map[string]any{"idempotencyKey": "k-" + note}}),
				p.request(map[string]any{
					"query": "mutation($n: String!) { sell(note: $n) { id } }", "variables": map[string]any{"n": note},
					"extensions": map[string]any{"idempotencyKey": "k-" + note},
				}, "Idempotency-Key", "k-"+note),
			} {
				if !cmp.Equal(a.Data, sale(note+"-1")) {
					t.Errorf("%+v", a)
				}
			}
		}},
		"a key is one of its field": {made: 2, ask: func(t *testing.T, note string) {
			t.Helper()
			p.keyed(sell(note, "id"), "k-"+note)
			if a := p.keyed(fmt.Sprintf(`mutation { take(note: %q) { id } }`, note), "k-"+note); a.Errors != nil {
				t.Errorf("%+v", a)
			}
		}},
		"with other arguments nothing is sent": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			p.keyed(sell(note, "id"), "k-"+note)
			for _, other := range []string{
				sell(note+"!", "id"), fmt.Sprintf(`mutation { sell(note: %q, cents: 1) { id } }`, note),
				fmt.Sprintf(`mutation { sell(note: %q, cents: null) { id } }`, note),
			} {
				if a := p.keyed(other, "k-"+note); failed(a) != "IDEMPOTENCY_CONFLICT NONE" {
					t.Errorf("%s: %+v", other, a)
				}
			}
			if n := v.times(note + "!"); n != 0 {
				t.Errorf("it was made %d times", n)
			}
		}},
		"of another caller nothing is told": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			p.keyed(sell(note, "id"), "k-"+note, "X-Caller", "ada")
			if a := p.keyed(sell(note, "id"), "k-"+note, "X-Caller", "bob"); failed(a) != "IDEMPOTENCY_CONFLICT NONE" {
				t.Errorf("%+v", a)
			}
			if a := p.keyed(sell(note, "id"), "k-"+note, "X-Caller", "ada"); !cmp.Equal(a.Data, sale(note+"-1")) {
				t.Errorf("%+v", a)
			}
		}},
		"what was refused is refused again, and not asked": {how: status(http.StatusUnprocessableEntity, 1), made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			for range 3 {
				if a := p.keyed(sell(note, "id"), "k-"+note); failed(a) != "UPSTREAM_REFUSED NONE" || a.Errors[0].Extensions["status"] != 422.0 {
					t.Errorf("%+v", a)
				}
			}
		}},
		"what was certainly not made is made when it is asked for again": {how: status(http.StatusTooManyRequests, 1), made: 2, ask: func(t *testing.T, note string) {
			t.Helper()
			if a := p.keyed(sell(note, "id"), "k-"+note); failed(a) != "UPSTREAM_UNAVAILABLE NONE" {
				t.Errorf("%+v", a)
			}
			for range 2 {
				if a := p.keyed(sell(note, "id"), "k-"+note); !cmp.Equal(a.Data, sale(note+"-2")) {
					t.Errorf("%+v", a)
				}
			}
		}},
		"what nobody knows the end of is not sent again": {how: cut, made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			if a := p.keyed(sell(note, "id"), "k-"+note); failed(a) != "UPSTREAM_UNAVAILABLE UNKNOWN" {
				t.Errorf("%+v", a)
			}
			for range 2 {
				a := p.keyed(sell(note, "id"), "k-"+note)
				if id, _ := a.Errors[0].Extensions["write"].(string); failed(a) != "WRITE_UNKNOWN UNKNOWN" || len(id) != 53 {
					t.Errorf("%+v", a)
				}
			}
		}},
		"while the source knows its key again, what nobody knows the end of is sent again under it": {how: first(cut), made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			ask := func() answer { return p.ask(fmt.Sprintf(`mutation { keep(note: %q, key: "mine") { note } }`, note)) }
			if a := ask(); failed(a) != "UPSTREAM_UNAVAILABLE UNKNOWN" {
				t.Errorf("%+v", a)
			}
			for range 2 {
				if a := ask(); !cmp.Equal(a.Data, map[string]any{"keep": map[string]any{"note": note}}) {
					t.Errorf("%+v", a)
				}
			}
			if keys := v.keys[note]; len(keys) != 2 || keys[0] != keys[1] || len(keys[0]) != 26 {
				t.Errorf("asked with %q", keys)
			}
		}},
		"that its key is in use is not the source's last word": {how: func(w http.ResponseWriter, n int) bool {
			switch n {
			case 1:
				return cut(w, n)
			case 2:
				return status(http.StatusConflict, 2)(w, n)
			}
			return false
		}, made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			ask := func() answer { return p.ask(fmt.Sprintf(`mutation { keep(note: %q, key: "in use") { note } }`, note)) }
			if a := ask(); failed(a) != "UPSTREAM_UNAVAILABLE UNKNOWN" {
				t.Errorf("%+v", a)
			}
			if a := ask(); failed(a) != "UPSTREAM_REFUSED UNKNOWN" {
				t.Errorf("%+v", a)
			}
			if a := ask(); !cmp.Equal(a.Data, map[string]any{"keep": map[string]any{"note": note}}) {
				t.Errorf("%+v", a)
			}
		}},
		"a key that the SDL wants may come in its arguments or with the request": {made: 2, ask: func(t *testing.T, note string) {
			t.Helper()
			keep := func(args string) string { return fmt.Sprintf(`mutation { keep(note: %q%s) { id } }`, note, args) }
			for what, a := range map[string]answer{"none": p.ask(keep("")), "null": p.ask(keep(", key: null"))} {
				if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || a.Errors[0].Extensions["effect"] != "NONE" {
					t.Errorf("%s: %+v", what, a)
				}
			}
			for range 2 {
				for _, a := range []answer{p.ask(keep(`, key: "1"`)), p.keyed(keep(""), "2")} {
					if a.Errors != nil {
						t.Errorf("%+v", a)
					}
				}
			}
		}},
		"without a key of the caller's each write has one of its own": {made: 2, ask: func(t *testing.T, note string) {
			t.Helper()
			for range 2 {
				p.ask(fmt.Sprintf(`mutation { lend(note: %q) { id } }`, note))
			}
			if keys := v.keys[note]; len(keys) != 2 || keys[0] == keys[1] || len(keys[0]) != 26 {
				t.Errorf("asked with %q", keys)
			}
		}},
		"100 at once have it made once": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if a := p.keyed(sell(note, "id"), "k-"+note); !cmp.Equal(a.Data, sale(note+"-1")) {
						t.Errorf("%+v", a)
					}
				})
			}
			all.Wait()
		}},
		"keys that are none, or for several changes, are refused": {made: 0, ask: func(t *testing.T, note string) {
			t.Helper()
			for what, a := range map[string]answer{
				"an empty one":      p.keyed(sell(note, "id"), ""),
				"a long one":        p.keyed(sell(note, "id"), strings.Repeat("k", 256)),
				"two that differ":   p.keyed(sell(note, "id"), "a", "Idempotency-Key", "b"),
				"one that is none":  p.request(map[string]any{"query": sell(note, "id"), "extensions": map[string]any{"idempotencyKey": 1}}),
				"one of two fields": p.keyed(fmt.Sprintf(`mutation { a: sell(note: %q) { id } b: sell(note: %[1]q) { id } }`, note), "k-"+note),
			} {
				if len(a.Errors) != 1 || a.Errors[0].Extensions["code"] != "BAD_USER_INPUT" || a.Data != nil {
					t.Errorf("%s: %+v", what, a)
				}
			}
		}},
		"of a query a key says nothing": {made: 1, ask: func(t *testing.T, note string) {
			t.Helper()
			p.keyed(sell(note, "id"), "k-"+note)
			if a := p.keyed(`{ __typename }`, "k-"+note); a.Errors != nil {
				t.Errorf("%+v", a)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			note := strings.ReplaceAll(name, " ", "_")
			v.answers(test.how)
			defer v.answers(nil)
			test.ask(t, note)
			if n := v.times(note); n != test.made {
				t.Errorf("it was made %d times, want %d", n, test.made)
			}
		})
	}
}

// TestNobodyHasTheAnswerToSomebodyElse has no gateway.caller: callers differ by what the API is shown of them.
func TestNobodyHasTheAnswerToSomebodyElse(t *testing.T) {
	for name, test := range map[string]struct{ settings, field string }{
		"by a header of the connector": {"", "mine"},
		"by auth.forward":              {"sources: {till: {auth: {forward: [X-Token]}}}\n", "take"},
	} {
		t.Run(name, func(t *testing.T) {
			v := openTill(t)
			g, args := v.graph(t, test.settings)
			p := startGraph(t, g, args...)
			mine := func(token string) answer {
				return p.keyed("mutation { "+test.field+`(note: "n") { id } }`, "k", "X-Token", token)
			}
			for range 2 {
				if a := mine("ada's"); !cmp.Equal(a.Data, map[string]any{test.field: map[string]any{"id": "n-1"}}) {
					t.Errorf("%+v", a)
				}
				if a := mine("bob's"); failed(a) != "IDEMPOTENCY_CONFLICT NONE" {
					t.Errorf("%+v", a)
				}
			}
			if n := v.times("n"); n != 1 {
				t.Errorf("it was made %d times", n)
			}
		})
	}
}

// TestWhoComesWhileAChangeIsMadeWaitsForIt waits no longer than the source may take.
func TestWhoComesWhileAChangeIsMadeWaitsForIt(t *testing.T) {
	v := openTill(t)
	g, args := v.graph(t, "sources: {till: {timeout: 1s}}\n")
	p := startGraph(t, g, args...)
	asked, goOn := make(chan struct{}), make(chan struct{})
	v.answers(func(http.ResponseWriter, int) bool {
		close(asked)
		<-goOn
		return false
	})
	var all sync.WaitGroup
	all.Go(func() {
		if a := p.keyed(sell("slow", "id"), "slow"); failed(a) != "UPSTREAM_UNAVAILABLE UNKNOWN" { // nobody knows when the timeout is over
			t.Errorf("%+v", a)
		}
	})
	<-asked
	if a := p.keyed(sell("slow", "id"), "slow"); failed(a) != "UPSTREAM_UNAVAILABLE UNKNOWN" && failed(a) != "WRITE_PENDING UNKNOWN" && failed(a) != "WRITE_UNKNOWN UNKNOWN" {
		t.Errorf("%+v", a)
	}
	all.Wait()
	close(goOn) // nobody waits for it any more
	if n := v.times("slow"); n != 1 {
		t.Errorf("it was made %d times", n)
	}
}

// TestWhatIsKnownOfAKeyOutlivesTheProcess asks again after a restart, and on another gateway.
func TestWhatIsKnownOfAKeyOutlivesTheProcess(t *testing.T) {
	v := openTill(t)
	g, args := v.graph(t, "")
	cluster := inCluster(t, jetstreamtest.Start(t))
	for name, flags := range map[string][]string{
		"in the data directory": {"-data", shortDir(t)},
		"in a cluster":          append(cluster, "-data", "none"),
	} {
		t.Run(name, func(t *testing.T) {
			note := strings.ReplaceAll(name, " ", "_")
			flags := append(args, flags...)
			p := startGraph(t, g, flags...)
			if a := p.recorded(sell(note, "id"), note); !cmp.Equal(a.Data, sale(note+"-1")) {
				t.Fatalf("%+v", a)
			}
			v.answers(cut)
			p.keyed(sell(note+"?", "id"), note+"?")
			v.answers(nil)
			if err := p.stop(); err != nil {
				t.Fatal(err)
			}
			p = startGraph(t, g, flags...)
			if a := p.recorded(sell(note, "id note"), note); at(t, a.Data, "sell", "id") != note+"-1" || v.times(note) != 1 {
				t.Errorf("made %d times: %+v", v.times(note), a)
			}
			if a := p.keyed(sell(note+"?", "id"), note+"?"); failed(a) != "WRITE_UNKNOWN UNKNOWN" || v.times(note+"?") != 1 {
				t.Errorf("made %d times: %+v", v.times(note+"?"), a)
			}
			if !slices.Contains(flags, "none") {
				p.administered() // else the cluster is asked
			}
			id := outbox.IDOf("Mutation.sell", "", note+"?").String()
			if err := run(t.Context(), g, append([]string{"writes", "resolve", id, "-not-made"}, flags...), os.LookupEnv, io.Discard, io.Discard); err != nil {
				t.Error(err)
			}
			if a := p.keyed(sell(note+"?", "id"), note+"?"); !cmp.Equal(a.Data, sale(note+"?-2")) {
				t.Errorf("resolved as not made: %+v", a)
			}
		})
	}
}

// TestWhereNoChangeCanBeRecordedNoneIsMade has no room for a second one, but for its answer.
func TestWhereNoChangeCanBeRecordedNoneIsMade(t *testing.T) {
	v := openTill(t)
	g, args := v.graph(t, "writes: {count: 1}\n")
	p := startGraph(t, g, args...)
	for range 2 {
		if a := p.keyed(sell("one", "id"), "one"); !cmp.Equal(a.Data, sale("one-1")) {
			t.Fatalf("%+v", a)
		}
		if a := p.keyed(sell("two", "id"), "two"); failed(a) != "WRITE_UNAVAILABLE NONE" {
			t.Errorf("%+v", a)
		}
	}
	if a := p.ask(sell("three", "id")); a.Errors != nil {
		t.Errorf("without a key: %+v", a)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if want := map[string]int{"one": 1, "three": 1}; !maps.Equal(v.made, want) {
		t.Errorf("made %v", v.made)
	}
}
