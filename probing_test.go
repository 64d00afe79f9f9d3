package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"holdfast/admin"
	"holdfast/cache"
	"holdfast/connect/call"
	"holdfast/connect/schema"
	"holdfast/executor"
	"holdfast/graph/scalar"
	"holdfast/outbox"
	"holdfast/upstreams"
	"holdfast/upstreams/upstreamtest"
)

// A notebook keeps a note each time that it is sent one, and knows no keys. Whoever
// reads it may not see the newest yet.
type notebook struct {
	*httptest.Server

	mu    sync.Mutex
	notes []noted
	sent  int
	lags  time.Duration
	how   func(w http.ResponseWriter, n int) (kept, answered bool) // of the n-th that is sent; nil: both are as usual
}

type noted struct {
	Reference string
	at        time.Time
}

func openNotebook(t *testing.T) *notebook {
	t.Helper()
	n := &notebook{}
	n.Server = httptest.NewServer(n)
	n.Config.SetKeepAlivesEnabled(false)
	t.Cleanup(n.Close)
	return n
}

func (n *notebook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Reference string }
	if r.Method == http.MethodPost {
		_ = json.NewDecoder(r.Body).Decode(&asked)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Method != http.MethodPost {
		seen := []string{}
		for _, note := range n.notes {
			if time.Since(note.at) >= n.lags {
				seen = append(seen, fmt.Sprintf(`{"reference":%q}`, note.Reference))
			}
		}
		fmt.Fprintf(w, `{"id":"7","notes":[%s]}`, strings.Join(seen, ","))
		return
	}
	n.sent++
	kept, answered := true, true
	if n.how != nil {
		kept, answered = n.how(w, n.sent)
	}
	if kept {
		n.notes = append(n.notes, noted{asked.Reference, time.Now()})
	}
	if answered {
		fmt.Fprintf(w, `{"reference":%q}`, asked.Reference)
	} else {
		cut(w, 0)
	}
}

func (n *notebook) counts() (notes, sent int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.notes), n.sent
}

const bookProbe = `@probe(
      query: "query($id: ID!) { order(id: $id) { notes { reference } } }"
      variables: "id: $args.order"
      made: "$.order.notes.reference->contains($write.id)"
      after: "2s"
    )`

// graph is one over the notebook.
func (n *notebook) graph(t *testing.T, settings string) (folder, []string) {
	t.Helper()
	dir := t.TempDir()
	sdl := fmt.Sprintf(`
extend schema @source(name: "book", http: {baseURL: %[1]q})
type Note { reference: ID }
type Noted { note: Note write: Write }
type Order { id: ID! notes: [Note!]! }
type Query {
  order(id: ID!): Order @connect(source: "book", http: {GET: "/orders/{$args.id}"}, selection: "id notes { reference }") @cache(fresh: "1h")
}
type Mutation {
  note(order: ID!, text: String!): Note
    @connect(source: "book", http: {POST: "/orders/{$args.order}/notes", body: "text: $args.text reference: $write.id"}, selection: "reference")
    %[2]s
  keep(order: ID!, text: String!): Noted
    @connect(source: "book", http: {POST: "/orders/{$args.order}/notes", body: "text: $args.text reference: $write.id"}, selection: "note: { reference }")
    @queue(order: "$args.order") %[2]s
}
`, n.URL, bookProbe)
	config := filepath.Join(dir, "holdfast.yaml")
	for name, text := range map[string]string{filepath.Join(dir, "book.graphqls"): sdl, config: settings} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	g := folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}
	return g, []string{"-config", config, "-sandbox", "off"}
}

// becomes waits until a change is in a state.
func becomes(t *testing.T, data string, id outbox.ID, state string) {
	t.Helper()
	var is admin.Write
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := json.Unmarshal([]byte(done(t, "writes", "show", id.String(), "-format", "json", "-data", data)), &is); err != nil {
			t.Fatal(err)
		}
		if is.State == state {
			return
		}
	}
	t.Fatalf("it is not %s: %+v", state, is)
}

const bookSettings = "sources: {book: {timeout: 5s, breaker: {off: true}, retry: {max: 0}}}\n"

