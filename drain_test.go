package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"holdfast/graph/scalar"
)

// A fund takes pledges: what comes with one key is one.
type fund struct {
	*httptest.Server

	mu    sync.Mutex
	token string                      // without which nothing is answered
	out   func(w http.ResponseWriter) // answers pledges; nil: it is well
	late  bool                        // that it is out is noticed after the effect
	made  map[string]int              // by note
	keys  map[string]bool
}

func openFund(t *testing.T) *fund {
	t.Helper()
	f := &fund{made: map[string]int{}, keys: map[string]bool{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fund) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Header.Get("Authorization") != f.token:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case r.Method == http.MethodGet:
		fmt.Fprintf(w, `{"pledges":%d}`, f.made[r.URL.Query().Get("note")])
		return
	case f.out != nil && !f.late:
		f.out(w)
		return
	}
	var asked struct{ Note string }
	_ = json.NewDecoder(r.Body).Decode(&asked)
	if key := r.Header.Get("Idempotency-Key"); key == "" || !f.keys[key] {
		f.keys[key] = true
		f.made[asked.Note]++
	}
	if f.out != nil {
		f.out(w)
		return
	}
	fmt.Fprintf(w, `{"id":%q}`, "p-"+asked.Note)
}

func (f *fund) is(out func(http.ResponseWriter), late bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out, f.late = out, late
}

func (f *fund) times(note string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made[note]
}

const fundSDL = `
extend schema @source(name: "fund", http: {baseURL: "https://fund.invalid"})
type Query { pledges(note: String!): Int @connect(source: "fund", http: {GET: "/pledges", queryParams: "note: $args.note"}, selection: "$.pledges") @cache(fresh: "1h") }
`

const pledgeSDL = `
type Mutation {
  pledge(note: String!): Pledge @idempotent(window: "1h") @queue
    @connect(source: "fund", http: {POST: "/pledges", headers: {name: "Idempotency-Key", value: "{$write.key}"}, body: "note: $args.note"}, selection: "id")
}
type Pledge { id: ID write: Write }
`

// fundGraph is a graph of that SDL, and where its settings are read from.
func fundGraph(t *testing.T, sdl string) (folder, string) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "fund.graphqls"), sdl)
	return folder{files: os.DirFS(dir), sdl: "*.graphqls", scalars: scalar.Registry(), examples: fstest.MapFS{}}, filepath.Join(dir, "holdfast.yaml")
}

func fundSettings(url, more string) string {
	return fmt.Sprintf("sources: {fund: {url: %q, timeout: 5s, retry: {max: 0}%s}}\n", url, more)
}

func pledge(note string) string {
	return fmt.Sprintf(`mutation { pledge(note: %q) { id write { id state } } }`, note)
}

// accepted has a pledge accepted that cannot be made now, and returns its id.
func (p *program) accepted(note string) string {
	p.t.Helper()
	a := p.recorded(pledge(note), "key-"+note)
	receipt, _ := a.Data["pledge"].(map[string]any)
	write, _ := receipt["write"].(map[string]any)
	id, _ := write["id"].(string)
	if a.Errors != nil || write["state"] != "QUEUED" && write["state"] != "HELD" || receipt["id"] != nil || id == "" {
		p.t.Fatalf("%+v", a)
	}
	return id
}

func stateIs(state string) func(answer) bool {
	return func(a answer) bool {
		write, _ := a.Data["write"].(map[string]any)
		return write["state"] == state
	}
}

func stateOf(id string) string { return fmt.Sprintf(`{ write(id: %q) { state reason } }`, id) }

func pledges(note string) string { return fmt.Sprintf(`{ pledges(note: %q) }`, note) }

