package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"holdfast/admin"
)

// fleetGraph has changes that are kept until they are made. Their API makes those of keyed once for a key, and those of
// plain each time.
const fleetGraph = `
extend schema @source(name: "ledger", http: {baseURL: "https://ledger.test"})
type Receipt { id: ID note: String write: Write }
type Query { receipt(id: ID!): Receipt @connect(source: "ledger", http: {GET: "/{$args.id}"}, selection: "id note") }
type Mutation {
  keyed(note: String!, lane: String): Receipt @idempotent(window: "24h") @queue(order: "$args.lane")
    @connect(source: "ledger", http: {POST: "/keyed", headers: {name: "Idempotency-Key", value: "{$write.key}"}, body: "note: $args.note"}, selection: "id note")
  plain(note: String!, lane: String): Receipt @queue(order: "$args.lane")
    @connect(source: "ledger", http: {POST: "/plain", body: "note: $args.note"}, selection: "id note")
}
`

// A fleet is gateways, built as users build them, over a ledger, and what their clients are told. The only one has its
// data in a directory; several have a store together, and a directory each.
type fleet struct {
	t        *testing.T
	l        *ledger
	dir      string // with the graph and the settings
	gateways []*member
	http     *http.Client

	mu   sync.Mutex
	told map[string]saying // by note
}

// saying is what a client was told of a change first.
type saying struct{ state, id string }

// A member is a gateway that can be killed.
type member struct {
	*process

	args []string
	data string
	at   atomic.Pointer[string] // where it serves
}

// startFleet starts n gateways with flags.
func startFleet(t *testing.T, l *ledger, n int, settings string, flags ...string) *fleet {
	t.Helper()
	f := &fleet{t: t, l: l, dir: t.TempDir(), told: map[string]saying{}}
	f.http = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}
	t.Cleanup(f.http.CloseIdleConnections)
	writeFile(t, filepath.Join(f.dir, "graph", "ledger.graphqls"), fleetGraph)
	writeFile(t, filepath.Join(f.dir, "holdfast.yaml"), "gateway: {log: 0, drainDelay: 0s}\nsources: {ledger: {url: \"http://"+l.address+"\", "+settings+"}}\n")
	for range n {
		m := &member{data: shortDir(t)}
		m.args = append([]string{"-listen", "127.0.0.1:0", "-sandbox", "off", "-schema", "graph", "-data", m.data}, flags...)
		f.gateways = append(f.gateways, m)
		f.begin(m)
	}
	return f
}

func (f *fleet) begin(m *member) {
	f.t.Helper()
	command := exec.Command(built(f.t), m.args...)
	command.Dir = f.dir
	m.process = begin(f.t, command)
	m.at.Store(&m.url)
}

// kill ends a gateway as a crash does.
func (f *fleet) kill(m *member) {
	f.t.Helper()
	m.signal(syscall.SIGKILL)
	<-m.ended
}