// TestAProbeFindsOutWhatNobodyWasTold sends notes to an API that knows no keys.
func TestAProbeFindsOutWhatNobodyWasTold(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kept  bool
		lags  time.Duration
		state string
		again string // what who comes with the same key then has
		sent  int    // in all
	}{
		"it was made": {kept: true, state: "APPLIED", again: "WRITE_MADE APPLIED", sent: 1},
		"it was, and the list shows it a bit late":   {kept: true, lags: time.Second, state: "APPLIED", again: "WRITE_MADE APPLIED", sent: 1},
		"it was not, so who comes again has it sent": {state: "CANCELLED", sent: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book := openNotebook(t)
			book.lags = test.lags
			book.how = func(_ http.ResponseWriter, n int) (kept, answered bool) { return n > 1 || test.kept, n > 1 }
			g, flags := book.graph(t, bookSettings)
			data := shortDir(t)
			p := startGraph(t, g, append(flags, "-data", data)...)
			p.administered()
			const list, note = `{ order(id: 7) { notes { reference } } }`, `mutation { note(order: 7, text: "hi") { reference } }`
			p.ask(list) // which is remembered for an hour
			if a := p.recorded(note, "k"); !strings.HasSuffix(failed(a), " UNKNOWN") {
				t.Fatalf("%+v", a)
			}
			p.ask(list) // and so is how it was too early
			becomes(t, data, outbox.IDOf("Mutation.note", "", "k"), test.state)
			a := p.keyed(note, "k")
			if test.again == "" && a.Errors != nil || test.again != "" && failed(a) != test.again {
				t.Errorf("again: %+v", a)
			}
			if notes, sent := book.counts(); notes != 1 || sent != test.sent {
				t.Errorf("there are %d notes, it was sent %d times", notes, sent)
			}
		})
	}
}

// TestWhatIsQueuedIsSentAgainWhereAProbeSaysThatItWasNotMade queues two notes of an
// order; nobody is told what became of the first one.
func TestWhatIsQueuedIsSentAgainWhereAProbeSaysThatItWasNotMade(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kept bool
		lags time.Duration
		sent int // in all
	}{
		"it was made": {kept: true, sent: 2},
		"it was, and the list shows it a bit late": {kept: true, lags: time.Second, sent: 2},
		"it was not": {sent: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book := openNotebook(t)
			book.lags = test.lags
			book.how = func(_ http.ResponseWriter, n int) (kept, answered bool) { return n > 1 || test.kept, n > 1 }
			g, flags := book.graph(t, bookSettings)
			p := startGraph(t, g, append(flags, "-data", shortDir(t))...)
			keep := func(text string) answer {
				return p.unlessUnavailable(fmt.Sprintf(`mutation { keep(order: 7, text: %q) { note { reference } write { id state } } }`, text))
			}
			a := keep("first")
			if !strings.HasSuffix(failed(a), " UNKNOWN") {
				t.Fatalf("the first: %+v", a)
			}
			first, _ := a.Errors[0].Extensions["write"].(string)
			a = keep("second")
			receipt, _ := a.Data["keep"].(map[string]any)
			write, _ := receipt["write"].(map[string]any)
			second, _ := write["id"].(string)
			if a.Errors != nil {
				t.Fatalf("the second: %+v", a)
			}
			for _, id := range []string{first, second} {
				for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
					is := p.ask(fmt.Sprintf(`{ write(id: %q) { state attempts reason } }`, id))
					if write, _ := is.Data["write"].(map[string]any); write["state"] == "APPLIED" {
						if id == first && (write["reason"] == "PROBE") != test.kept {
							t.Errorf("the first is %+v", write)
						}
						break
					}
					if time.Now().After(end) {
						t.Fatalf("it is %+v", is)
					}
				}
			}
			if notes, sent := book.counts(); notes != 2 || sent != test.sent {
				t.Errorf("there are %d notes, it was sent %d times", notes, sent)
			}
		})
	}
}

// unlessUnavailable runs an operation once changes can be recorded.
func (p *program) unlessUnavailable(operation string) (a answer) {
	p.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		if a = p.ask(operation); failed(a) != "WRITE_UNAVAILABLE NONE" || time.Now().After(end) {
			return a
		}
	}
}

