package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// A ledger is an API that makes what it is asked for and counts how often it made each thing: each time that it is asked,
// or, on /keyed, once for each Idempotency-Key. It can be out, so that nobody listens where it is, and out of order.
type ledger struct {
	tb      testing.TB
	address string

	mu     sync.Mutex
	server *http.Server // nil: it is out
	rand   *rand.Rand
	faulty bool
	takes  time.Duration     // each call, at most
	then   func()            // is called when something has been made, before that is answered; nil: nothing is
	made   map[string]int    // how often, by note
	order  []string          // notes, as they were made first
	known  map[string]string // notes by their keys
	calls  int
}

// openLedger opens one that is out.
func openLedger(tb testing.TB, seed uint64) *ledger {
	tb.Helper()
	l := &ledger{tb: tb, rand: rand.New(rand.NewPCG(seed, 1)), made: map[string]int{}, known: map[string]string{}} //nolint:gosec // not a secret
	l.address = freeAddress(tb)
	tb.Cleanup(l.out)
	return l
}

// freeAddress is one that nobody had a moment ago, below those that the system gives to whoever asks for any: a server
// that is stopped finds it free.
func freeAddress(tb testing.TB) string {
	tb.Helper()
	for range 1000 {
		address := fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000)) //nolint:gosec // not a secret
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	tb.Fatal("no port is free")
	return ""
}

// out has nobody listen, and breaks off what is asked just now.
func (l *ledger) out() {
	l.mu.Lock()
	server := l.server
	l.server = nil
	l.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
}

// well has it listen, in order or not.
func (l *ledger) well(faulty bool) {
	l.tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faulty = faulty
	if l.server != nil {
		return
	}
	listener, err := net.Listen("tcp", l.address)
	if err != nil {
		l.tb.Fatal(err)
	}
	l.server = &http.Server{Handler: l, ReadHeaderTimeout: time.Minute}
	go func(s *http.Server) { _ = s.Serve(listener) }(l.server)
}

// ServeHTTP takes its time before and after the work is done. Where it is out of order, of 32 calls one breaks off before
// that, one after, and one is told to come later.
func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked struct{ Note string }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Note == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	l.calls++
	fault := l.rand.IntN(32)
	if !l.faulty {
		fault = -1
	}
	before, after := l.pauses()
	l.mu.Unlock()
	time.Sleep(before)
	switch fault {
	case 0:
		cut(w, 0)
		return
	case 1:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	id, then := l.make(asked.Note, r.Header.Get("Idempotency-Key"), r.URL.Path == "/keyed")
	if then != nil {
		then()
	}
	time.Sleep(after)
	if fault == 2 {
		cut(w, 0)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"id": id, "note": asked.Note})
}

func (l *ledger) pauses() (before, after time.Duration) {
	if l.takes == 0 {
		return 0, 0
	}
	return rand.N(l.takes/2 + 1), rand.N(l.takes/2 + 1) //nolint:gosec // not a secret
}

func (l *ledger) make(note, key string, keyed bool) (id string, then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if keyed && key != "" {
		if id, ok := l.known[key]; ok {
			return id, l.then
		}
	}
	l.made[note]++
	if l.made[note] == 1 {
		l.order = append(l.order, note)
	}
	id = fmt.Sprintf("%s#%d", note, l.made[note])
	if key != "" {
		l.known[key] = id
	}
	return id, l.then
}

// when has something happen when a thing has been made, and nobody told so yet.
func (l *ledger) when(then func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.then = then
}

// times is how often something was made.
func (l *ledger) times(note string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made[note]
}

// effects are all that it made, how often by note, and notes in the order in which they were made first.
func (l *ledger) effects() (made map[string]int, order []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.made), slices.Clone(l.order)
}

// total is how many things it made.
func (l *ledger) total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.order)
}

// called is how often it was asked.
func (l *ledger) called() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}
