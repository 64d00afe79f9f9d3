package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var long = flag.Bool("long", false, "prove in full what outlives the process: it takes many minutes")

// A library is an API of shelves with 500 things each. Things have so many bytes that nobody asks for.
type library struct {
	*httptest.Server

	noise []byte
	bytes int
}

const (
	shelfSize = 500
	shifts    = 1 << 16 // in so many ways the noise of things differs
)

func startLibrary(tb testing.TB, bytes int) *library {
	tb.Helper()
	l := &library{noise: make([]byte, bytes+shifts), bytes: bytes}
	for i, r := 0, rand.New(rand.NewPCG(1, 1)); i < len(l.noise); i++ { // compressing it gains little
		l.noise[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[r.IntN(64)]
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /shelf/{n}", l.shelf)
	mux.HandleFunc("GET /things", l.things)
	mux.HandleFunc("GET /thing/{id}", func(w http.ResponseWriter, r *http.Request) { l.thing(w, r.PathValue("id")) })
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		mux.ServeHTTP(w, r)
	}))
	tb.Cleanup(l.Close)
	return l
}

func (l *library) shelf(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.PathValue("n"))
	for i := range shelfSize {
		before := `,{"id":`
		if i == 0 {
			before = `{"things":[{"id":`
		}
		fmt.Fprint(w, before, n*shelfSize+i, "}")
	}
	fmt.Fprint(w, "]}")
}

func (l *library) things(w http.ResponseWriter, r *http.Request) {
	before := "["
	for id := range strings.SplitSeq(r.URL.Query().Get("ids"), ",") {
		fmt.Fprint(w, before)
		l.thing(w, id)
		before = ","
	}
	fmt.Fprint(w, "]")
}

func (l *library) thing(w http.ResponseWriter, id string) {
	n, _ := strconv.Atoi(id)
	fmt.Fprintf(w, `{"id":%s,"name":"thing %s","unread":"%s"}`, id, id, l.noise[n%shifts:][:l.bytes])
}

const libraryGraph = `
extend schema @source(name: "things", http: { baseURL: "https://things.test" }) @cache(source: "things", fresh: "1h")
type Thing
  @connect(
    source: "things"
    http: { GET: "/things", queryParams: "ids: $batch.id->joinNotNull(',')" }
    batch: { maxSize: 100 }
    selection: "id name"
  ) { id: ID! name: String }
type Shelf { things: [Thing!]! }
type Query {
  shelf(n: ID!): Shelf @connect(source: "things", http: { GET: "/shelf/{$args.n}" }, selection: "things { id }")
  thing(id: ID!): Thing @connect(source: "things", http: { GET: "/thing/{$args.id}" }, selection: "id name")
}
`

// A reader is the program, built as users build it, over a library.
type reader struct {
	*process

	dir  string
	args []string
}

// graph is a directory with the graph of readers of l.
func (l *library) graph(tb testing.TB) (dir string) {
	tb.Helper()
	dir = tb.TempDir()
	writeFile(tb, filepath.Join(dir, "graph", "things.graphqls"), libraryGraph)
	writeFile(tb, filepath.Join(dir, "holdfast.yaml"), "defaults: {timeout: 2m, tryTimeout: 1m, patience: 1m}\n"+
		"sources: {things: {url: \""+l.URL+"\", quota: {concurrent: 32, perOperation: 1000}}}\ngateway: {log: 0}\n")
	return dir
}

// read starts a reader in a directory with a graph.
func read(tb testing.TB, dir string, args ...string) *reader {
	tb.Helper()
	r := &reader{dir: dir, args: append([]string{
		"-listen", "127.0.0.1:0", "-sandbox", "off", "-schema", "graph", "-data", "data", "-admin", "off",
	}, args...)}
	r.begin(tb)
	return r
}

func (r *reader) begin(tb testing.TB) {
	tb.Helper()
	command := exec.Command(built(tb), r.args...)
	command.Dir = r.dir
	r.process = begin(tb, command)
}

// again kills the process, starts another one, and returns when that began.
func (r *reader) again() time.Time {
	r.t.Helper()
	r.end()
	began := time.Now()
	r.begin(r.t)
	return began
}

// end kills the process.
func (r *reader) end() {
	r.t.Helper()
	r.signal(syscall.SIGKILL)
	<-r.ended
	http.DefaultClient.CloseIdleConnections()
}

// shelves has shelves read from first on, and returns how many things came.
func (r *reader) shelves(first, n int) int {
	r.t.Helper()
	return r.together(n, func(i int) int {
		got := r.post(fmt.Sprintf(`{ shelf(n: "%d") { things { name } } }`, first+i))
		return strings.Count(got, `"name":"thing `)
	})
}

// single has n things read from first on, one with each query, and returns how many came.
func (r *reader) single(first, n int) int {
	r.t.Helper()
	return r.together(n, func(i int) int {
		return strings.Count(r.post(fmt.Sprintf(`{ thing(id: "%d") { name } }`, first+i)), `"name":"thing `)
	})
}

// together calls ask for all below n, a few at a time, and returns the sum.
func (r *reader) together(n int, ask func(i int) int) int {
	var next, sum atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				sum.Add(int64(ask(int(i - 1))))
			}
		})
	}
	all.Wait()
	return int(sum.Load())
}