// TestAProbeIsAnsweredByHowThingsAreNow has a graph look that remembers answers for long.
func TestAProbeIsAnsweredByHowThingsAreNow(t *testing.T) {
	const made, not = `{"notes":["x","k"]}`, `{"notes":["x"]}`
	for name, test := range map[string]struct {
		before, now upstreamtest.Step
		connector   string
		want        outbox.Found
		says        string // in the error
	}{
		"it is there":                       {now: upstreamtest.Answer(200, made), want: outbox.WasMade},
		"it is not":                         {now: upstreamtest.Answer(200, not), want: outbox.WasNot},
		"what is remembered does not count": {before: upstreamtest.Answer(200, not), now: upstreamtest.Answer(200, made), want: outbox.WasMade},
		"and stands in for nothing":         {before: upstreamtest.Answer(200, made), now: upstreamtest.Refuse(), says: "book"},
		"nor for part of it":                {before: upstreamtest.Answer(200, not), now: upstreamtest.Answer(200, `{"notes":["x",{"n":1}]}`), says: "the query of @probe failed"},
		"what is not there is not known":    {now: upstreamtest.Answer(404, `{}`), says: "cannot be told"},
		"a connector that is gone":          {now: upstreamtest.Answer(200, made), connector: "Mutation.gone", says: "its connector is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				kept, err := cache.New(cache.Config{}, cache.NewMemory(1<<20))
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = kept.Close(context.Background()) }()
				api := upstreamtest.Play(test.now)
				live := newLive(slog.New(slog.DiscardHandler))
				prober := prober{live, kept}
				early, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				w := &outbox.Write{Connector: "Mutation.note", Args: []byte(`{"order":"7"}`)}
				if found, err := prober.look(early, outbox.Look{Write: w, Key: "k"}); found != outbox.Nothing || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("before there is a graph: %d, %v", found, err)
				}
				live.begin(probed(t, kept, api))
				if test.before != nil {
					api.Now(test.before, test.now)
					g, done := live.use()
					if _, err := g.schema.Run(t.Context(), executor.Job{Service: "test", Query: `{ order(id: 7) { notes } }`}); err != nil {
						t.Fatal(err)
					}
					done()
				}
				if test.connector != "" {
					w.Connector = test.connector
				}
				found, err := prober.look(t.Context(), outbox.Look{Write: w, Key: "k"})
				if found != test.want || (err == nil) != (test.says == "") || !strings.Contains(errorText(err), test.says) {
					t.Errorf("found %d, %v; want %d and an error with %q", found, err, test.want, test.says)
				}
			})
		})
	}
}

// probed is a generation that asks api.
func probed(t *testing.T, kept *cache.Cache, api *upstreamtest.API) *generation {
	t.Helper()
	read, findings := schema.Read([]*ast.Source{{Name: "book.graphqls", Input: `
extend schema @source(name: "book", http: {baseURL: "https://book.test"}) @cache(source: "book", fresh: "1h", stale: "24h")
type Order { notes: [String!] }
type Query { order(id: ID!): Order @connect(source: "book", http: {GET: "/orders/{$args.id}"}, selection: "notes") }
type Mutation {
  note(order: ID!): Int @connect(source: "book", http: {POST: "/orders/{$args.order}/notes", body: "key: $write.key"}, selection: "$.n")
    @probe(query: "query($id: ID!) { order(id: $id) { notes } }", variables: "id: $args.order", made: "$.order.notes->contains($write.key)")
}`}}, schema.Options{})
	if findings.Failed() {
		t.Fatal(findings)
	}
	served, err := executor.New(executor.Config{Schema: read, Open: func(s call.Source) (*call.API, error) {
		none := 0
		return s.Open(upstreams.New(upstreams.Config{Name: s.Name, Retry: upstreams.Retry{Max: &none}}, kept, api), call.Settings{})
	}})
	if err != nil {
		t.Fatal(err)
	}
	probes, err := probesOf(read, served)
	if err != nil {
		t.Fatal(err)
	}
	return &generation{schema: served, probes: probes}
}
