package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/upstreams/upstreamtest"
)

// TestLiesOverSockets tells every lie to a program, as an object, as a list and as a batch: to who
// knows nothing, and to who has an old answer, which stands in. The truth after it is believed. In the end
// nothing of what was said is in the log, and the process has not taken more memory than it may.
func TestLiesOverSockets(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts processes")
	}
	lies := slices.Concat(upstreamtest.WireLies(), upstreamtest.TextLies())
	api := &lyingAPI{lies: lies, says: map[string]int{}}
	p := lyingProgram(t, upstreamtest.Liar(t, api.talk))
	turns := make(chan struct{}, 16)
	var all sync.WaitGroup
	for i, lie := range lies {
		for level, means := range map[string]string{"object": lie.Means, "list": lie.AsList(), "batch": lie.AsBatch()} {
			turns <- struct{}{}
			all.Go(func() {
				defer func() { <-turns }()
				l := liedTo{p: p, api: api, level: level, lie: i, slow: lie.Means == "TIMEOUT"}
				for _, problem := range l.play(means) {
					t.Errorf("%s, as %s: %s", lie.What, level, problem)
				}
			})
		}
	}
	all.Wait()
	for _, said := range []string{"OpenSSH", "garbage", "foreign", "callback", `n\":`} {
		if strings.Contains(p.log.String(), said) {
			t.Errorf("%s is in the log", said)
		}
	}
	most := busy((liesMemory+liesBodies)*3/2 + 64)
	if got := p.rss("VmHWM"); got > most && !raced {
		t.Errorf("took %d MiB, want %d at most", got, most)
	}
	t.Logf("%d lies, VmHWM %d MiB", len(lies), p.rss("VmHWM"))
}

const liesMemory, liesBodies = 8, 64 // MiB

// lyingProgram is a program whose APIs are all at url.
func lyingProgram(t *testing.T, url string) *process {
	t.Helper()
	dir := t.TempDir()
	var types, queries strings.Builder
	for _, name := range []string{"quick", "slow"} {
		named := strings.NewReplacer("§", name, "¶", strings.ToUpper(name[:1])+name[1:])
		types.WriteString(named.Replace(`
extend schema @source(name: "§", http: { baseURL: "https://§.test" })
type ¶ { id: ID! n: Int! }
type ¶Key @connect(source: "§", http: { GET: "/batch", queryParams: "ids: $batch.id->joinNotNull(',')" }, batch: { maxSize: 10 }, selection: "id n") { id: ID! n: Int! }
`))
		queries.WriteString(named.Replace(`
  §object(id: ID!): ¶ @connect(source: "§", http: { GET: "/object/{$args.id}" }, selection: "id n")
  §list(id: ID!): [¶] @connect(source: "§", http: { GET: "/list/{$args.id}" }, selection: "id n")
  §batch(id: ID!): [¶Key] @connect(source: "keys", http: { GET: "/keys/{$args.id}" }, selection: "id")
`))
	}
	writeFile(t, filepath.Join(dir, "graph", "lies.graphqls"),
		`extend schema @source(name: "keys", http: { baseURL: "https://keys.test" })`+types.String()+"type Query {"+queries.String()+"}\n")
	writeFile(t, filepath.Join(dir, "holdfast.yaml"), fmt.Sprintf(`
defaults: {patience: 1m, maxBody: 1000000, timeout: 1m, breaker: {off: true}, retry: {budget: 1}}
cache: {memory: %d}
gateway: {bodies: %d}
sources:
  keys: {url: "%[3]s"}
  quick: {url: "%[3]s"}
  slow: {url: "%[3]s", timeout: 1s}
`, liesMemory<<20, liesBodies<<20, url))
	return begin(t, serving(t, dir))
}

// lyingAPI answers with the truth or with a lie.
type lyingAPI struct {
	lies []upstreamtest.Lie

	mu   sync.Mutex
	says map[string]int // the number that is true of what was asked for; 0: a lie
}

func (a *lyingAPI) now(key string, says int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.says[key] = says
}