// TestWhatWasAcceptedIsMadeLater once, and what depends on it is asked for again; also by the next process.
func TestWhatWasAcceptedIsMadeLater(t *testing.T) {
	unavailable := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for name, tt := range map[string]struct {
		out       func(http.ResponseWriter)
		late, new bool
	}{
		"it says that it is out":           {out: unavailable},
		"the reply is cut":                 {out: func(w http.ResponseWriter) { cut(w, 0) }, late: true},
		"it fails after the effect":        {out: func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }, late: true},
		"the gateway is started meanwhile": {out: unavailable, new: true},
		"and nobody knew":                  {out: func(w http.ResponseWriter) { cut(w, 0) }, late: true, new: true},
	} {
		t.Run(name, func(t *testing.T) {
			f := openFund(t)
			g, config := fundGraph(t, fundSDL+pledgeSDL)
			writeFile(t, config, fundSettings(f.URL, ""))
			args := []string{"-config", config, "-sandbox", "off", "-data", shortDir(t)}
			p := startGraph(t, g, args...)
			f.is(tt.out, tt.late)
			id := p.accepted("roof")
			before := p.ask(pledges("roof")).Data["pledges"]
			if tt.new {
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
				p = startGraph(t, g, args...)
				p.eventually(stateOf(id), stateIs("QUEUED"))
			}
			f.is(nil, false)
			p.eventually(stateOf(id), stateIs("APPLIED"))
			if n := f.times("roof"); n != 1 || !tt.late && before != 0.0 {
				t.Errorf("%d pledges, before it %v", n, before)
			}
			if a := p.ask(pledges("roof")); a.Data["pledges"] != 1.0 {
				t.Errorf("then read: %+v", a)
			}
			if a := p.keyed(pledge("roof"), "key-roof"); a.Errors != nil || fmt.Sprint(a.Data["pledge"]) != fmt.Sprintf("map[id:p-roof write:map[id:%s state:APPLIED]]", id) {
				t.Errorf("again: %+v", a)
			}
		})
	}
}

// TestTheNewestSettingsSend what was accepted under others: where the source is now, with its credential as it is now.
func TestTheNewestSettingsSend(t *testing.T) {
	old, moved := openFund(t), openFund(t)
	moved.token = "Bearer new"
	g, config := fundGraph(t, fundSDL+pledgeSDL)
	writeFile(t, config, fundSettings(old.URL, ""))
	p := startGraph(t, g, "-config", config, "-sandbox", "off", "-data", shortDir(t))
	old.is(func(w http.ResponseWriter) { cut(w, 0) }, false)
	id := p.accepted("roof")
	writeFile(t, config, fundSettings(moved.URL, ", auth: {bearer: new}"))
	reload(t, p, 1)
	p.eventually(stateOf(id), stateIs("APPLIED"))
	if old.times("roof") != 0 || moved.times("roof") != 1 {
		t.Errorf("%d pledges where it was, %d where it is", old.times("roof"), moved.times("roof"))
	}
}

// TestWhatIsBeingSentIsWaitedFor by the generation that sends it when there is another one, and by the program when it ends.
func TestWhatIsBeingSentIsWaitedFor(t *testing.T) {
	for name, ends := range map[string]bool{"reloaded": false, "ended": true} {
		t.Run(name, func(t *testing.T) {
			f := openFund(t)
			g, config := fundGraph(t, fundSDL+pledgeSDL)
			writeFile(t, config, fundSettings(f.URL, ""))
			args := []string{"-config", config, "-sandbox", "off", "-data", shortDir(t)}
			p := startGraph(t, g, args...)
			f.is(func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }, false)
			id := p.accepted("roof")
			came, goesOn := make(chan struct{}), make(chan struct{})
			f.is(func(w http.ResponseWriter) {
				f.out = nil
				f.mu.Unlock()
				close(came)
				<-goesOn
				f.mu.Lock()
				fmt.Fprint(w, `{"id":"p-roof"}`)
			}, true)
			<-came
			before := p.ask(fmt.Sprintf(`{ write(id: %q) { attempts } }`, id)).Data["write"]
			if ends {
				stopped := make(chan error)
				go func() { stopped <- p.stop() }()
				p.log.find(t, nil, `(msg=draining)`)
				close(goesOn)
				if err := <-stopped; err != nil {
					t.Fatal(err)
				}
				p = startGraph(t, g, args...)
			} else {
				writeFile(t, config, fundSettings(f.URL, ", patience: 1s"))
				reload(t, p, 1)
				close(goesOn)
			}
			p.eventually(stateOf(id), stateIs("APPLIED"))
			if after := p.ask(fmt.Sprintf(`{ write(id: %q) { attempts } }`, id)).Data["write"]; !cmp.Equal(before, after) || f.times("roof") != 1 {
				t.Errorf("%v, then %v; %d pledges", before, after, f.times("roof"))
			}
		})
	}
}

