package jetstream

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast/cache"
)

// filled is a store of that many values.
func filled(b *testing.B, o Options, count, size int) (*Store, []cache.ID) {
	b.Helper()
	s := start(b, o)
	awaitOpen(b, s)
	value := make([]byte, size)
	ids := make([]cache.ID, count)
	changes := make([]cache.Change, 0, 1000)
	for i := range ids {
		ids[i] = id(strconv.Itoa(i))
		changes = append(changes, cache.Change{ID: ids[i], Value: value, Keep: time.Hour})
		if len(changes) == cap(changes) || i == count-1 {
			if _, err := s.Save(b.Context(), changes); err != nil {
				b.Fatal(err)
			}
			changes = changes[:0]
		}
	}
	return s, ids
}

func BenchmarkStore(b *testing.B) {
	s, ids := filled(b, Options{Dir: b.TempDir()}, 10_000, 1000)
	value := make([]byte, 1000)
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("save %d", n), func(b *testing.B) {
			b.ReportAllocs()
			changes := make([]cache.Change, n)
			for i := 0; b.Loop(); i++ {
				for j := range changes {
					changes[j] = cache.Change{ID: id(strconv.Itoa(i*n+j) + "new" + strconv.Itoa(n)), Value: value, Keep: time.Hour}
				}
				if _, err := s.Save(b.Context(), changes); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprintf("load %d", n), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				at := i * n % (len(ids) - n + 1)
				got, err := s.Load(b.Context(), ids[at:at+n])
				if err != nil || got[n-1].Revision == 0 {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("load none", func(b *testing.B) {
		b.ReportAllocs()
		none := []cache.ID{id("none")}
		for b.Loop() {
			if _, err := s.Load(b.Context(), none); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("bump", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Journal().Append(b.Context(), cache.Bump{Tags: []cache.Tag{10, 11, 12}, At: time.Now()}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkRestart opens a store of 10^5 values of 4 KB and loads one, then 2,000 that are far from each other.
func BenchmarkRestart(b *testing.B) {
	for name, o := range map[string]Options{"in plain": {}, "encrypted": {Key: key("a")}} {
		b.Run(name, func(b *testing.B) {
			o.Dir = b.TempDir()
			before := resident()
			s, ids := filled(b, o, 100_000, 4000)
			full := resident()
			stop(b, s)
			for b.Loop() {
				began := time.Now()
				s, err := Open(o)
				if err != nil {
					b.Fatal(err)
				}
				awaitOpen(b, s)
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/open")
				if got := load1(b, s, ids[0]); got.Revision == 0 {
					b.Fatal("it is not there")
				}
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/first")
				opened := resident()
				began = time.Now()
				for i := range 2000 {
					load1(b, s, ids[i*7919%len(ids)])
				}
				b.ReportMetric(float64(time.Since(began).Microseconds())/2000, "µs/far")
				b.ReportMetric(opened, "MB/opened")
				b.ReportMetric(resident(), "MB/read")
				b.ReportMetric(before, "MB/before")
				b.ReportMetric(full, "MB/filled")
				stop(b, s)
			}
		})
	}
}

func load1(b *testing.B, s *Store, id cache.ID) cache.Stored {
	b.Helper()
	got, err := s.Load(b.Context(), []cache.ID{id})
	if err != nil {
		b.Fatal(err)
	}
	return got[0]
}

// resident is how many MB of memory the process takes; 0 where nobody knows.
func resident() float64 {
	text, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kb, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.SplitN(rest, "\n", 2)[0], " kB")), 64)
	return kb / 1000
}
