package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/cache"
	"holdfast/internal/jetstream"
)

// BenchmarkRemembered reads answers of 4 KB one at a time: of memory, of the store on disk, and of neither.
func BenchmarkRemembered(b *testing.B) {
	const answers = 10_000
	store, err := jetstream.Open(jetstream.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close(context.Background())
	fill := openCache(b, store, 128<<20)
	for i := range answers {
		fill.Put(&cache.Entry{Key: key(i), Status: http.StatusOK, Body: bytes.Repeat([]byte("x"), 4096), Received: time.Now(), AsOf: fill.AsOf()}, time.Hour)
		if i%1000 == 999 { // as many as may wait for the store
			if err := fill.Flush(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	empty := openCache(b, store, 1<<20) // has room for a few of them
	for name, get := range map[string]func(i int) *cache.Entry{
		"memory":  func(int) *cache.Entry { return fill.Get(b.Context(), key(answers-1), "") },
		"store":   func(i int) *cache.Entry { return empty.Get(b.Context(), key(i%answers), "") },
		"nowhere": func(i int) *cache.Entry { return empty.Get(b.Context(), key(answers+i), "") },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if e := get(i); (e == nil) != (name == "nowhere") {
					b.Fatalf("%d: %v", i, e)
				}
			}
		})
	}
}

func key(i int) string { return fmt.Sprintf("GET https://things.test/%d", i) }

// openCache opens a cache of its own in front of a store.
func openCache(b *testing.B, store cache.Store, memory int64) *cache.Cache {
	b.Helper()
	c, err := cache.New(cache.Config{Memory: memory}, store)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

// BenchmarkRestart measures from the start of a program, over 10^5 answers in its directory, to its first answer to
// what only they know: the API is gone.
func BenchmarkRestart(b *testing.B) {
	l := startLibrary(b, 300)
	dir := l.graph(b)
	r := read(b, dir, "-set", "cache.memory="+strconv.Itoa(256<<20))
	r.shelves(0, 200)
	r.keeping()
	l.Close()
	var slowest time.Duration
	for n := 0; b.Loop(); n++ {
		began := r.again()
		if got := r.shelves(n%200, 1); got != shelfSize {
			b.Fatalf("%d of %d things", got, shelfSize)
		}
		slowest = max(slowest, time.Since(began))
	}
	b.ReportMetric(float64(slowest.Milliseconds()), "ms/slowest")
}

// TestReadsAreAsFastWithAStore compares p99 of reads at a constant rate, of which one in ten is new, without a store
// and with one, in turns.
func TestReadsAreAsFastWithAStore(t *testing.T) {
	if !*long {
		t.Skip("takes -long, and a machine at rest")
	}
	const rate, length, rounds, most = 1000, 5 * time.Second, 7, 1.05
	l := startLibrary(t, 1000)
	dir := l.graph(t)
	without, with := read(t, dir, "-data", "none"), read(t, dir)
	for _, r := range []*reader{without, with} {
		r.load(0, rate, length/2)
	}
	var ratios []float64
	for n := 1; n <= rounds; n++ {
		first, second := without, with
		if n%2 == 0 {
			first, second = with, without
		}
		p99 := map[*reader]time.Duration{first: first.load(n, rate, length), second: second.load(n, rate, length)}
		ratio := float64(p99[with]) / float64(p99[without])
		t.Logf("p99 without %v, with %v, ratio %.3f", p99[without], p99[with], ratio)
		ratios = append(ratios, ratio)
	}
	slices.Sort(ratios)
	if median := ratios[len(ratios)/2]; median > most || math.IsNaN(median) {
		t.Errorf("median of ratios %.3f, want %.2f at most", median, most)
	} else {
		t.Logf("median of ratios %.3f", median)
	}
}

// load sends queries at a rate for a while, whatever becomes of those before, and returns p99 of how long they took.
// One in ten asks for what was not asked for in any round before.
func (r *reader) load(round, rate int, length time.Duration) time.Duration {
	r.t.Helper()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	began := time.Now()
	for i := range int(float64(rate) * length.Seconds()) {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(rate))
		<-time.After(time.Until(due))
		id := i % 1000
		if i%10 == 0 {
			id = 1_000_000 + round*1_000_000 + i
		}
		all.Go(func() {
			res, err := client.Post(r.url+"/graphql", "application/json", strings.NewReader(fmt.Sprintf(`{"query":"query T($id: ID!) { thing(id: $id) { name } }","variables":{"id":"%d"}}`, id)))
			if err != nil {
				r.t.Error(err)
				return
			}
			defer res.Body.Close()
			if res.StatusCode != http.StatusOK {
				r.t.Error(res.Status)
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(due))
		})
	}
	all.Wait()
	slices.Sort(took)
	return took[len(took)*99/100]
}