// TestAChangeWhoseConnectorIsGone is dead, with the reason; everything else is served.
func TestAChangeWhoseConnectorIsGone(t *testing.T) {
	f := openFund(t)
	f.is(func(w http.ResponseWriter) { w.WriteHeader(http.StatusTooManyRequests) }, false)
	g, config := fundGraph(t, fundSDL+pledgeSDL)
	writeFile(t, config, fundSettings(f.URL, ""))
	args := []string{"-config", config, "-sandbox", "off", "-data", shortDir(t)}
	p := startGraph(t, g, args...)
	id := p.accepted("roof")
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	without, _ := fundGraph(t, fundSDL)
	p = startGraph(t, without, args...)
	p.log.find(t, nil, `(needs a person" kind=DEAD source=fund .*no connector Mutation.pledge)`)
	if a := p.ask(pledges("roof")); a.Data["pledges"] != 0.0 {
		t.Errorf("%+v", a)
	}
	p.administered()
	var out bytes.Buffer
	if err := run(t.Context(), without, append([]string{"writes", "show", id[:26]}, args...), os.LookupEnv, &out, io.Discard); err != nil || !strings.Contains(out.String(), "CONNECTOR_GONE") {
		t.Errorf("shown: %s, %v", out.String(), err)
	}
}

// TestARefusedCredentialHoldsTheSource has nothing refused for it, and nothing sent until somebody has mended it.
func TestARefusedCredentialHoldsTheSource(t *testing.T) {
	f := openFund(t)
	f.token = "Bearer new"
	g, config := fundGraph(t, fundSDL+pledgeSDL)
	writeFile(t, config, fundSettings(f.URL, ", auth: {bearer: old}"))
	args := []string{"-config", config, "-sandbox", "off", "-data", shortDir(t)}
	p := startGraph(t, g, args...)
	ids := []string{p.accepted("roof"), p.accepted("door")}
	p.log.find(t, nil, `(needs a person" kind=CREDENTIAL source=fund)`)
	for _, id := range ids {
		p.eventually(stateOf(id), stateIs("HELD"))
	}
	if n := strings.Count(p.log.String(), "kind=CREDENTIAL"); n != 1 {
		t.Errorf("%d alarms", n)
	}
	writeFile(t, config, fundSettings(f.URL, ", auth: {bearer: new}"))
	reload(t, p, 1)
	if a := p.ask(pledges("roof")); a.Data["pledges"] != 0.0 {
		t.Errorf("sent before somebody resumes: %+v", a)
	}
	p.administered()
	if err := run(t.Context(), g, append([]string{"writes", "resume", "fund"}, args...), os.LookupEnv, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		p.eventually(stateOf(id), stateIs("APPLIED"))
	}
}