// place has a change accepted under its note as the key, however often that takes to ask.
func (f *fleet) place(field, note, lane string) {
	for tries := 0; ; tries++ {
		is := f.ask(f.gateways[tries%len(f.gateways)], field, note, lane)
		if is.state == "" {
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if is.state == "APPLIED" && f.l.times(note) == 0 {
			f.t.Errorf("%s is said to be made, and is not", note)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told[note] = is
		return
	}
}

// ask asks a gateway for a change, and returns what it says of it; "": nothing for sure.
func (f *fleet) ask(m *member, field, note, lane string) (is saying) {
	text, err := f.post(m, field, note, lane)
	if err != nil {
		return is // it was killed
	}
	var a struct {
		Data struct {
			It *struct {
				Write *struct{ ID, State string }
			}
		}
		Errors []struct {
			Extensions struct{ Code, Effect, Write string }
		}
	}
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		f.t.Errorf("%s: %s", note, text)
		return is
	}
	switch {
	case a.Data.It != nil && a.Data.It.Write != nil && len(a.Errors) == 0:
		return saying{a.Data.It.Write.State, a.Data.It.Write.ID}
	case len(a.Errors) == 1 && a.Errors[0].Extensions.Code == "WRITE_UNKNOWN":
		return saying{"UNKNOWN", a.Errors[0].Extensions.Write}
	case len(a.Errors) == 1 && a.Errors[0].Extensions.Effect != "":
		return is
	}
	f.t.Errorf("%s: %s", note, text)
	return is
}

// post asks a gateway for a change under its note as the key, and returns its answer.
func (f *fleet) post(m *member, field, note, lane string) (string, error) {
	variables := map[string]any{"note": note}
	if lane != "" {
		variables["lane"] = lane
	}
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($note: String!, $lane: String) { it: ` + field + `(note: $note, lane: $lane) { id note write { id state } } }`,
		"variables": variables,
	})
	if err != nil {
		return "", err
	}
	req, err := http.NewRequest(http.MethodPost, *m.at.Load()+"/graphql", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header = http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {note}}
	res, err := f.http.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

// accepted is how many changes clients were told of.
func (f *fleet) accepted() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.told)
}

// depth is how many writes are in a state, as a gateway sees it; -1 while it does not know.
func (p *program) depth(state string) int {
	p.t.Helper()
	metrics := p.do(http.MethodGet, p.url+"/metrics", "")
	if !strings.Contains(metrics, "holdfast_outbox_open 1\n") {
		return -1
	}
	depth := 0
	for line := range strings.Lines(metrics) {
		if name, number, _ := strings.Cut(line, " "); strings.HasPrefix(name, "holdfast_outbox_writes{") && strings.Contains(name, `state="`+state+`"`) {
			n, err := strconv.Atoi(strings.TrimSpace(number))
			if err != nil {
				p.t.Fatalf("%s: %v", line, err)
			}
			depth += n
		}
	}
	return depth
}

// drained waits until nothing waits to be sent or is being sent.
func (f *fleet) drained() {
	f.t.Helper()
	m := f.gateways[0]
	for end := time.Now().Add(10 * time.Minute); m.depth("QUEUED") != 0 || m.depth("SENDING") != 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			f.t.Fatalf("%d wait to be sent, %d are being sent", m.depth("QUEUED"), m.depth("SENDING"))
		}
	}
}

// resolve looks at the ledger whether those writes of which nobody knows were made, and says so, until there is none. It
// returns of how many nobody knew, and how many of them were made.
func (f *fleet) resolve() (unknown, made int) {
	f.t.Helper()
	data, notes := f.gateways[0].data, map[string]string{} // by id
	for note, is := range f.told {
		notes[strings.Split(is.id, "-")[0]] = note
	}
	for {
		f.drained()
		var found admin.WriteList
		if err := json.Unmarshal([]byte(done(f.t, "writes", "-state", "UNKNOWN", "-limit", "1000", "-format", "json", "-data", data)), &found); err != nil {
			f.t.Fatal(err)
		}
		if len(found.Writes) == 0 {
			return unknown, made
		}
		for _, w := range found.Writes {
			note := notes[w.ID]
			if w.Field != "Mutation.plain" || note == "" {
				f.t.Fatalf("nobody knows whether %q was made: %+v", note, w)
			}
			unknown++
			how := "-not-made"
			if f.l.times(note) > 0 {
				made++
				how = "-made"
			}
			out, _, err := typed(f.t, "writes", "resolve", w.ID, how, "-data", data)
			if err != nil && how == "-made" && strings.Contains(err.Error(), "it is APPLIED") {
				continue // who sent it was taken for gone, and has said so by now
			}
			if err != nil {
				f.t.Fatalf("%v: %s\n%s", err, out, f.story(note))
			}
		}
	}
}

// judge fails unless each of all changes was accepted, made once, and is said to be; and those of a lane one after the other.
func (f *fleet) judge(all int) {
	f.t.Helper()
	effects, order := f.l.effects()
	for note := range f.told {
		if n := effects[note]; n != 1 {
			f.t.Errorf("%s was made %d times; its client was told %s\n%s", note, n, f.told[note].state, f.story(note))
		}
	}
	if applied := f.gateways[0].depth("APPLIED"); len(effects) != all || len(f.told) != all || applied != all {
		f.t.Errorf("of %d changes %d were accepted, %d were made, and %d are said to be", all, len(f.told), len(effects), applied)
	}
	last := map[int]int{}
	for _, note := range order {
		var lane, n int
		if _, err := fmt.Sscanf(note, "keyed-%d-%d", &lane, &n); err != nil {
			continue
		}
		if n != last[lane]+1 {
			f.t.Errorf("in lane %d number %d was made after %d", lane, n, last[lane])
		}
		last[lane] = n
	}
}

// story is what the first gateway knows of a change, and what all have said about it.
func (f *fleet) story(note string) string {
	f.t.Helper()
	id, _, _ := strings.Cut(f.told[note].id, "-")
	out, _, err := typed(f.t, "writes", "show", id, "-data", f.gateways[0].data)
	var b strings.Builder
	fmt.Fprintln(&b, out, err)
	for i, m := range f.gateways {
		for line := range strings.Lines(m.log.String()) {
			if strings.Contains(line, id) {
				fmt.Fprintf(&b, "gateway %d: %s", i, line)
			}
		}
	}
	return b.String()
}

// clients are so many that place changes of keyed, each in a lane of its own, and as many of plain, in none: those numbered
// from one to another, one after the other.
func (f *fleet) clients(clients, from, to int) (wait func()) {
	var all sync.WaitGroup
	for client := range clients {
		for field, lane := range map[string]string{"keyed": strconv.Itoa(client), "plain": ""} {
			all.Go(func() {
				for n := from; n <= to; n++ {
					f.place(field, fmt.Sprintf("%s-%d-%d", field, client, n), lane)
				}
			})
		}
	}
	return all.Wait
}

// at calls do whenever what grows comes to one of points.
func (f *fleet) at(points []int, grows func() int, do func()) {
	f.t.Helper()
	end := time.Now().Add(20 * time.Minute)
	for _, point := range points {
		for grows() < point {
			if time.Now().After(end) {
				f.t.Fatalf("it stays at %d, and was to come to %d", grows(), point)
			}
			time.Sleep(time.Millisecond)
		}
		do()
	}
}
