package cache

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

var long = flag.Bool("long", false, "prove in full that bytes are real")

// TestBytesAreReal compares what memory, and the queue of what the store does not take, say they take with what they do:
// where there is room for all, and where there is for a part.
func TestBytesAreReal(t *testing.T) {
	type load struct {
		n, bytes int
		memory   int64
	}
	tests := map[string]load{
		"20,000 small ones, room for all":  {20_000, 300, 1 << 30},
		"20,000 small ones, room for some": {20_000, 300, 8 << 20},
		"200 of 100 KB, room for some":     {200, 100_000, 4 << 20},
	}
	if *long {
		tests = map[string]load{
			"1,000,000 small ones, room for all":  {1_000_000, 300, 8 << 30},
			"1,000,000 small ones, room for some": {1_000_000, 300, 256 << 20},
			"10,000 of 100 KB, room for all":      {10_000, 100_000, 8 << 30},
			"10,000 of 100 KB, room for some":     {10_000, 100_000, 256 << 20},
		}
	}
	for name, tt := range tests {
		for kind, store := range map[string]Store{"memory only": nil, "with a store that takes nothing": broken{NewMemory(0)}} {
			t.Run(name+", "+kind, func(t *testing.T) {
				before := live()
				c, err := New(Config{Memory: tt.memory}, store)
				if err != nil {
					t.Fatal(err)
				}
				defer func() {
					ctx, cancel := context.WithCancel(context.Background())
					cancel() // the store will never have it
					_ = c.Close(ctx)
				}()
				for i := range tt.n {
					c.Put(laden(t, i, tt.bytes), time.Hour)
				}
				takes, s := live()-before, c.Stats()
				said := s.Memory.Bytes
				if s.Queue != nil {
					said += s.Queue.Bytes
				}
				runtime.KeepAlive(c)
				t.Logf("%d entries: %d MB, said to be %d, of %d", s.Memory.Entries, takes/1e6, said/1e6, tt.memory/1e6)
				if takes > said || store == nil && takes < said/2 || s.Memory.Bytes > tt.memory {
					t.Errorf("%d bytes, said to be %d of %d", takes, said, tt.memory)
				}
			})
		}
	}
}

// live is how many bytes are in use.
func live() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc) //nolint:gosec // no heap is that large
}

// laden returns an entry with all that one may have, and a body of so many bytes.
func laden(t *testing.T, i, bytes int) *Entry {
	t.Helper()
	e := entry(fmt.Sprintf("GET https://shop.example.com/wp-json/wc/v3/orders/%d accept: application/json", i), "", strings.Repeat("x", bytes))
	e.Header = map[string][]string{}
	for h := range 8 {
		e.Header[fmt.Sprintf("X-Header-%d-%d", h, i)] = []string{strconv.Itoa(i)}
	}
	e.Tags = []Tag{TagOf("source:" + strconv.Itoa(i))}
	e.Note("refresh", func() any { return new(int64) })
	e.Note("directives", func() any { return new([280]byte) })
	fill(t, e, "slot", sized(0))
	return e
}
