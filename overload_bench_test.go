package main

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"holdfast/sandbox"
)

// orders100 is a list of a hundred orders with their customers: what it costs is
// computing.
const orders100 = `{"query":"{ orders(first: 100) { edges { node { number status total { amount currency } customer { displayName email } } } } }"}`

// overloaded counts what callers get.
type overloaded struct {
	front            http.Handler
	served, rejected atomic.Int64

	mu   sync.Mutex
	took []time.Duration // of those that were served
}

func (o *overloaded) ask() (ok bool) {
	req := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(orders100))
	req.Header.Set("Content-Type", "application/json")
	res, start := httptest.NewRecorder(), time.Now()
	o.front.ServeHTTP(res, req)
	if res.Code != http.StatusOK {
		o.rejected.Add(1)
		return false
	}
	o.served.Add(1)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.took = append(o.took, time.Since(start))
	return true
}

// closed has so many callers ask without a pause until n were served.
func (o *overloaded) closed(callers, n int) {
	var all sync.WaitGroup
	var begun atomic.Int64
	for range callers {
		all.Go(func() {
			for begun.Add(1) <= int64(n) {
				for !o.ask() { // again, at once: the worst that a client can do
				}
			}
		})
	}
	all.Wait()
}

// open sends requests at a rate, whatever becomes of those before.
func (o *overloaded) open(perSecond float64, length time.Duration) {
	var all sync.WaitGroup
	start := time.Now()
	for sent := 0; time.Since(start) < length; {
		for due := int(perSecond * time.Since(start).Seconds()); sent < due; sent++ {
			all.Go(func() { o.ask() })
		}
		time.Sleep(time.Millisecond)
	}
	all.Wait()
}

func (o *overloaded) p99() time.Duration {
	slices.Sort(o.took)
	return o.took[len(o.took)*99/100]
}

// BenchmarkCallers is what so many callers at once come to, who never pause.
func BenchmarkCallers(b *testing.B) {
	for _, callers := range []int{1, 2, 4, 8, 16, 32, 64, 256, 1024} {
		b.Run(strconv.Itoa(callers), func(b *testing.B) {
			o := newOverloaded(b)
			b.ResetTimer()
			before := processorTime()
			o.closed(callers, b.N)
			b.ReportMetric(float64(b.N)/(processorTime()-before).Seconds(), "served/cpu-s")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "served/s")
			b.ReportMetric(float64(o.rejected.Load())/b.Elapsed().Seconds(), "rejected/s")
			b.ReportMetric(float64(o.p99().Milliseconds()), "p99-ms")
		})
	}
}

// BenchmarkGoodput sends five times as much as can be served at best, and says how
// much of the best is left, for each second of a processor: so it tells the same
// on a machine that has other work. Its length is fixed: run it with -benchtime 1x.
func BenchmarkGoodput(b *testing.B) {
	const n = 2000
	peak := newOverloaded(b)
	start, before := time.Now(), processorTime()
	peak.closed(2*runtime.GOMAXPROCS(0), n)
	rate, best := n/time.Since(start).Seconds(), n/(processorTime()-before).Seconds()
	for b.Loop() {
		o := newOverloaded(b)
		start, before := time.Now(), processorTime()
		o.open(5*rate, 5*time.Second)
		served := float64(o.served.Load()) / (processorTime() - before).Seconds()
		b.ReportMetric(best, "best/cpu-s")
		b.ReportMetric(served, "served/cpu-s")
		b.ReportMetric(100*served/best, "%")
		b.ReportMetric(float64(o.p99().Milliseconds()), "p99-ms")
		b.ReportMetric(float64(o.rejected.Load())/time.Since(start).Seconds(), "rejected/s")
	}
}

// processorTime is what the process has taken of the processors so far.
func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// newOverloaded is a gateway that has all in memory.
func newOverloaded(b *testing.B) *overloaded {
	b.Helper()
	vendors := sandbox.New(sandbox.Config{})
	p := newInProcess(b, vendors)
	b.Cleanup(func() {
		p.close()
		vendors.Close()
	})
	o := &overloaded{front: p.front}
	for range 3 {
		if !o.ask() {
			b.Fatal("not served")
		}
	}
	o.served.Store(0)
	o.took = nil
	return o
}