func (a *lyingAPI) talk(_ int, c net.Conn, in *bufio.Reader) {
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		level := strings.Split(req.URL.Path, "/")[1]
		id := path.Base(req.URL.Path)
		ids := []string{id + "-a", id + "-b"}
		if level == "batch" {
			ids = strings.Split(req.URL.Query().Get("ids"), ",")
			id, _, _ = strings.Cut(ids[0], "-")
		}
		a.mu.Lock()
		says := a.says[level+" "+id]
		a.mu.Unlock()
		var items []string
		for _, id := range ids {
			items = append(items, fmt.Sprintf(`{"id":%q,"n":%d}`, id, cmp.Or(says, 2)))
		}
		truth := "[" + strings.Join(items, ",") + "]"
		if level == "object" {
			truth = items[0]
		}
		if level == "keys" || says != 0 {
			if _, err := fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(truth), truth); err != nil {
				return
			}
			continue
		}
		a.lies[number(id)].Tell(c, in, truth)
		return
	}
}

// number is that of the lie that an id is for.
func number(id string) int {
	n, _ := strconv.Atoi(id[1:])
	return n
}

// liedTo plays one lie at one level.
type liedTo struct {
	p     *process
	api   *lyingAPI
	level string
	lie   int
	slow  bool
}

func (l liedTo) play(means string) (problems []string) {
	old, none := fmt.Sprintf("o%d", l.lie), fmt.Sprintf("x%d", l.lie)
	wrong := func(when, got, want string) {
		if got != want {
			problems = append(problems, fmt.Sprintf("%s: got %s, want %s", when, got, want))
		}
	}
	l.api.now(l.level+" "+old, 1)
	wrong("the truth before", l.truth(old, 1), l.all("1"))
	l.api.now(l.level+" "+old, 0)
	want, without := l.want(means)
	wrong("with an old answer", l.ask(old), want)
	wrong("knowing nothing", l.ask(none), without)
	l.api.now(l.level+" "+old, 3)
	wrong("the truth after it", l.truth(old, 3), l.all("3"))
	return problems
}

// truth asks until the truth comes: on a busy machine that may take longer than the timeout of what is slow.
func (l liedTo) truth(id string, n int) (got string) {
	for range 100 {
		if got = l.ask(id); !l.slow || got == l.all(strconv.Itoa(n)) {
			break
		}
	}
	return got
}

// all is a value of every item.
func (l liedTo) all(value string) string {
	if l.level == "object" {
		return value
	}
	return value + " " + value
}

// want is what a lie comes to, with an old answer and without.
func (l liedTo) want(means string) (with, without string) {
	null := "null"
	if l.level == "batch" {
		null = l.all(null)
	}
	switch means {
	case "":
		return l.all("2"), l.all("2")
	case "null":
		return null, null
	case "REFUSED":
		return null + " UPSTREAM_REFUSED", null + " UPSTREAM_REFUSED"
	case "CONTRACT", "OVERSIZE":
		return l.all("1") + " STANDING_IN " + means, null + " UPSTREAM_CONTRACT"
	case "UNREACHABLE", "TIMEOUT", "STATUS":
		return l.all("1") + " STANDING_IN " + means, null + " UPSTREAM_UNAVAILABLE"
	}
	with, without, _ = strings.Cut(means, " | ")
	return with, without
}

// ask returns the numbers that came, why what is old is old, and the codes of what went wrong.
func (l liedTo) ask(id string) string {
	field := "quick" + l.level
	if l.slow {
		field = "slow" + l.level
	}
	query, err := json.Marshal(map[string]string{"query": fmt.Sprintf("{ f: %s(id: %q) { n } }", field, id)})
	if err != nil {
		return err.Error()
	}
	client := http.Client{Timeout: 5 * time.Minute} // what does not end is found out, however busy the machine
	res, err := client.Post(l.p.url+"/graphql", "application/json", bytes.NewReader(query))
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	var a answer
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err != nil {
		return err.Error()
	}
	return said(a)
}

func said(a answer) string {
	var parts []string
	switch f := a.Data["f"].(type) {
	case []any:
		if len(f) == 0 {
			parts = append(parts, "nothing")
		}
		for _, item := range f {
			parts = append(parts, numberOf(item))
		}
	default:
		parts = append(parts, numberOf(f))
	}
	var notes []string
	for _, f := range a.Extensions.Freshness {
		notes = append(notes, f.State+" "+f.Reason)
	}
	for _, e := range a.Errors {
		notes = append(notes, fmt.Sprint(e.Extensions["code"]))
	}
	slices.Sort(notes)
	return strings.Join(append(parts, slices.Compact(notes)...), " ")
}

func numberOf(item any) string {
	if item, ok := item.(map[string]any); ok {
		return fmt.Sprint(item["n"])
	}
	return "null"
}
