package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"holdfast/upstreams/upstreamtest"
	"holdfast/upstreams/watch"
)

var update = flag.Bool("update", false, "write the table in docs/operating.md")

// seats is how many rows the program of TestOutcomesOverSockets plays at a time: each has a source of its own.
const seats = 24

// TestOutcomesOverSockets is the table in docs/operating.md: a program with connectors for objects, lists, batches
// and changes is asked over HTTP while its APIs do what each row says.
func TestOutcomesOverSockets(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := outcomesProgram(t)
	var plays, crammed []*play
	for _, o := range upstreamtest.Outcomes() {
		if o.Bodies > 0 {
			crammed = append(crammed, playsOf(o)...) // in a program with little room
		} else {
			plays = append(plays, playsOf(o)...)
		}
	}
	playTogether(t, dir, crammed)
	slices.SortStableFunc(plays, func(a, b *play) int { return cmp.Compare(a.lasts(), b.lasts()) }) // those that wait do so together
	for len(plays) > 0 {
		n := min(seats, len(plays))
		playTogether(t, dir, plays[:n])
		plays = plays[n:]
	}
}

// outcomesProgram is the folder of a program with the same fields for each seat.
func outcomesProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var types, queries, mutations strings.Builder
	for i := range seats {
		seat := func(text string) string { return strings.ReplaceAll(text, "§", strconv.Itoa(i)) }
		types.WriteString(seat(`
extend schema @source(name: "s§", http: { baseURL: "https://s§.test" })
type B§ @connect(source: "s§", http: { GET: "/batch", queryParams: "ids: $batch.id->joinNotNull(',')" }, selection: "$([$]) { id n }") { id: ID! n: Int! }
`))
		queries.WriteString(seat(`
  object§(id: ID!): Thing @connect(source: "s§", http: { GET: "/o/{$args.id}" }, selection: "id n")
  list§(id: ID!): [Thing] @connect(source: "s§", http: { GET: "/l/{$args.id}" }, selection: "$([$]) { id n }")
  batch§(id: ID!): B§ @connect(source: "keys", http: { GET: "/{$args.id}" }, selection: "id")
  post§(id: ID!): Thing @connect(source: "s§", http: { POST: "/p/{$args.id}", body: "$({})" }, selection: "id n")
  success§(id: ID!): Thing @connect(source: "s§", http: { GET: "/s/{$args.id}" }, isSuccess: "$(error ?? null)->eq(null)", selection: "id n")
  caller§(id: ID!): Thing
    @connect(source: "s§", http: { GET: "/c/{$args.id}", headers: [{ name: "Authorization", from: "authorization" }] }, selection: "id n")
`))
		mutations.WriteString(seat(`
  write§(id: ID!): Thing @connect(source: "s§", http: { POST: "/w/{$args.id}", body: "$({})" }, selection: "id n")
  keyed§(id: ID!): Thing @connect(source: "s§", http: { POST: "/k/{$args.id}", body: "idempotency_key: $args.id" }, selection: "id n")
`))
	}
	writeFile(t, filepath.Join(dir, "graph", "outcomes.graphqls"), `
extend schema @source(name: "keys", http: { baseURL: "https://keys.test" })
type Thing { id: ID! n: Int! }
`+types.String()+"type Query {"+queries.String()+"}\ntype Mutation {"+mutations.String()+"}\n")
	writeFile(t, filepath.Join(dir, "holdfast.yaml"), "")
	return dir
}

// play is a row played to one field: to a program that knows nothing, to one with an old answer, or often.
type play struct {
	upstreamtest.Outcome

	field, phase string
	seat         int
	api          *httptest.Server

	mu      sync.Mutex
	step    upstreamtest.Step
	arrived chan struct{}
}

const (
	knowingNothing = "knowing nothing"
	withAnOldOne   = "with an old answer"
	oftenAsked     = "often"
)

