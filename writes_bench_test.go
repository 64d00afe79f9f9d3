package main

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast/connect/once"
	"holdfast/executor"
	"holdfast/internal/jetstream"
	"holdfast/outbox"
)

// recordedGraph has changes that are recorded before they are made.
const recordedGraph = directGraph + `
type Receipt { id: ID note: String cents: Int write: Write }
extend type Mutation {
  queued(note: String!, cents: Int): Receipt @queue
    @connect(source: "sales", http: {POST: "/sales", body: "note: $args.note cents: $args.cents"}, selection: "id note cents")
  later(note: String!, cents: Int): Receipt @queue(when: ALWAYS)
    @connect(source: "sales", http: {POST: "/sales", body: "note: $args.note cents: $args.cents"}, selection: "id note cents")
}
`

// BenchmarkRecordedWrite is [BenchmarkDirectWrite] where changes are recorded: on disk before they are sent, and again
// before they are answered.
func BenchmarkRecordedWrite(b *testing.B) {
	for name, test := range map[string]struct {
		field string
		keyed bool
	}{
		"without a key":      {"sell", false},
		"with a key":         {"sell", true},
		"queued":             {"queued", false},
		"queued, with a key": {"queued", true},
	} {
		b.Run(name, func(b *testing.B) {
			p := recordsIn(b, outbox.Config{})
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				key := ""
				if test.keyed {
					key = strconv.Itoa(n)
				}
				p.sell(b, test.field, key)
			}
		})
	}
}

// BenchmarkAccept has changes accepted that are sent later, and beside it just as much put into the journal: each is on
// disk before it is answered.
func BenchmarkAccept(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("%d callers", callers), func(b *testing.B) {
			p := recordsIn(b, outbox.Config{Held: true})
			b.ReportAllocs()
			b.ResetTimer()
			atOnce(b, callers, func(n int) {
				got := p.change(`mutation($n: String!) { later(note: $n, cents: 125) { write { id state } } }`, strconv.Itoa(n))
				if !strings.Contains(got, `"state":"HELD"`) {
					b.Error(got)
				}
			})
		})
		b.Run(fmt.Sprintf("%d callers, the journal alone", callers), func(b *testing.B) {
			j := storeOn(b).Writes()
			record := make([]byte, 800) // as large as those
			b.ResetTimer()
			atOnce(b, callers, func(int) {
				if _, err := j.Put(b.Context(), outbox.NewID(), 0, record); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

// BenchmarkDrain has changes sent that were accepted while their source was held, by an API on a socket.
func BenchmarkDrain(b *testing.B) {
	api := httptest.NewServer(salesAPI())
	b.Cleanup(api.Close)
	g := graphOf(b, recordedGraph)
	dir, err := os.MkdirTemp("", "hf") //nolint:usetesting // short enough for a socket
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	settings := filepath.Join(b.TempDir(), "holdfast.yaml")
	writeFile(b, settings, "sources: {sales: {url: \""+api.URL+"\"}}\nwrites: {count: 1000000}\n")
	p := startGraph(b, g, "-sandbox", "off", "-config", settings, "-data", dir, "-outbox", "hold")
	atOnce(b, 16, func(n int) {
		a := p.ask(`mutation { later(note: "a note", cents: 125) { write { id } } }`)
		if a.Errors != nil {
			b.Errorf("%+v", a.Errors)
		}
	})
	b.ResetTimer()
	if err := run(b.Context(), g, []string{"writes", "resume", "sales", "-data", dir}, os.LookupEnv, io.Discard, io.Discard); err != nil {
		b.Fatal(err)
	}
	for p.depth("APPLIED") < b.N {
		time.Sleep(10 * time.Millisecond)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// atOnce has b.N things done by callers who do one after the other, and reports how many were in a second.
func atOnce(b *testing.B, callers int, do func(n int)) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for n := int(next.Add(1)); n <= b.N; n = int(next.Add(1)) {
				do(n)
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// storeOn is a store in a directory of its own.
func storeOn(b *testing.B) *jetstream.Store {
	b.Helper()
	store, err := jetstream.Open(jetstream.Options{Dir: b.TempDir(), Writes: outbox.Bounds{Writes: 1 << 20, Bytes: 1 << 30}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close(context.Background()) })
	return store
}

// recordsIn is a gateway that records changes on disk.
func recordsIn(b *testing.B, cfg outbox.Config) *inProcess {
	b.Helper()
	box := outbox.New(cfg, storeOn(b).Writes())
	b.Cleanup(func() { _ = box.Close(context.Background()) })
	if err := box.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	p := newInProcessAs(b, salesAPI(), graphOf(b, recordedGraph), served, func(c *executor.Config) { c.Once = once.New(box) })
	b.Cleanup(p.close)
	return p
}