// TestWhatAPersonSaysIsUnfresh has what depends on a change asked for again once somebody says that it was made; also
// where no gateway ran.
func TestWhatAPersonSaysIsUnfresh(t *testing.T) {
	for name, stopped := range map[string]bool{"by the socket": false, "on the directory": true} {
		t.Run(name, func(t *testing.T) {
			v := openTill(t)
			g, flags := v.graph(t, "sources: {till: {timeout: 2s, breaker: {off: true}, cache: {fresh: 1h}}}\n")
			flags = append(flags, "-data", shortDir(t))
			p := startGraph(t, g, flags...)
			p.administered()
			v.answers(cut)
			a := p.recorded(sell("a", "id"), "key")
			id, _ := p.keyed(sell("a", "id"), "key").Errors[0].Extensions["write"].(string)
			if id == "" {
				t.Fatalf("%+v", a)
			}
			v.answers(nil)
			look := func() string { return fmt.Sprint(p.ask(`{ sale(id: "1") { id } }`).Data["sale"]) } // another each time
			before := look()
			if again := look(); again != before {
				t.Fatalf("not remembered: %s, %s", before, again)
			}
			p.keeping()
			if stopped {
				if err := p.stop(); err != nil {
					t.Fatal(err)
				}
			}
			if err := run(t.Context(), g, append([]string{"writes", "resolve", id, "-made"}, flags...), os.LookupEnv, io.Discard, io.Discard); err != nil {
				t.Fatal(err)
			}
			if stopped {
				p = startGraph(t, g, flags...)
				p.keeping()
			}
			if after := look(); after == before {
				t.Errorf("it is as before: %s", after)
			}
		})
	}
}

// TestWhatAGatewayChangedThatDiedIsUnfresh kills it when the API has made what it was asked for, and before anything is
// answered: of what that changed, only the answer would have told.
func TestWhatAGatewayChangedThatDiedIsUnfresh(t *testing.T) {
	f := openFund(t)
	dir, data := t.TempDir(), shortDir(t)
	if err := os.Mkdir(filepath.Join(dir, "graph"), 0o700); err != nil {
		t.Fatal(err)
	}
	sdl := strings.NewReplacer(`@cache(fresh: "1h")`, `@cache(fresh: "1h", tags: ["Pledge:p-{$args.note}"])`, `@queue`, `@queue @invalidates(tags: ["Pledge:{$.id}"])`).Replace(fundSDL + pledgeSDL)
	writeFile(t, filepath.Join(dir, "graph", "fund.graphqls"), sdl)
	writeFile(t, filepath.Join(dir, "holdfast.yaml"), fundSettings(f.URL, ""))
	start := func(more ...string) *process {
		command := serving(t, dir)
		command.Args = append(append(command.Args, "-data", data), more...)
		return begin(t, command)
	}
	came, goesOn := make(chan struct{}), make(chan struct{})
	defer close(goesOn)
	f.is(func(http.ResponseWriter) {
		f.mu.Unlock()
		close(came)
		<-goesOn
		f.mu.Lock()
	}, true)
	p := start()
	p.keeping()
	if n := p.ask(pledges("roof")).Data["pledges"]; n != 0.0 {
		t.Fatalf("%v pledges", n)
	}
	var asking sync.WaitGroup
	asking.Go(func() {
		if res, err := http.Post(p.url+"/graphql", "application/json", strings.NewReader(`{"query":"mutation { pledge(note: \"roof\") { id } }"}`)); err == nil {
			t.Errorf("it was answered: %s", res.Status)
			_ = res.Body.Close()
		}
	})
	<-came
	if n := p.ask(pledges("roof")).Data["pledges"]; n != 0.0 {
		t.Fatalf("before anybody knows there are %v pledges", n)
	}
	p.keeping()
	p.signal(syscall.SIGKILL)
	<-p.ended
	asking.Wait()
	http.DefaultClient.CloseIdleConnections()

	p = start("-outbox", "hold")
	p.keeping()
	p.log.find(t, p.ended, `(msg=write .*reason=SENDER_LOST)`)
	if n := p.ask(pledges("roof")).Data["pledges"]; n != 1.0 {
		t.Errorf("then there are %v", n)
	}
}