// playsOf returns a row's plays: a plain read is played to an object, a list and a batch.
func playsOf(o upstreamtest.Outcome) []*play {
	fields := map[upstreamtest.How][]string{
		0: {"object", "list", "batch"}, upstreamtest.Exhausted: {"object"}, upstreamtest.Malformed: {"object"},
		upstreamtest.ByPost: {"post"}, upstreamtest.AsCaller: {"caller"}, upstreamtest.IsSuccess: {"success"},
		upstreamtest.Write: {"write"}, upstreamtest.Keyed: {"keyed"}, // who leaves sees nothing
	}[o.How]
	switch {
	case o.Before != 0:
		fields = fields[:1]
	case o.Alone:
		fields = fields[:2]
	}
	// What waits for the source is often played where the clock is in hand.
	often := o.Before == 0 && (o.Tries == 3 || o.Tries == 1) && o.How != upstreamtest.Exhausted &&
		o.Reason != "RATE_LIMITED" && o.Reason != "TIMEOUT" && !strings.Contains(o.What, "Retry-After")
	var all []*play
	for i, field := range fields {
		phases := []string{knowingNothing}
		if o.Effect == "" {
			phases = append(phases, withAnOldOne)
		}
		if often && i == 0 {
			phases = append(phases, oftenAsked)
		}
		for _, phase := range phases {
			all = append(all, &play{Outcome: o, field: field, phase: phase, arrived: make(chan struct{}, 1000)})
		}
	}
	return all
}

// lasts is for about how many seconds p waits.
func (p *play) lasts() int {
	switch {
	case strings.Contains(p.What, "Retry-After"):
		return 2
	case p.Reason == "TIMEOUT":
		return 1
	}
	return 0
}

// playTogether starts a program that has a seat for each of plays.
func playTogether(t *testing.T, dir string, plays []*play) {
	t.Helper()
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"id":%q}`, path.Base(r.URL.Path))
	}))
	defer keys.Close()
	var settings strings.Builder
	fmt.Fprintf(&settings, "defaults:\n  patience: 1m\n  timeout: 30s\n  maxBody: 65536\n  breaker: {probe: false, window: 1h, delay: 1h}\n"+
		"gateway: {body: 10000, bodies: %d}\nsources:\n  keys:\n    url: %s\n", plays[0].Bodies, keys.URL)
	for i, p := range plays {
		p.seat, p.step, p.api = i, p.Step, httptest.NewServer(p)
		fmt.Fprintf(&settings, "  s%d:\n    url: %s\n", i, p.api.URL)
		if p.Reason == "TIMEOUT" {
			settings.WriteString("    timeout: 1s\n")
		}
		if p.Settings != "" {
			settings.WriteString("    " + strings.ReplaceAll(p.Settings, "\n", "\n    ") + "\n")
		}
	}
	writeFile(t, filepath.Join(dir, "holdfast.yaml"), settings.String())
	program := begin(t, serving(t, dir))
	var all sync.WaitGroup
	for _, p := range plays {
		all.Go(func() {
			for _, problem := range p.run(program.url) {
				t.Errorf("%s, %s, %s: %s", p.What, p.field, p.phase, problem)
			}
		})
	}
	all.Wait()
	for _, p := range plays { // what still hangs ends with its API, not when the program has enough of it
		p.api.CloseClientConnections()
		p.api.Close()
	}
	program.interrupt()
}

// ServeHTTP does over a socket what the step says.
func (p *play) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	step := p.step
	p.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body) // else nobody notices that the client has left
	p.arrived <- struct{}{}
	resp, err := step(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	id := path.Base(r.URL.Path)
	if ids := r.URL.Query().Get("ids"); ids != "" {
		id = ids
	}
	maps.Copy(w.Header(), resp.Header)
	if resp.ContentLength < 1<<10 && resp.ContentLength >= 0 {
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			w.Header().Set("Content-Length", strconv.FormatInt(resp.ContentLength, 10))
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = w.Write(bytes.ReplaceAll(text, []byte(`"id":"1"`), fmt.Appendf(nil, `"id":%q`, id)))
		if err != nil {
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}
		return
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

func (p *play) does(step upstreamtest.Step) {
	if step == nil { // nobody listens any more
		p.api.CloseClientConnections()
		p.api.Close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.step = step
}

// run plays it and returns what was wrong.
func (p *play) run(url string) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	c := &playClient{play: p, url: url}
	if p.phase == withAnOldOne {
		p.does(upstreamtest.Answer(200, `{"id":"1","n":1}`))
		for _, id := range []string{"1", "2"} {
			if a := c.ask(id); len(a.Errors) > 0 && p.StandsIn {
				wrong("the first answer: %v", a.Errors)
			}
		}
	}
	p.does(p.Step)
	if p.phase == oftenAsked {
		for i := range 30 {
			c.ask(strconv.Itoa(i))
		}
		if open := c.connector().Breaker == "OPEN"; open != p.Breaker {
			wrong("breaker open: %v", open)
		}
		return problems
	}
	c.before()
	earlier := c.connector().Calls
	a := c.asked()
	if err := c.err; err != nil {
		wrong("%v", err)
	}
	if calls := c.connector().Calls - earlier; (calls > 0) != (p.Tries > 0) || (calls > 1) != (p.Tries > 1) {
		wrong("%d tries, want %d", calls, p.Tries)
	}
	if p.phase == withAnOldOne && p.StandsIn {
		f := a.Extensions.Freshness
		if len(a.Errors) > 0 || len(f) != 1 || f[0].State != "STANDING_IN" || f[0].Reason != p.Reason {
			wrong("freshness %+v, errors %+v", f, a.Errors)
		}
		return problems
	}
	code, effect := "", ""
	if len(a.Errors) > 0 {
		code, _ = a.Errors[0].Extensions["code"].(string)
		effect, _ = a.Errors[0].Extensions["effect"].(string)
	}
	if code != p.Code || effect != p.Effect || len(a.Errors) > 1 || len(a.Extensions.Freshness) > 0 {
		wrong("code %q and effect %q: %+v", code, effect, a)
	}
	return problems
}

// playClient asks the program for one play.
type playClient struct {
	*play

	url string
	err error
}

func (c *playClient) ask(ids ...string) answer {
	var fields strings.Builder
	for i, id := range ids {
		fmt.Fprintf(&fields, " f%d: %s%d(id: %q) { n }", i, c.field, c.seat, id)
	}
	operation := "query"
	if c.Effect != "" {
		operation = "mutation"
	}
	body, err := json.Marshal(map[string]string{"query": operation + " {" + fields.String() + " }"})
	if err != nil {
		c.err = err
	}
	req, err := http.NewRequest(http.MethodPost, c.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		c.err = err
		return answer{}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer somebody")
	var a answer
	c.do(req, &a)
	return a
}

func (c *playClient) do(req *http.Request, into any) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.err = err
		return
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		c.err = err
	}
}

// asked asks as the row says.
func (c *playClient) asked() answer {
	switch c.How {
	case upstreamtest.Exhausted:
		return c.ask("1", "2")
	case upstreamtest.Malformed:
		return c.ask("..")
	}
	return c.ask("1")
}

func (c *playClient) before() {
	switch c.Before {
	case upstreamtest.Held:
		c.ask("7")
	case upstreamtest.Tripped:
		for i := range 20 {
			c.ask(strconv.Itoa(10 + i))
		}
	case upstreamtest.Spent:
		c.ask("7")
		c.ask("8")
	case upstreamtest.Crowded:
		for len(c.arrived) > 0 {
			<-c.arrived
		}
		other := *c
		go other.ask("7") // ends with the API
		<-c.arrived
	}
}

// connector is what /status says of the connector.
func (c *playClient) connector() watch.ConnectorStatus {
	var status struct {
		Sources map[string]watch.Status
	}
	req, err := http.NewRequest(http.MethodGet, c.url+"/status", nil)
	if err != nil {
		c.err = err
		return watch.ConnectorStatus{}
	}
	c.do(req, &status)
	name := fmt.Sprintf("Query.%s%d", c.field, c.seat)
	switch {
	case c.field == "batch":
		name = fmt.Sprintf("B%d", c.seat)
	case c.Effect != "":
		name = fmt.Sprintf("Mutation.%s%d", c.field, c.seat)
	}
	return status.Sources[fmt.Sprintf("s%d", c.seat)].Connectors[name]
}

// TestOutcomesAreInTheDocs keeps the operator's table to what is tested.
func TestOutcomesAreInTheDocs(t *testing.T) {
	const file, from, to = "docs/operating.md", "<!-- outcomes -->\n", "<!-- /outcomes -->"
	text := readFile(t, file)
	before, rest, ok1 := strings.Cut(text, from)
	_, after, ok2 := strings.Cut(rest, to)
	if !ok1 || !ok2 {
		t.Fatalf("%s lacks the marks %s and %s", file, from, to)
	}
	want := before + from + outcomesTable() + to + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != text {
		t.Errorf("%s is not current: go test -run Outcomes . -update", file)
	}
}

func outcomesTable() string {
	var b strings.Builder
	b.WriteString("| what happens | tried again | breaker counts it | an old answer stands in | without one |\n|---|---|---|---|---|\n")
	mark := map[bool]string{true: "yes"}
	for _, o := range upstreamtest.Outcomes() {
		without := "an answer"
		if o.Code != "" {
			without = strings.TrimSpace("`" + o.Code + "` " + o.Reason)
		}
		if o.Effect != "" {
			without += ", effect `" + o.Effect + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", o.What, mark[o.Tries > 1], mark[o.Breaker], mark[o.StandsIn], without)
	}
	return b.String()
}
